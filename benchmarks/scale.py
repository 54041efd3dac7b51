"""
What grows with what: ``python -m benchmarks.scale --write`` fills ``docs/explanation/scale.md``.

Each figure comes from a process of its own, so that memory is that figure's; CPU time of the
process, the median of several rounds where one is short. Minutes, so `make scale` runs it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from benchmarks.apps import CONFIG, raw, wrapped
from benchmarks.drop_lists import drop_lists
from benchmarks.scopes import receive, scopes, send
from benchmarks.soak import resident_mb

PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "scale.md"
BEGIN, END = "<!-- scale: begin -->", "<!-- scale: end -->"
REQUESTS = 20_000
"""Requests that are timed once everything was seen."""

BATCH = 500
"""Events added at once."""

MANY = 10_000
"""Rows written at once."""

OPEN = 100
"""Requests of people that wait for an answer at one time."""

Figures = dict[str, float]


def _visitor(number: int) -> bytes:
    """Return an address of the synthetic database, another one for every *number*."""
    from privacykit.geo.synthetic import PLACES, address_of

    place = PLACES[number % len(PLACES)]
    return address_of(place, 1 + number // len(PLACES) % 65_000).encode()


def _from(scope: dict[str, Any], visitor: bytes, host: bytes) -> dict[str, Any]:
    kept = [pair for pair in scope["headers"] if pair[0] not in {b"x-forwarded-for", b"host"}]
    return {**scope, "headers": [*kept, (b"host", host), (b"x-forwarded-for", visitor)]}


def _serve(app: Any, number: int, changed: Callable[[int], tuple[bytes, bytes]]) -> float:
    """Return the CPU microseconds that each of *number* requests takes."""
    plain = scopes(1000)

    async def run() -> float:
        spent = 0.0
        for i in range(number):
            scope = _from(plain[i % 1000], *changed(i))
            scope["state"] = {}
            began = time.process_time()
            await app(scope, receive, send)
            spent += time.process_time() - began
        return spent

    return asyncio.run(run()) / number * 1e6


def visitors(number: int) -> Figures:
    """Requests from *number* visitors, each known after its first."""
    app = wrapped(raw, durable=False)
    _serve(app, 1000, lambda i: (_visitor(i % 2), b"example.org"))
    before = resident_mb(os.getpid())
    first = _serve(app, max(number, 1000), lambda i: (_visitor(i % number), b"example.org"))
    grown = resident_mb(os.getpid()) - before
    dice = random.Random(7)
    later = _serve(app, REQUESTS, lambda _: (_visitor(dice.randrange(number)), b"example.org"))
    return {"first us": first, "later us": later, "MB": grown}


def sites(number: int) -> Figures:
    """As many sites, all visited alike."""
    head, _, rest = CONFIG.partition("[events]")
    site = head[head.index("[[site]]") :]
    tables = [
        site.replace('"bench"', f'"s{i}"').replace("example.org", f"s{i}.example")
        for i in range(number)
    ]
    before, began = resident_mb(os.getpid()), time.process_time()
    app = wrapped(raw, durable=False, config="".join(tables) + "[events]" + rest)
    started = time.process_time() - began
    hosts = [f"s{i}.example".encode() for i in range(number)]
    _serve(app, max(5000, 5 * number), lambda i: (_visitor(i % 2000), hosts[i % number]))
    took = _serve(app, REQUESTS, lambda i: (_visitor(i % 2000), hosts[i % number]))
    return {"start s": started, "later us": took, "MB": resident_mb(os.getpid()) - before}


def suppressed(number: int) -> Figures:
    """As many people whose events may not leave; a batch of 500 events is asked about."""
    from sqlalchemy import insert, update

    from privacykit.stores.database.engine import open_engine, writing
    from privacykit.stores.records.consent.tables import STOPS, TURNS
    from privacykit.stores.records.consents import SqlConsentStore
    from privacykit.testing.samples import row

    folder = tempfile.mkdtemp(prefix="privacykit-scale-")
    engine = open_engine(f"sqlite:///{folder}/records.db", kind="records")
    consents = SqlConsentStore(engine)
    consents.stop("subject", "first", at=1.8e9, until=None)
    order = {"kind": "subject", "purpose": "", "until": None}
    for first in range(0, number, MANY):
        rows = [
            {**order, "key": f"{i:064x}", "at": 1.8e9 + i, "turn": 2 + i}
            for i in range(first, min(number, first + MANY))
        ]
        with writing(engine) as connection:
            connection.execute(insert(STOPS), rows)
            connection.execute(update(TURNS).values(turn=1 + number))
        del rows
    before = resident_mb(os.getpid())
    known, mark = consents.suppressed(), consents.orders_mark()
    grown = resident_mb(os.getpid()) - before
    consents.stop("subject", "last", at=1.8e9, until=None)
    envelopes = [
        msgspec.structs.replace(row(i).envelope, subject=f"{i * 7:064x}") for i in range(500)
    ]
    asked = _cpu(lambda: consents.stopped(envelopes))
    return {
        "read ms": _cpu(consents.suppressed) * 1e3,
        "looked at ms": _cpu(consents.orders_mark) * 1e3,
        "one more ms": _cpu(lambda: known.add(consents.suppressed(mark))) * 1e3,
        "asked us an event": asked / len(envelopes) * 1e6,
        "MB": grown,
    }


def requests(number: int) -> Figures:
    """As many requests filed, a hundred of them open."""
    from privacykit.govern.records import Identity, RequestStatus
    from privacykit.govern.requests.ledger import NewRequest
    from privacykit.govern.requests.lifecycle import OPEN as WAITING
    from privacykit.govern.words import RequestType
    from privacykit.operate.context import OperatorContext
    from privacykit.testing.layout import lay_out

    folder = Path(tempfile.mkdtemp(prefix="privacykit-scale-"))
    context = OperatorContext(str(lay_out(folder, CONFIG)))
    note, _ = context.applicable.deadline(RequestType.ERASURE, "DE", context.clock())

    def file() -> str:
        person = Identity("email", f"{os.urandom(6).hex()}@shop.example")
        asked = NewRequest(RequestType.ERASURE, (person,), "DE", context.clock())
        filed = context.desk.receive(asked, note, random=os.urandom(32), actor="system")
        context.desk.twins(filed)
        return filed.request.subject_request_id

    ids = [file() for _ in range(OPEN)]
    _answered(context.engine, number - OPEN, RequestStatus.FULFILLED.value)
    found = {
        "file ms": _cpu(file) * 1e3,
        "list open ms": _cpu(lambda: context.requests.filed(WAITING)) * 1e3,
        "show ms": _cpu(lambda: context.requests.load(ids[7])) * 1e3,
        "last ms": _cpu(context.requests.newest) * 1e3,
    }
    return found | {"file MB": sum(f.stat().st_size for f in folder.glob("*.db*")) / 1e6}


def _answered(engine: Any, number: int, status: str) -> None:
    """Add *number* requests like the last one, answered long ago."""
    from sqlalchemy import select

    from privacykit.stores.database.engine import writing
    from privacykit.stores.records.operations.request_tables import REQUESTS

    with writing(engine) as connection:
        like = dict(connection.execute(select(REQUESTS).limit(1)).one()._mapping)  # noqa: SLF001
        for start in range(0, number, 10_000):
            rows = [
                like | {"id": f"{i:032x}", "status": status, "number": OPEN + i}
                for i in range(start, min(number, start + 10_000))
            ]
            connection.execute(REQUESTS.insert(), rows)


def events(number: int) -> Figures:
    """As many events in one period of an SQLite store, five of each person's."""
    from privacykit.collect.ports import OutboxRow
    from privacykit.stores.database.engine import open_engine
    from privacykit.stores.events.events import EventStore
    from privacykit.testing.samples import LATER, NOW, row

    folder = Path(tempfile.mkdtemp(prefix="privacykit-scale-", dir=Path.cwd()))
    store = EventStore(open_engine(f"sqlite:///{folder}/events.db", kind="events"))
    store.ensure_periods(NOW, 5)
    like = row(0)
    people = number // 5

    def batch(start: int) -> list[OutboxRow]:
        made = []
        for i in range(start, start + BATCH):
            id_ = f"018f2a6e-0000-7000-8000-{i:012d}"
            names = {"id": id_, "subject": f"s{i % people}", "visitor": f"{i % people:032x}"}
            body = like.body.replace(like.envelope.id.encode(), id_.encode())
            made.append(OutboxRow(msgspec.structs.replace(like.envelope, **names), body))
        return made

    took = []
    for start in range(0, number, BATCH):
        rows = batch(start)
        began = time.process_time()
        store.add(rows, NOW)
        took.append(time.process_time() - began)
    last = took[-max(1, len(took) // 10) :]
    somebody = iter(range(people))
    size = sum(file.stat().st_size for file in folder.glob("*")) / 1e6
    found = {
        "add us": sum(last) / len(last) / BATCH * 1e6,
        "a person's found ms": _cpu(lambda: list(store.of_subject("subject", "s7"))) * 1e3,
        "and erased ms": _cpu(lambda: store.forget("subject", f"s{next(somebody)}")) * 1e3,
        "period dropped s": _cpu(lambda: store.drop_expired(LATER + 90 * 86_400.0, ()), 1),
        "files MB": size,
    }
    shutil.rmtree(folder)
    return found


def _cpu(what: Callable[[], object], times: int = 9) -> float:
    took = []
    for _ in range(times):
        began = time.process_time()
        what()
        took.append(time.process_time() - began)
    return median(took)


PARTS: dict[str, tuple[Callable[[int], Figures], tuple[int, ...]]] = {
    "visitors": (visitors, (1, 1_000, 100_000, 1_000_000)),
    "sites": (sites, (1, 100, 1_000)),
    "suppressed": (suppressed, (1_000, 100_000, 1_000_000)),
    "requests": (requests, (1_000, 100_000, 1_000_000)),
    "events": (events, (100_000, 1_000_000, 10_000_000)),
    "rows of a DROP list": (drop_lists, (10_000, 100_000, 1_000_000)),
}


def table(part: str, found: dict[int, Figures]) -> str:
    """Return the figures of *part* as Markdown, a row for each size."""
    columns = list(next(iter(found.values())))
    lines = [f"| {part} | {' | '.join(columns)} |", "|" + "---|" * (len(columns) + 1)]
    for number, figures in found.items():
        lines.append(f"| {number:,} | {' | '.join(f'{figures[name]:,.3g}' for name in columns)} |")
    return "\n".join(lines)


def written(page: str, tables: Sequence[str]) -> str:
    """Return *page* with *tables* in the place of those of the same parts; the others stay."""
    head, _, rest = page.partition(BEGIN)
    old, _, tail = rest.partition(END)
    known = {_part_of(one): one for one in [*old.strip().split("\n\n"), *tables]}
    shown = "\n\n".join(known[part] for part in PARTS if part in known)
    return f"{head}{BEGIN}\n\n{shown}\n\n{END}{tail}"


def _part_of(table_: str) -> str:
    return table_.removeprefix("| ").partition(" |")[0]


def main() -> None:
    """Run the parts named, or all."""
    parser = argparse.ArgumentParser(prog="benchmarks.scale", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    parser.add_argument("--one", type=int, help="one size of one part, in this process")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.name}")
    arguments = parser.parse_args()
    if arguments.one is not None:
        sys.stdout.write(json.dumps(PARTS[arguments.parts[0]][0](arguments.one)))
        return
    tables = []
    for part in arguments.parts or PARTS:
        found = {}
        for number in PARTS[part][1]:
            command = [sys.executable, "-m", "benchmarks.scale", part, "--one", str(number)]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
            found[number] = json.loads(done.stdout)
        tables.append(table(part, found))
        sys.stdout.write(tables[-1] + "\n\n")
    if arguments.write:
        PAGE.write_text(written(PAGE.read_text(), tables))


if __name__ == "__main__":
    main()
