"""Line 20 and the gates of people's rights, each beside SQL by hand in the same run."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from sqlalchemy import text

from benchmarks import rights_scale
from benchmarks.measure import Row
from benchmarks.shops import Pair, alternate, kinds, shops
from examples.shop.database import email_of, make_rows
from examples.shop.database.people import who
from privacykit.export import Order, write_package
from privacykit.govern import flow
from privacykit.govern.erasure.context import sessions
from privacykit.govern.erasure.planning.plan import PlanScope, context_of
from privacykit.govern.identity.find_person import everyone, find_person
from privacykit.govern.records import Identity, RequestType

CUSTOMERS = 1500
CROWD = 400
"""People erased at once; the budget's thousand would leave the shop empty."""

CROWDS = (100, 1600)
"""So many people at once, each of whom should cost the same."""


def _export(pair: Pair) -> Callable[[int], object]:
    connector = pair.means.connectors["shop"]

    def run(customer: int) -> int:
        with sessions(pair.means):
            bundle = PlanScope(
                find_person(pair.means, who(customer)).subject, who(customer), "access"
            )
            context = context_of(pair.means, bundle, b"")
            return sum(len(list(connector.rows(name, context))) for name in connector.order())

    return run


def _package(pair: Pair, folder: Path) -> Callable[[int], object]:
    def run(customer: int) -> object:
        with sessions(pair.means):
            bundle = PlanScope(
                find_person(pair.means, who(customer)).subject, who(customer), "access"
            )
            return write_package(pair.means, Order(bundle, "r"), folder / "ours.zip")

    return run


def _package_by_hand(pair: Pair, folder: Path) -> Callable[[int], object]:
    encoder = msgspec.json.Encoder(enc_hook=str)

    def run(customer: int) -> None:
        found = pair.hand.export(email_of(customer))
        with zipfile.ZipFile(folder / "hand.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=6) as to:
            for table, (names, rows) in found.items():
                lines = encoder.encode_lines([dict(zip(names, row, strict=True)) for row in rows])
                to.writestr(f"{table}.jsonl", lines)
                sheet = io.StringIO()
                csv.writer(sheet).writerows([names, *rows])
                to.writestr(f"{table}.csv", sheet.getvalue())

    return run


class _Erasing:
    """The two halves of an erasure, so that each is measured by itself."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.digests: dict[int, str] = {}

    def plan(self, customer: int) -> None:
        name = f"plan{customer}"
        plan = flow.plan_request(
            self.pair.means, RequestType.ERASURE, who(customer), plan_id=name, request_id="r"
        )
        flow.approve(self.pair.means, name, plan.targets_digest, "operator")
        self.digests[customer] = plan.targets_digest

    def execute(self, customer: int) -> None:
        flow.execute(self.pair.means, f"plan{customer}", self.digests[customer])

    def by_hand(self, customer: int) -> None:
        self.pair.hand.erase(email_of(customer))

    def commit(self, customer: int) -> None:
        """One commit of the ledger: what the budget grants us two of."""
        with self.pair.ledger.begin() as connection:
            connection.execute(
                text("update plans set leased_until = :n where plan_id = :id"),
                {"n": customer, "id": f"plan{customer}"},
            )


def _people(kind: str, rounds: int) -> Iterator[Row]:
    exports, erasures = range(1, 8 * rounds), range(1, 10 * rounds)
    crowd = range(CUSTOMERS - CROWD, CUSTOMERS)
    with shops(kind, make_rows(CUSTOMERS)) as pair, tempfile.TemporaryDirectory() as name:
        folder, hand = Path(name), pair.hand
        took = alternate(
            {
                "ours": _export(pair),
                "hand": lambda customer: hand.export(email_of(customer)),
                "package": _package(pair, folder),
                "package by hand": _package_by_hand(pair, folder),
            },
            exports,
            pair.clock,
        )
        yield Row.of(
            f"rights.{kind}.rows",
            f"{kind}: one person's rows ÷ SQL by hand",
            took["ours"] / took["hand"],
        )
        yield Row.of(
            f"rights.{kind}.package",
            f"{kind}: one person's package ÷ SQL, JSON, CSV and ZIP by hand",
            took["package"] / took["package by hand"],
        )
        one = _Erasing(pair)
        found = alternate(
            {
                "plan": one.plan,
                "execute": one.execute,
                "hand": one.by_hand,
                "commit": one.commit,
            },
            erasures,
            pair.clock,
            step=2,
        )
        net = found["execute"] - 2 * found["commit"]
        yield Row.of(
            f"rights.{kind}.erased",
            f"{kind}: one person erased, less two ledger commits ÷ SQL by hand",
            net / found["hand"],
        )
        yield Row.of(
            f"rights.{kind}.planned",
            f"{kind}: the same with plan and approval",
            (net + found["plan"]) / found["hand"],
        )
        yield _crowd(kind, pair, crowd)
    few, many = (_each(kind, number) for number in CROWDS)
    what = f"{kind}: each of {CROWDS[1]} people erased at once ÷ each of {CROWDS[0]}, planned too"
    yield Row.of(f"rights.{kind}.each", what, many / few)


def _each(kind: str, number: int) -> float:
    """Return the seconds that each of *number* people takes, planned and erased at once."""
    with shops(kind, make_rows(number + CROWDS[0])) as pair:
        warm, people = range(1, CROWDS[0]), range(CROWDS[0], CROWDS[0] + number)
        for name, some in (("warm", warm), ("crowd", people)):
            began = pair.clock()
            known = tuple(Identity("email", email_of(n)) for n in some)
            plan = flow.plan_request(
                pair.means,
                RequestType.ERASURE,
                known,
                plan_id=name,
                request_id="r",
                known=everyone,
            )
            accepted = plan.problems_digest
            flow.approve(pair.means, name, plan.targets_digest, "op", accept_problems=accepted)
            flow.execute(pair.means, name, plan.targets_digest)
        return (pair.clock() - began) / number


def _crowd(kind: str, pair: Pair, people: range) -> Row:
    means, clock = pair.means, pair.clock
    known = tuple(Identity("email", email_of(number)) for number in people)
    began = clock()
    plan = flow.plan_request(means, RequestType.ERASURE, known, plan_id="crowd", request_id="r")
    flow.approve(
        means, "crowd", plan.targets_digest, "operator", accept_problems=plan.problems_digest
    )
    between = clock()
    flow.execute(means, "crowd", plan.targets_digest)
    ended = clock()
    for number in people:
        pair.hand.erase(email_of(number), commit=False)
    pair.hand.connection.commit()
    hand = clock() - ended
    whole = (ended - began) / hand
    note = f"planning included: {whole:.2f}"
    what = f"{kind}: {len(people)} people at once ÷ a loop of SQL by hand, one transaction"
    return Row.of(f"rights.{kind}.at-once", what, (ended - between) / hand, note)


def run(rounds: int) -> list[Row]:
    """Measure and return the rows."""
    rows = [row for kind in kinds() for row in _people(kind, max(rounds, 4))]
    return rows + rights_scale.run()
