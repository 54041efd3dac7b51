"""The ten segments as breakdowns: who visits, who converts, and what ids of a day cannot tell."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from privacykit.errors import InputError
from privacykit.reports.answers import segments as answers
from privacykit.reports.conditions import read_conditions, read_step
from privacykit.reports.kinds.breakdown import BrokenDown
from privacykit.reports.kinds.questions import BREAKDOWNS, Goal, SegmentsQuestion
from privacykit.reports.numbers import rate
from privacykit.reports.periods import ReportPeriod, midnight
from tests.reports.kinds import reference

ORDERED = Goal("bought", read_step("order"))


def by(report, name, place=0):
    """Return the rows of one breakdown, by value."""
    found = report.sets[place].document["breakdowns"]
    return {row["value"]: row for one in found if one["by"] == name for row in one["rows"]}


def test_all_ten_are_told_with_who_converts(asked, village):
    """Visits, visitors at their first one, conversions and their share; nobody is hidden."""
    report = asked(answers.answer(SegmentsQuestion(goal=ORDERED, top=100)), village, k=1)

    visits = [one for one in reference.visits(village) if one.first.at >= reference.START]
    assert [one["by"] for one in report.sets[0].document["breakdowns"]] == list(BREAKDOWNS)
    for name in set(BREAKDOWNS) - {"event"}:
        wanted = Counter(reference.value(visit, name, []) for visit in visits)
        bought = Counter(reference.value(visit, name, []) for visit in visits if visit.has("order"))
        rows = by(report, name)
        assert {value: row["visits"] for value, row in rows.items()} == wanted
        assert {value: row["conversions"] for value, row in rows.items()} == {
            value: bought[value] for value in wanted
        }
        assert sum(row["visitors"] for row in rows.values()) == len({v.visitor for v in visits})
        assert all(row["rate"] == rate(row["conversions"], row["visits"]) for row in rows.values())


def test_a_visit_stands_at_each_event_of_it(asked, village):
    """Events are of sets of events: no difference of two of them is a small group."""
    report = asked(answers.answer(SegmentsQuestion(("event",), ORDERED)), village, k=1)

    visits = [one for one in reference.visits(village) if one.first.at >= reference.START]
    rows = by(report, "event")
    assert {name: row["visits"] for name, row in rows.items()} == {
        name: sum(visit.has(name) for visit in visits)
        for name in ("page", "cart_add", "order", "help")
    }
    assert rows["page"]["conversions"] == sum(
        visit.has("page") and visit.has("order") for visit in visits
    )
    assert rows["order"]["rate"] == "1.0000"


def test_a_hidden_part_hides_the_marked_sum_of_an_event():
    """A sum of what is shown only would be taken for all of it."""
    of = BrokenDown({"1": 30, "3": 20}, {"first": {"1": 12, "3": None}}, 0, 0)

    found = answers.by_event(of, ["page", "order"])

    assert found.units == {"page": 50, "order": 20}
    assert found.with_trait == {"first": {"page": None, "order": None}}


def test_a_breakdown_with_a_small_remainder_hides_the_next_smallest(asked):
    """Three from Italy are not told, nor the fifteen from France."""
    told = [
        reference.Told(visitor=f"v{at}", at=reference.START + at, country=country)
        for at, country in enumerate(["D"] * 40 + ["F"] * 15 + ["I"] * 3)
    ]

    report = asked(answers.answer(SegmentsQuestion(("country",))), told)

    assert by(report, "country").keys() == {"D"}
    assert report.sets[0].document["visits"] == 58
    assert report.sets[0].document["breakdowns"][0]["hidden"] == 1
    assert (report.sets[0].hidden.cells, report.sets[0].hidden.share) == (1, "0.31")


def test_a_breakdown_whose_remainder_is_small_is_withheld_whole(asked):
    """Of two countries one has three people: neither is told."""
    told = [
        reference.Told(visitor=f"v{at}", at=reference.START + at, country="DI"[at >= 40])
        for at in range(43)
    ]

    report = asked(answers.answer(SegmentsQuestion(("country",))), told)

    assert by(report, "country") == {}
    assert report.sets[0].document["visits"] == 43


def test_conversions_of_few_are_hidden_and_so_are_those_of_all_but_few(asked):
    """Both would tell of three people: the number itself, and what is missing from it."""
    told = [
        reference.Told(
            visitor=f"v{at}",
            at=reference.START + at,
            country="DFI"[at // 40],
            event="order" if at in range(37) or at in range(80, 83) else "page",
        )
        for at in range(120)
    ]

    rows = by(asked(answers.answer(SegmentsQuestion(("country",), ORDERED)), told), "country")

    assert {name: row["conversions"] for name, row in rows.items()} == {
        "D": None, "F": 0, "I": None,
    }  # fmt: skip


def test_a_segment_of_all_but_few_has_no_breakdown(asked):
    """Each of its rows less that of everybody would be of three people."""
    told = [
        reference.Told(visitor=f"v{at}", at=reference.START + at, country="D" if at < 50 else "F")
        for at in range(53)
    ]

    report = asked(answers.answer(SegmentsQuestion(("device",))), told, segments=("country==D",))

    assert by(report, "device") == {
        "(none)": {
            "value": "(none)", "visits": 53, "visitors": 53, "conversions": None, "rate": None,
        }
    }  # fmt: skip
    assert report.sets[1].document["visits"] is None
    assert by(report, "device", 1) == {}


def test_new_is_who_has_no_event_before_even_before_the_period(asked):
    """Whoever came before the period returns in it."""
    told = [reference.Told(visitor=f"v{at}", at=reference.START + at) for at in range(20)]
    told += [reference.Told(visitor=f"v{at}", at=reference.HISTORY) for at in range(10)]

    rows = by(asked(answers.answer(SegmentsQuestion(("visitor", "visits"))), told), "visitor")

    assert {name: row["visits"] for name, row in rows.items()} == {"new": 10, "returning": 10}


def test_visits_before_the_period_are_cut_by_the_clock_of_then(asked):
    """Ten minutes before midnight and ten after, in summer time, were two visits."""
    november = ReportPeriod(date(2026, 11, 1), date(2026, 11, 7))
    summer = midnight(date(2026, 10, 20), reference.ZONE)
    when = [summer - 600 * reference.SECOND, summer + 600 * reference.SECOND]
    when.append(midnight(date(2026, 11, 2), reference.ZONE))
    told = [reference.Told(visitor=f"v{who}", at=at) for who in range(10) for at in when]

    report = asked(answers.answer(SegmentsQuestion(("visits",))), told, period=november)

    assert by(report, "visits").keys() == {"3-4"}


@pytest.mark.parametrize("name", ["visitor", "visits", "orders"])
def test_ids_of_a_day_make_it_not_available(asked, village, name):
    """No row, no visit called new, and a table that says so."""
    question = SegmentsQuestion((name,))

    report = asked(answers.answer(question), village, ids="daily")

    told = report.sets[0].document["breakdowns"][0]
    assert (told["available"], told["rows"]) == (False, [])
    assert report.sets[0].tables[1].rows == (("not_available", "", ""),)
    assert answers.unavailable(question, "daily") == (name,)
    assert any("nobody is called new" in note for note in answers.notes(question, "daily"))


def test_a_segment_of_carts_cuts_a_breakdown_of_carts(asked, village):
    """Names of the shop's own events hold for the breakdown; the segment has the usual ones."""
    told = [one for one in village if one.event != "help"]

    report = asked(
        answers.answer(SegmentsQuestion(("cart",), cart="order", order="cart_add")),
        told,
        k=1,
        segments=("cart==abandoned",),
    )

    abandoned = sum(
        visit.cart == "abandoned"
        for visit in reference.visits(told)
        if visit.first.at >= reference.START
    )
    assert report.sets[1].document["visits"] == abandoned
    assert {name: row["visits"] for name, row in by(report, "cart", 1).items()} == {
        "none": abandoned
    }


def test_segments_and_breakdowns_of_whole_visits_go_together(asked, village):
    """Each field of visits as a segment, of a breakdown by all of them."""
    parts = ("visitor==returning", "visits>=2", "orders==0", "cart!=none", "value_bucket==none")

    report = asked(answers.answer(SegmentsQuestion()), village, k=1, segments=parts)

    assert by(report, "visitor", 1).keys() == {"returning"}
    assert "1" not in by(report, "visits", 2)
    assert by(report, "orders", 3).keys() == {"0"}
    assert "none" not in by(report, "cart", 4)
    assert by(report, "value_bucket", 5).keys() == {"none"}


def test_what_visits_cannot_be_told_apart_by_is_refused():
    """The answer names what there is."""
    with pytest.raises(InputError, match="told apart by: country"):
        SegmentsQuestion(("city",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("visitor==1f3a", "singles_out"),
        ("visitor=@a", "singles_out"),
        ("cart==full", "none, ordered, abandoned"),
        ("value_bucket>5", "compared by == or != with one of"),
        ("visits==many", "needs a whole number"),
        ("orders=@1", "is a number"),
        ("city==Bonn", "singles_out"),
    ],
)
def test_a_field_of_few_values_takes_no_other(text, message):
    """A visitor is new or returning; anything else would be one person."""
    with pytest.raises(InputError, match=message):
        read_conditions(text)


def test_a_field_of_whole_visits_is_no_step():
    """An event is in no cart of its own."""
    with pytest.raises(InputError, match="in a segment, not in a step"):
        read_step("cart==abandoned;event==page")
