"""Carts: abandoned is what nothing is ordered after, in the visit, and money is in buckets."""

from __future__ import annotations

from collections import Counter

from privacykit.reports.answers import segments
from privacykit.reports.answers.cart import answer
from privacykit.reports.expressions.visit_fields import ShopEvents
from privacykit.reports.kinds.questions import SegmentsQuestion
from tests.reports.kinds import reference


def told(what, since=0):
    """Return one visit a person, of events like ``"cart_add order"``, and how many people."""
    return [
        reference.Told(
            visitor=f"{since}.{number}",
            at=reference.START + at,
            tie=str(at),
            event=event,
            value=3_000,
        )
        for since, (events, people) in enumerate(what, since)
        for number in range(people)
        for at, event in enumerate(events.split())
    ]


def test_the_figures_are_those_of_plain_python(asked, village):
    """Ties, midnights and orders in between; nobody is hidden at k of one."""
    visits = [one for one in reference.visits(village) if one.first.at >= reference.START]
    carts = Counter(visit.cart for visit in visits)
    values = Counter(visit.abandoned_value for visit in visits if visit.left)

    found = asked(answer(ShopEvents()), village, k=1).sets[0].document

    assert found["statuses"] == carts
    assert found["abandoned_value"] == values
    assert found["visits"] == len(visits)
    assert found["carts"] == len(visits) - carts["none"]
    assert found["abandoned"] == carts["abandoned"] + carts["ordered_then_abandoned"]


def test_events_may_have_other_names(asked):
    """An order after the last thing is put in ends the cart."""
    events = told([("put", 10), ("put pay", 20), ("pay put", 30), ("look", 40)])

    found = asked(answer(ShopEvents("put", "pay")), events).sets[0].document

    assert found == {
        "visits": 100,
        "carts": 60,
        "abandoned": 40,
        "rate": "0.6667",
        "statuses": {
            "none": 40, "ordered": 20, "abandoned": 10, "ordered_then_abandoned": 30,
        },
        "abandoned_value": {
            "below 0": 0, "0-1999": 0, "2000-4999": 40, "5000-9999": 0, "10000-19999": 0, "20000+": 0,
        },
    }  # fmt: skip


def test_buckets_do_not_tell_what_is_hidden(asked):
    """Three ordered, so the abandoned carts are not told either: nor is what they add up to."""
    events = told([("cart_add", 30), ("cart_add order", 3), ("page", 50)])

    found = asked(answer(ShopEvents()), events).sets[0].document

    assert found["statuses"] == {
        "none": 50, "ordered": None, "abandoned": None, "ordered_then_abandoned": None,
    }  # fmt: skip
    assert (found["carts"], found["abandoned"], found["rate"]) == (None, None, None)
    assert found["abandoned_value"] is None


def test_where_nothing_is_abandoned_there_is_no_money_to_tell(asked):
    """Nought of nothing is no rate."""
    found = asked(answer(ShopEvents()), told([("page", 20)])).sets[0].document

    assert (found["carts"], found["abandoned"], found["rate"]) == (0, 0, None)
    assert found["abandoned_value"] is None


def test_an_order_in_a_later_visit_does_not_end_the_cart(asked):
    """Half an hour later it is another visit."""
    events = told([("cart_add", 20)])
    events += [
        reference.Told(
            visitor=f"0.{number}", at=reference.START + 1_800 * reference.SECOND, event="order"
        )
        for number in range(20)
    ]

    found = asked(answer(ShopEvents()), events).sets[0].document

    assert (found["visits"], found["carts"], found["abandoned"]) == (40, 20, 20)


def test_a_segment_of_nearly_all_is_withheld(asked):
    """Its carts less those of everybody would be of three people."""
    events = told([("cart_add", 30), ("cart_add order", 30)])
    events += told([("help cart_add", 3)], since=2)

    report = asked(answer(ShopEvents()), events, segments=("event!=help",))

    assert report.sets[0].document["visits"] == 63
    assert report.sets[1].document["visits"] is None
    assert set(report.sets[1].document["statuses"].values()) == {None}


def test_what_is_paid_back_is_in_a_bucket_of_its_own(asked):
    """A refund is no small order; nothing is."""
    told = [
        reference.Told(visitor=f"v{at}", at=reference.START + at, event="order", value=value)
        for at, value in enumerate([-1, -50_000, 0, 1_999] * 20)
    ]

    found = asked(segments.answer(SegmentsQuestion(("value_bucket",))), told).sets[0].document

    assert {row["value"]: row["visits"] for row in found["breakdowns"][0]["rows"]} == {
        "below 0": 40, "0-1999": 40,
    }  # fmt: skip
