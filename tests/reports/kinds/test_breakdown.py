"""Breakdowns: an engine counts what plain Python counts, and no difference is a small group."""

from __future__ import annotations

from collections import defaultdict

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.reports.conditions import VISIT_FIELDS, read_conditions, read_step
from privacykit.reports.expressions.conditions import VISIT
from privacykit.reports.expressions.events import counted
from privacykit.reports.expressions.kinds.breakdown import (
    BY,
    cut_visits,
    visits_of,
    with_visits,
)
from privacykit.reports.expressions.visit_fields import with_visit_fields
from privacykit.reports.kinds.breakdown import CellRow, broken_down
from privacykit.reports.kinds.questions import BREAKDOWNS
from privacykit.reports.periods import offsets
from tests.reports.kinds import reference

DIMENSIONS = (*BREAKDOWNS, "day", "basis")
SEGMENTS = {
    "country==D": lambda visit: visit.first.country == "D",
    "cart==abandoned": lambda visit: visit.cart == "abandoned",
    "visitor==returning;event==order": lambda visit: visit.number > 1 and visit.has("order"),
    "visits>=3,orders==0": lambda visit: visit.number >= 3 or visit.orders == 0,
    "page!=/a": lambda visit: all(one.page != "/a" for one in visit.events),
    "value_bucket!=none": lambda visit: visit.value_bucket != "none",
}
NAMES = ["page", "cart_add", "order"]


def cut(engine, events, ids="consented", dimensions=DIMENSIONS, segments=tuple(SEGMENTS)):
    """Return the rows that the engine answers."""
    table = ibis.memtable(reference.table(events))
    inside = counted(table, reference.START, reference.END)
    before = counted(table, 0, reference.START)
    clock = offsets(reference.PERIOD, reference.ZONE)
    told = inside
    for under in (VISIT, BY):
        told = with_visit_fields(told, before, VISIT_FIELDS, clock, ids=ids, under=under)
    visits = visits_of(
        with_visits(told, clock, visits_told=False),
        dimensions,
        [read_conditions(text) for text in segments],
        clock,
        goal=read_step("order"),
        events=NAMES,
    )
    return engine.rows(cut_visits(visits, dimensions, segmented=bool(segments)))


def test_an_engine_counts_what_plain_python_counts(engine, village):
    """All dimensions, both traits, six segments; ties, midnights, and a night of 25 hours."""
    keys = []
    met = set()
    for visit in reference.visits(village):
        if visit.first.at < reference.START:
            continue
        mask = sum(belongs(visit) << bit for bit, belongs in enumerate(SEGMENTS.values()))
        traits = {"": 0, "converted": int(visit.has("order"))}
        traits["first"] = int(visit.visitor not in met)
        met.add(visit.visitor)
        keys += [
            (
                (dimension, reference.value(visit, dimension, NAMES), of, trait, with_trait),
                visit.visitor,
            )
            for dimension in ("whole", *DIMENSIONS)
            for of in (-1, mask)
            for trait, with_trait in traits.items()
        ]
    wanted = reference.counted(keys)

    rows = cut(engine, village)

    found = {
        (row["dimension"], row["value"], row["segments"], row["trait"], row["with_trait"]): (
            row["units"],
            row["persons"],
        )
        for row in rows
    }
    assert found == wanted
    assert len(rows) == len(found) > 500


@pytest.mark.parametrize(("ids", "share"), [("daily", 0), ("mixed", 1)])
def test_ids_of_a_day_make_nobody_new(engine, village, ids, share):
    """Whether a visitor is new, and their counts, are not available without an id that lasts."""
    rows = cut(engine, village, ids, ("visitor", "visits", "orders"), ())
    told = defaultdict(int)
    for row in rows:
        if not row["trait"] and row["dimension"] != "whole":
            told[row["dimension"], row["value"] != "not_available"] += row["units"]
    inside = [one for one in reference.visits(village) if one.first.at >= reference.START]
    lasting = sum(one.first.basis == "consent" for one in inside) * share

    assert {told[name, True] for name in ("visitor", "visits", "orders")} == {lasting}
    assert {told[name, False] for name in ("visitor", "visits", "orders")} == {
        len(inside) - lasting
    }


K = 3


class Cut:
    """Visits by person, value, trait and segments, and the groups that figures are of."""

    def __init__(self, visits):
        self.visits = visits

    def rows(self):
        """Return them as an engine counts them."""
        keys = []
        for person, value, with_trait, mask in self.visits:
            for dimension, name in (("whole", ""), ("by", value)):
                for segments in (-1, mask):
                    keys.append(((dimension, name, segments, "", 0), person))
                    keys.append(((dimension, name, segments, "m", int(with_trait)), person))
        return [CellRow(*key, *count) for key, count in reference.counted(keys).items()]

    def of(self, names, bit, *, within=True, with_trait=None):
        """
        Return how many people have a visit, and how many visits there are.

        Args:
            names: Their values.
            bit: The segment, as a bit; 0 is everybody.
            within: Whether they belong to it.
            with_trait: Whether they have the trait; ``None`` is both.
        """
        found = [
            person
            for person, value, trait, mask in self.visits
            if value in names
            and (not bit or bool(mask & bit)) is within
            and (with_trait is None or trait is with_trait)
        ]
        return len(set(found)), len(found)

    def safe(self, *names, **group):
        """Return whether a group is of enough people, or of nobody."""
        people, visits = self.of(*names, **group)
        return people >= K or not visits


visit = st.tuples(st.integers(0, 25), st.sampled_from("abcd"), st.booleans(), st.integers(0, 3))


@settings(deadline=None, max_examples=300)
@given(st.lists(visit, max_size=120).map(Cut))
def test_no_difference_of_figures_is_a_small_group(cut):
    """Of a value less its part with the trait, its segments, and of what a list leaves out."""
    for bit, found in enumerate(broken_down(cut.rows(), ("m",), 2, K)):
        if "by" not in found:
            continue
        for name, units in found["by"].units.items():
            assert units == cut.of(name, bit)[1]
            assert cut.safe(name, bit)
            assert cut.safe(name, bit, within=False)
            if (with_trait := found["by"].with_trait["m"][name]) is not None:
                assert with_trait == cut.of(name, bit, with_trait=True)[1]
                assert cut.safe(name, bit, with_trait=True)
                assert cut.safe(name, bit, with_trait=False)
                assert cut.safe(name, bit, within=False, with_trait=True)
        rest = {one for one in "abcd" if cut.of(one, bit)[1]} - found["by"].units.keys()
        if rest and found["by"].units:
            assert len(rest) > 1
            assert cut.of("".join(rest), bit)[0] >= K


def test_a_list_with_a_small_remainder_hides_the_next_smallest():
    """Twelve people of c and three of d: whoever knows the whole must not find the three."""
    told = [(number, "a", False, 0) for number in range(40)]
    told += [(number, "c", False, 0) for number in range(40, 52)]
    told += [(number, "d", False, 0) for number in range(52, 55)]

    found = broken_down(Cut(told).rows(), ("m",), 0, 10)[0]

    assert found["by"].units == {"a": 40}
    assert (found["by"].hidden, found["by"].hidden_units) == (2, 15)
    assert found["whole"].units == {"": 55}


def test_visits_that_a_file_tells_are_not_cut(engine):
    """Two visits that overlap, a day long: the order of the second is the visitor's first."""
    told = [
        ("one", 0, "page"),
        ("two", 1, "order"),
        ("one", 86_400, "cart_add"),
        ("two", 2, "cart_add"),
    ]
    events = reference.table(
        [
            reference.Told(visitor="v", at=reference.START + at * reference.SECOND, event=event)
            for _, at, event in told
        ]
    ).set_column(1, "visit", [[visit for visit, _, _ in told]])
    clock = offsets(reference.PERIOD, reference.ZONE)
    table = ibis.memtable(events)

    found = with_visit_fields(
        table, table.limit(0), VISIT_FIELDS, clock, ids="consented", visits_told=True
    )

    assert {
        row["visit"]: tuple(row[f"visit.{name}"] for name in VISIT_FIELDS)
        for row in engine.rows(found)
    } == {
        "one": ("new", 1, 1, "abandoned", "none"),
        "two": ("returning", 2, 1, "ordered_then_abandoned", "0-1999"),
    }
