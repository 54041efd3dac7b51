"""An adversary with every figure of a document: everybody's, each segment's, heads and rows."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from privacykit.reports.answers import overview, segments
from privacykit.reports.kinds.breakdown import CellRow, broken_down
from privacykit.reports.kinds.covering import akin, left_out
from privacykit.reports.kinds.questions import OverviewQuestion, SegmentsQuestion
from tests.reports.kinds import reference

K = 3
COUNTRIES, DEVICES = "abcd", "mt"
ATOMS = tuple(product(COUNTRIES, DEVICES, (0, 1)))
SEGMENTS = (lambda _: True, lambda atom: atom[0] == "a", lambda atom: atom[1] == "m")
"""Everybody, a country, a device."""
TOLD = {"whole": lambda _: "", "country": lambda atom: atom[0], "device": lambda atom: atom[1]}

visit = st.tuples(st.integers(0, 30), st.sampled_from(ATOMS))


def few(*counts):
    """Return visits of so many people each, of atoms."""
    places = iter(range(10**6))
    return [(next(places), atom) for atom, people in counts for _ in range(people)]


def rows_of(visits):
    """Return visits of people, of atoms, as an engine counts them."""
    keys = []
    for person, atom in visits:
        mask = sum(belongs(atom) << bit for bit, belongs in enumerate(SEGMENTS[1:]))
        for (dimension, of), bits in product(TOLD.items(), (-1, mask)):
            keys.append(((dimension, of(atom), bits, "", 0), person))
            keys.append(((dimension, of(atom), bits, "m", atom[2]), person))
    return [CellRow(*key, *count) for key, count in reference.counted(keys).items()]


def sums_of(found):
    """Yield the atoms that each shown figure is the sum of, and the figure."""
    for belongs, of_segment in zip(SEGMENTS, found, strict=True):
        for dimension, of in of_segment.items():
            for value, units in of.units.items():
                atoms = {one for one in ATOMS if belongs(one) and TOLD[dimension](one) == value}
                yield atoms, units
                if (with_trait := of.with_trait["m"][value]) is not None:
                    yield {one for one in atoms if one[2]}, with_trait


class Solved:
    """What is known of atoms, as equations of which each has a leading atom of its own."""

    def __init__(self, sums):
        self.lines = {}
        for atoms in sums:
            left = self.left(atoms)
            lead = next((at for at, one in enumerate(left) if one), None)
            if lead is not None:
                self.lines[lead] = [one / left[lead] for one in left]

    def left(self, atoms):
        """Return what of the sum of *atoms* is not known."""
        line = [Fraction(one in atoms) for one in ATOMS]
        for lead in sorted(self.lines):
            if factor := line[lead]:
                line = [one - factor * of for one, of in zip(line, self.lines[lead], strict=True)]
        return line

    def tells(self, atoms):
        """Return whether the sum of *atoms* can be calculated."""
        return not any(self.left(atoms))


def groups():
    """Yield groups that an adversary would like to count."""
    some = [set(few) for size in (1, 2, 3, 4) for few in combinations(COUNTRIES, size)]
    for countries, devices, traits in product(some, ("m", "t", "mt"), ((0,), (1,), (0, 1))):
        yield {
            one for one in ATOMS if one[0] in countries and one[1] in devices and one[2] in traits
        }


GROUPS = tuple(groups())


@settings(deadline=None, max_examples=200)
@given(st.lists(visit, max_size=160))
@example(few((("a", "m", 1), 30), (("b", "t", 1), 2), (("c", "m", 1), 90), (("c", "t", 1), 90)))
@example(few((("a", "m", 1), 9), (("a", "t", 0), 9), (("b", "m", 1), 2), (("b", "m", 0), 40),
             (("c", "m", 1), 90), (("c", "t", 0), 90)))  # fmt: skip
def test_no_sum_of_figures_counts_a_small_group(visits):
    """Heads, rows and breakdowns of everybody and both segments, in one system of equations."""
    found = broken_down(rows_of(visits), ("m",), 2, K, {"country", "device"})
    sums = list(sums_of(found))
    for atoms, units in sums:
        assert units == sum(atom in atoms for _, atom in visits)

    solved = Solved(atoms for atoms, _ in sums)

    for group in GROUPS:
        people = {person for person, atom in visits if atom in group}
        assert not 0 < len(people) < K or not solved.tells(group)


def test_the_head_of_a_segment_is_shown_where_it_gives_nobody_away():
    """What is hidden is of many, in the segment and outside of it."""
    visits = few((("a", "m", 0), 30), (("b", "t", 0), 2), (("c", "t", 0), 9), (("d", "t", 0), 90))

    found = broken_down(rows_of(visits), ("m",), 2, K, {"country", "device"})

    assert found[1]["whole"].units == {"": 30}


def visitors_of(countries):
    """Return visits of so many people of each country."""
    return [
        reference.Told(visitor=f"{country}{at}", at=reference.START + at, country=country)
        for country, people in countries.items()
        for at in range(people)
    ]


@pytest.mark.parametrize(
    "answer",
    [
        overview.answer(OverviewQuestion()),
        overview.answer(OverviewQuestion(channels=False)),
        segments.answer(SegmentsQuestion(("country",))),
    ],
)
def test_a_hidden_country_is_not_told_as_a_segment(asked, answer):
    """Austria is hidden with Luxembourg: its own segment would tell both, and a note says why."""
    told = visitors_of({"DE": 200, "AT": 30, "LU": 3})

    report = asked(answer, told, segments=("country==AT",))

    assert report.sets[0].document["visits"] == 233
    assert (report.sets[1].document["visits"], report.sets[1].document["visitors"]) == (None, None)
    assert any("Nothing of the segment is told" in note for note in report.notes)


def test_hidden_visitors_are_not_told_as_a_segment(asked):
    """Visits of both countries are shown, and visitors of neither: nor are they of a segment."""
    told = visitors_of({"DE": 200, "AT": 30, "LU": 12})
    told += [
        reference.Told(visitor=f"{country}{at}", at=reference.START + 10**11 + at, country=country)
        for country, people in {"DE": 50, "AT": 20, "LU": 3}.items()
        for at in range(people)
    ]

    whole, part = asked(
        segments.answer(SegmentsQuestion(("country",))), told, segments=("country==AT",)
    ).sets

    rows = {row["value"]: row for row in whole.document["breakdowns"][0]["rows"]}
    assert {name: row["visitors"] for name, row in rows.items()} == {
        "DE": 200, "AT": None, "LU": None,
    }  # fmt: skip
    assert (part.document["visits"], part.document["visitors"]) == (50, None)
    assert part.document["breakdowns"][0]["rows"][0]["visitors"] is None


def test_what_segments_look_at_is_known_of_their_keys():
    """A region tells its country; a device tells neither."""
    assert akin("country", {"region"})
    assert akin("pages", {"event"})
    assert not akin("country", {"device"})


def test_keys_of_one_part_cover_nothing_that_is_known():
    """Of days such a key may be in any part; of countries it is in its own only."""
    parts = [("a", 0, 0, 2), ("a", 1, 0, 20), ("b", 0, 0, 30)]

    assert left_out(parts, (), 3, known=False) == {"a", "b"}
    assert left_out(parts, (), 3, known=True) is None
