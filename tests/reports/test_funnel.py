"""The funnel: an engine finds the chains that trying all of them finds; figures add up."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

import ibis
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.reports.chains import code_of, steps_of
from privacykit.reports.conditions import read_conditions, read_step
from privacykit.reports.engines.duckdb import duck_db
from privacykit.reports.expressions.funnel import cells, durations
from privacykit.reports.funnel import ChainCount, funnels
from privacykit.reports.periods import ReportPeriod, bounds, midnight, offsets
from privacykit.reports.question import FunnelQuestion, Step, segment
from tests.reports import reference

BERLIN = ZoneInfo("Europe/Berlin")
AUTUMN = ReportPeriod(date(2026, 10, 23), date(2026, 10, 28))
"""With the night that has 25 hours in it."""
MINUTE = 60 * reference.SECOND


@pytest.fixture(scope="module")
def engine():
    """One engine for all."""
    with duck_db() as found:
        yield found


@pytest.fixture(scope="module")
def events():
    """What 400 people did around a change of clocks, ties and midnights among it."""
    start, _ = bounds(AUTUMN, BERLIN)
    return reference.invented(7, 400, start)


def question(mode, unit="visit", within=None, steps="abcd"):
    """Return a funnel through events of one letter each."""
    return FunnelQuestion(
        "f", tuple(Step(one, read_step(one)) for one in steps), unit, mode, within
    )


def found(engine, events, asked, segments=()):
    """Return what the engine answers, as the reference does."""
    table = ibis.memtable(reference.table(events))
    rows = engine.rows(cells(table, asked, segments, offsets(AUTUMN, BERLIN)))
    return {(row["segments"], row["code"]): (row["units"], row["persons"]) for row in rows}


@pytest.mark.parametrize("mode", ["closed", "open", "sequential", "strict", "loose"])
@pytest.mark.parametrize(
    ("unit", "within"),
    [("visit", None), ("visitor_day", None), ("person", None), ("person", 20 * MINUTE)],
    ids=["visit", "visitor-day", "person", "within"],
)
def test_an_engine_finds_what_trying_all_chains_finds(engine, events, mode, unit, within):
    """Units, ties, midnights in local time and a limit of time, in every mode."""
    wanted = reference.chains(events, "abcd", mode, unit, BERLIN, within)

    answered = found(engine, events, question(mode, unit, within))

    assert answered == {(0, code): count for code, count in wanted.items()}
    assert len(wanted) > 3


def test_a_greedy_search_would_miss_it(engine):
    """A, C, D, B of A, B, C, D went from A to D, past B."""
    told = [reference.Told("v", at * MINUTE, "", name) for at, name in enumerate("acdb")]

    answered = found(engine, told, question("closed"))

    assert answered == {(0, code_of(4, frozenset({1, 3, 4}), 4)): (1, 1)}


def test_segments_cut_the_units(engine, events):
    """A unit belongs to a place by its first event, to an activity by any, and the parts add up."""
    segments = (
        segment("de", read_conditions("country==DE")),
        segment("b", read_conditions("event==b,event==c;device!=mobile")),
    )
    wanted: dict[tuple[int, int], int] = {}
    for theirs in reference.units(events, "visit", BERLIN).values():
        mask = (theirs[0].country == "DE") | (
            (any(one.event in "bc" for one in theirs) and theirs[0].device != "mobile") << 1
        )
        key = (int(mask), reference.best(theirs, "abcd", "open", None))
        wanted[key] = wanted.get(key, 0) + 1

    answered = found(engine, events, question("open"), segments)

    assert {key: units for key, (units, _) in answered.items()} == wanted


def test_how_long_it_took(engine):
    """From the first event of the first step to the first one that ends such a chain."""
    told = [
        reference.Told("v1", at * MINUTE, "", name)
        for at, name in ((0, "a"), (1, "a"), (3, "b"), (4, "c"), (9, "c"))
    ]
    told += [reference.Told("v2", at * MINUTE, "", name) for at, name in ((5, "b"), (8, "c"))]
    table = ibis.memtable(reference.table(told))

    def took(mode, unit="visit", within=None):
        asked = question(mode, unit, within, "abc")
        rows = engine.rows(durations(table, asked, [(0, 0)]))
        return sorted((row["took"] // MINUTE, row["units"]) for row in rows)

    assert took("closed") == [(4, 1)]
    assert took("open") == [(3, 1), (4, 1)]
    assert took("strict") == [(3, 1)]
    assert took("sequential", "person", 3 * MINUTE) == [(3, 1)]


def test_midnights_are_the_sites():
    """A day of a clock change is longer; a midnight that does not exist is the jump."""
    first, end = bounds(ReportPeriod(date(2026, 10, 25), date(2026, 10, 25)), BERLIN)
    assert end - first == 25 * 60 * MINUTE
    beirut = ZoneInfo("Asia/Beirut")  # its clocks jump at midnight
    jump = date(2024, 3, 31)
    assert midnight(jump, beirut) - midnight(date(2024, 3, 30), beirut) == 24 * 60 * MINUTE
    assert midnight(date(2024, 4, 1), beirut) - midnight(jump, beirut) == 23 * 60 * MINUTE
    assert [offset // MINUTE for _, offset in offsets(AUTUMN, BERLIN)] == [120, 60]


STEPS = 4
CODES = [0] + [
    code_of(max(chain), chain, STEPS)
    for bits in range(1, 1 << STEPS)
    if (chain := frozenset(step for step in range(1, STEPS + 1) if bits >> (step - 1) & 1))
]
COUNTS = st.dictionaries(
    st.tuples(st.sampled_from([0, 1, 2, 3]), st.sampled_from(CODES)),
    st.integers(1, 60),
    max_size=30,
)


def figures(counts, k, unit="visit"):
    """Return the funnels of everybody and of two segments, one person a unit."""
    whole: dict[int, int] = {}
    for (_, code), n in counts.items():
        whole[code] = whole.get(code, 0) + n
    return funnels(
        [ChainCount(0, code, n, n) for code, n in whole.items()],
        [ChainCount(mask, code, n, n) for (mask, code), n in counts.items()],
        question("open", unit),
        2,
        k,
    )


@given(COUNTS, st.sampled_from([1, 10]))
@settings(max_examples=200, deadline=None)
def test_figures_add_up(counts, k):
    """The identities of a funnel, for everybody and each segment, hidden figures as nought."""
    for funnel in figures(counts, k):
        steps = funnel.steps
        told = [
            {
                name: getattr(step, name) or 0
                for name in ("performed", "skipped", "entries", "exits", "proceeded", "in_funnel")
            }
            for step in steps
        ]
        conversions, entered = funnel.conversions or 0, funnel.entered or 0
        for at, one in enumerate(told):
            assert one["in_funnel"] == one["performed"] + one["skipped"]
            before = told[at - 1]["proceeded"] if at else 0
            assert one["in_funnel"] == one["entries"] + before
            if at < STEPS - 1:
                assert one["in_funnel"] == one["proceeded"] + one["exits"]
        assert told[-1]["in_funnel"] == told[-1]["performed"] == conversions
        assert (told[-1]["exits"], told[-1]["skipped"]) == (0, 0)
        assert sum(one["entries"] for one in told) == entered
        assert entered == sum(one["exits"] for one in told) + conversions


@given(COUNTS)
@settings(max_examples=200, deadline=None)
def test_no_difference_is_a_small_group(counts):
    """Differences of two figures, and of three, are nought or of ten and more, between all sets."""
    sets = figures(counts, 10)
    for field in ("performed", "skipped", "entries", "exits", "proceeded", "in_funnel"):
        for at in range(STEPS):
            whole, *parts = [getattr(one.steps[at], field) or 0 for one in sets]
            for part in parts:
                assert part == 0 or part >= 10
                assert whole - part == 0 or whole - part >= 10
            assert whole == 0 or whole >= 10
    for funnel in sets:
        inner = funnel.steps
        for one, other in pairwise(inner):
            left = (one.in_funnel or 0) - (one.proceeded or 0)
            assert left == 0 or left >= 10
            came = (other.in_funnel or 0) - (one.proceeded or 0)
            assert came == 0 or came >= 10


@given(COUNTS)
@settings(max_examples=200, deadline=None)
def test_hidden_conversions_are_of_ten_people_and_so_is_what_else_is_hidden(counts):
    """Their share is told of everybody alone; both sides of what is hidden are ten, or nobody."""
    whole, *parts = figures(counts, 10, "person")
    sides = {True: 0, False: 0}
    converts = {code: bool(code) and STEPS in steps_of(code, STEPS) for code in CODES}
    for (_, code), n in counts.items():
        sides[converts[code]] += n
    hidden = sides[True] - (whole.conversions or 0)
    rest = sides[False] - ((whole.units or 0) - (whole.conversions or 0))
    if sides[True] and all(side == 0 or side >= 10 for side in (hidden, rest)):
        assert whole.hidden_conversions == hidden / sides[True]
    else:
        assert whole.hidden_conversions is None
    assert [part.hidden_conversions for part in parts] == [None, None]


@given(COUNTS, st.sampled_from(CODES), st.sampled_from(CODES), st.integers(1, 9))
@settings(max_examples=200, deadline=None)
def test_no_figure_tells_what_a_few_people_did(counts, one, other, few):
    """Whichever chain those have who are too few to be shown, every figure is the same."""
    many = {key: n + 9 for key, n in counts.items() if key[1] not in {one, other}}
    told = []
    for code in (one, other):
        whole, *_ = figures(many | {(0, code): few}, 10)
        told.append(msgspec.structs.replace(whole, hidden_conversions=None))
    assert told[0] == told[1]
