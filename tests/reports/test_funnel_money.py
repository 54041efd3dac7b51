"""Money of a funnel: that of the events of the chain that counts, and of no few people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import combinations

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from privacykit.cli.main import app
from privacykit.reports.chains import code_of, steps_of
from privacykit.reports.conditions import read_conditions, read_step
from privacykit.reports.engines.duckdb import duck_db
from privacykit.reports.expressions.events import COLUMNS
from privacykit.reports.expressions.kinds.funnel_money import money, performed
from privacykit.reports.funnel import ChainCount, shown_chains
from privacykit.reports.kinds.funnel_money import MoneyRow, step_money
from privacykit.reports.periods import bounds, offsets
from privacykit.reports.question import FunnelQuestion, Step, segment
from tests.reports import reference
from tests.reports.test_funnel import AUTUMN, BERLIN, MINUTE

K = 10


@dataclass(frozen=True)
class Paid(reference.Told):
    """An event with money; an odd one has none."""

    value: int | None = None
    currency: str | None = "EUR"


@pytest.fixture(scope="module")
def engine():
    """One engine for all."""
    with duck_db() as found:
        yield found


@pytest.fixture(scope="module")
def events():
    """What 150 people did around a change of clocks, each event with money of its own, or none."""
    start, _ = bounds(AUTUMN, BERLIN)
    told = reference.invented(11, 150, start, most=6)
    return [
        Paid(
            *(one.visitor, one.at, one.tie, one.event, one.country),
            value=2**place % 999_983 if place % 5 else None,
        )
        for place, one in enumerate(told)
    ]


def question(mode, unit="visit", within=None, steps="abcd", currency=""):
    """Return a funnel through events of one letter each, with money."""
    named = tuple(Step(one, read_step(one)) for one in steps)
    return FunnelQuestion("f", named, unit, mode, within, money=True, currency=currency)


def asked(engine, events, of, segments=()):
    """Return what the engine answers: by chain and step, money and people."""
    table = ibis.memtable(reference.table(events))
    clock = offsets(AUTUMN, BERLIN)
    paid = performed(table, of, clock)
    rows = engine.rows(money(paid, table, of, segments, clock))
    return {(row["code"], row["step"]): (int(row["value"]), row["persons"]) for row in rows}


def matched(events, letters, chain, within, start):
    """Return the earliest of *events* from *start* on that perform *chain* in order, or nothing."""
    found = []
    for step in chain:
        later = [
            at
            for at in range(found[-1] + 1 if found else start, len(events))
            if events[at].event == letters[step - 1]
        ]
        if not later or (not found and later[0] != start and within is not None):
            return []
        found.append(later[0])
    if within is not None and events[found[-1]].at - events[found[0]].at > within:
        return []
    return found


def performing(events, letters, mode, within):
    """Return the chain that counts, by trying all, and the event of each of its steps."""
    code = reference.best(events, letters, mode, within)
    chain = steps_of(code, len(letters))
    if not chain:
        return 0, {}
    if mode == "loose":
        for start in range(len(events)):
            firsts = {}
            for one in events[start:]:
                short = within is None or one.at - events[start].at <= within
                if one.event in letters and short and events[start].event in letters:
                    firsts.setdefault(one.event, one)
            if len(firsts) == len(chain):
                return code, dict(enumerate(firsts.values(), 1))
    if mode == "strict":
        for start in range(len(events)):
            run = events[start : start + len(chain)]
            same = "".join(one.event for one in run) == letters[: len(chain)]
            if same and (within is None or run[-1].at - run[0].at <= within):
                return code, dict(enumerate(run, 1))
    for start in range(len(events)):
        if places := matched(events, letters, chain, within, start):
            return code, dict(zip(chain, (events[at] for at in places), strict=True))
    raise AssertionError(chain)


@pytest.mark.parametrize("mode", ["closed", "open", "sequential", "strict", "loose"])
@pytest.mark.parametrize(
    ("unit", "within"),
    [("visit", None), ("person", None), ("person", 20 * MINUTE)],
    ids=["visit", "person", "within"],
)
def test_money_is_that_of_the_events_that_performed_the_steps(engine, events, mode, unit, within):
    """The earliest that do, in the chain that counts, found by trying all; to the last unit."""
    wanted = {}
    for key, theirs in reference.units(events, unit, BERLIN).items():
        code, by_step = performing(theirs, "abcd", mode, within)
        for step, one in by_step.items():
            if one.value is not None:
                value, people = wanted.get((code, step), (0, frozenset()))
                wanted[code, step] = value + one.value, people | {key[0]}

    answered = asked(engine, events, question(mode, unit, within))

    assert answered == {key: (value, len(people)) for key, (value, people) in wanted.items()}
    assert len(wanted) > 2


def test_only_money_of_the_currency_that_is_asked(engine):
    """Other money is none."""
    told = [
        Paid("v1", 1 * MINUTE, "", "a", value=5, currency="EUR"),
        Paid("v1", 2 * MINUTE, "", "b", value=7, currency="USD"),
    ]
    found = asked(engine, told, question("closed", steps="ab", currency="USD"))
    assert found == {(code_of(2, frozenset({1, 2}), 2), 2): (7, 1)}


def test_segments_cut_the_money(engine, events):
    """Each part has its own, and they add up to everybody's."""
    asked_ = question("open", "person")
    segments = (segment("DE", read_conditions("country==DE")),)
    table, clock = ibis.memtable(reference.table(events)), offsets(AUTUMN, BERLIN)
    paid = performed(table, asked_, clock)
    whole, cut = {}, {}
    for found, named in ((whole, ()), (cut, segments)):
        for row in engine.rows(money(paid, table, asked_, named, clock)):
            key = row["segments"], row["code"], row["step"]
            found[key] = int(row["value"]), row["persons"]
    assert {mask for mask, _, _ in cut} == {0, 1}
    for (_, code, step), told in whole.items():
        parts = [cut.get((mask, code, step), (0, 0)) for mask in (0, 1)]
        assert told == tuple(map(sum, zip(*parts, strict=True)))


NUMBER = 3
CODES = [
    code_of(max(chain), chain, NUMBER)
    for bits in range(1, 1 << NUMBER)
    if (chain := frozenset(step for step in range(1, NUMBER + 1) if bits >> (step - 1) & 1))
]
CELLS = st.dictionaries(
    st.tuples(st.sampled_from([0, 1, 2, 3]), st.sampled_from(CODES)),
    st.tuples(st.integers(1, 40), st.lists(st.integers(0, 40), min_size=3, max_size=3)),
    max_size=14,
)


def sums(cells):
    """
    Return what is shown, of everybody and of two segments, and whose money each sum may be of.

    Each cell has so many people of its own, of whom some have money at each step: one unit each.
    """
    people = {
        (mask, code, step): {(mask, code, number) for number in range(min(each[step - 1], units))}
        for (mask, code), (units, each) in cells.items()
        for step in steps_of(code, NUMBER)
    }
    counts, whole = {}, {}
    for (_, code), (units, _) in cells.items():
        counts[code] = counts.get(code, 0) + units
    for (_, code, step), who in people.items():
        whole.setdefault((code, step), set()).update(who)
    asked = FunnelQuestion(
        "f", tuple(Step(one, read_step(one)) for one in "abc"), "person", "open", money=True
    )
    shown = shown_chains(
        [ChainCount(0, code, units, units) for code, units in counts.items()],
        [ChainCount(mask, code, units, units) for (mask, code), (units, _) in cells.items()],
        asked, 2, K,
    )  # fmt: skip
    found = step_money(
        [MoneyRow(0, code, step, len(who), len(who)) for (code, step), who in whole.items() if who],
        [MoneyRow(*key, len(who), len(who)) for key, who in people.items() if who],
        shown, NUMBER, K, overlap=False,
    )  # fmt: skip
    return people, shown, found


@settings(deadline=None, max_examples=300)
@given(CELLS)
def test_no_sum_of_money_and_no_difference_is_of_few(cells):
    """Everybody, two segments, and what lies between them, of each step."""
    people, shown, found = sums(cells)
    for step in range(1, NUMBER + 1):
        of = []
        for place, (chains, values) in enumerate(zip(shown, found, strict=True)):
            if values[step - 1] is None:
                continue
            who = set()
            for (mask, code, at), theirs in people.items():
                inside = place == 0 or mask >> (place - 1) & 1
                if at == step and inside and steps_of(code, NUMBER) in chains.cells:
                    who |= theirs
            assert values[step - 1] == len(who)
            of.append(who)
        for who in of:
            assert not 0 < len(who) < K
        for one, other in combinations(of, 2):
            for left in (one - other, other - one, one ^ other, one & other, one | other):
                assert not 0 < len(left) < K
        if len(of) == 3:
            assert not 0 < len(of[0] - of[1] - of[2]) < K


@settings(deadline=None, max_examples=100)
@given(CELLS)
def test_what_is_shown_less_all_money_is_of_many(cells):
    """Who knows all of the money of a step learns of no few by what is not shown."""
    people, shown, found = sums(cells)
    for step, value in enumerate(found[0], 1):
        hidden = set()
        for (_, code, at), theirs in people.items():
            if at == step and steps_of(code, NUMBER) in shown[0].hidden:
                hidden |= theirs
        assert value is None or not 0 < len(hidden) < K


MAP = """
visitor = "visitor"
time = "time"
name = "event"
value = "value"
currency = "currency"
digits = 2
ids = "daily"
"""


def shop(folder, others="EUR"):
    """Return the words for a report over a file: forty come, twenty buy, nine by *others*."""
    lines = ["visitor,time,event,value,currency"]
    for visitor in range(40):
        at = f"2026-11-02T10:{visitor:02}"
        lines.append(f"v{visitor},{at}:00Z,look,,")
        if visitor < 20:
            lines.append(f"v{visitor},{at}:30Z,buy,10.25,{'EUR' if visitor > 8 else others}")
    (folder / "events.csv").write_text("\n".join(lines))
    (folder / "columns.toml").write_text(MAP)
    files = ["--events", str(folder / "events.csv"), "--columns", str(folder / "columns.toml")]
    return ["report", "funnel", "--steps", "look,buy", *files]


def test_money_stands_beside_the_steps(tmp_path):
    """In minor units for machines, with its currency; as people write it for them."""
    words = shop(tmp_path)
    told = json.loads(CliRunner().invoke(app, [*words, "--money", "--json"]).stdout)
    assert told["money"] == {
        "currency": "EUR",
        "steps": [
            {"step": 1, "name": "look", "value": 0},
            {"step": 2, "name": "buy", "value": 20_500},
        ],
    }
    page = CliRunner().invoke(app, [*words, "--money", "--html", str(tmp_path / "page.html")])
    assert page.exit_code == 0
    for text in (
        CliRunner().invoke(app, [*words, "--money"]).stdout,
        (tmp_path / "page.html").read_text(),
    ):
        assert "Money, EUR" in text
        assert "205.00" in text
    assert "money" not in json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)


def test_money_of_few_is_hidden(tmp_path):
    """Eleven have euros, nine have dollars: the euros are told, the dollars are not."""
    words = shop(tmp_path, "USD")
    mixed = CliRunner().invoke(app, [*words, "--money"])
    assert str(mixed.exception).startswith("one_currency: ")
    values = {}
    for currency in ("EUR", "USD"):
        told = CliRunner().invoke(app, [*words, "--currency", currency, "--json"]).stdout
        values[currency] = [one["value"] for one in json.loads(told)["money"]["steps"]]
    assert values == {"EUR": [0, 11 * 1025], "USD": [0, None]}


def test_money_that_nobody_has(tmp_path):
    """No currency, and nought at each step."""
    words = shop(tmp_path)
    file = tmp_path / "events.csv"
    file.write_text(file.read_text().replace("10.25", ""))
    told = json.loads(CliRunner().invoke(app, [*words, "--money", "--json"]).stdout)
    assert told["money"]["currency"] is None
    assert [one["value"] for one in told["money"]["steps"]] == [0, 0]


@pytest.mark.parametrize("mode", ["closed", "strict", "loose"])
def test_no_engine_divides(mode):
    """Engines do not agree on division; PostgreSQL is asked without."""
    table = ibis.table(COLUMNS, name="events")
    asked = question(mode, "person", 20 * MINUTE)
    paid = performed(table, asked, [(0, 0)])
    sql = ibis.to_sql(money(paid, table, asked, (), [(0, 0)]), dialect="postgres")
    assert "/" not in sql
