"""The overview: what there is adds up, is named honestly, and few people's is not told."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

import pytest

from privacykit.errors import InputError
from privacykit.reports.answers import overview
from privacykit.reports.kinds.questions import OverviewQuestion
from privacykit.reports.result import Hidden
from tests.reports.kinds import reference


def inside_of(village):
    """Return the events and visits of the period."""
    inside = [one for one in village if one.at >= reference.START]
    return inside, reference.visits(inside)


def test_the_figures_are_those_of_plain_python(asked, village):
    """Nobody is hidden at k of one."""
    inside, visits = inside_of(village)
    views = [one for one in inside if one.event == "page" and one.page]

    report = asked(overview.answer(OverviewQuestion(top=100)), village, k=1)

    found = report.sets[0].document
    assert found["visits"] == len(visits)
    assert found["visitors"] == len({one.visitor for one in inside})
    assert found["page_views"] == len(views)
    assert {one["event"]: one["events"] for one in found["events"]} == Counter(
        one.event for one in inside
    )
    assert {one["page"]: one["views"] for one in found["pages"]} == Counter(
        one.page for one in views
    )
    for key, name in (("channels", "channel"), ("countries", "country"), ("devices", "device")):
        assert {one[name]: one["visits"] for one in found[key]} == Counter(
            reference.value(visit, name, []) for visit in visits
        )
    assert report.sets[0].hidden == Hidden(0, "0.00")


def test_days_are_those_of_the_site(asked, village):
    """Each day of the period has a row, also the one of 25 hours; visitors at their first visit."""
    _, visits = inside_of(village)
    firsts: dict[str, object] = {}
    for visit in sorted(visits, key=lambda one: one.first.at):
        firsts.setdefault(visit.visitor, reference.day(visit.first.at))
    days = [reference.PERIOD.first + timedelta(at) for at in range(reference.PERIOD.days)]
    count = Counter(reference.day(visit.first.at) for visit in visits)
    first = Counter(firsts.values())

    found = asked(overview.answer(OverviewQuestion()), village, k=1).sets[0].document["days"]

    assert found == [
        {"day": str(one), "visits": count[one], "visitors": first[one]} for one in days
    ]


@pytest.mark.parametrize(
    ("ids", "name"),
    [
        ("consented", "distinct"),
        ("daily", "sum_of_daily_visitors"),
        ("mixed", "sum_of_daily_visitors_and_distinct"),
    ],
)
def test_visitors_are_named_after_what_their_ids_allow(asked, village, ids, name):
    """Ids of a day make a sum of daily visitors, and it is called so."""
    report = asked(overview.answer(OverviewQuestion()), village, ids=ids)

    label = report.sets[0].tables[0].columns[1].label
    assert report.sets[0].document["visitors_are"] == name
    assert (label == "Visitors") is (ids == "consented")
    assert len(overview.notes(ids)) == (1 if ids == "consented" else 2)


def test_consent_has_a_certain_share_and_one_at_most(asked):
    """Visits of which it is not known are in one of them only."""
    told = [
        reference.Told(visitor=f"v{at}", at=reference.START + at, basis=basis)
        for at, basis in enumerate(["consent"] * 50 + ["law"] * 30 + [None] * 20)
    ]

    found = asked(overview.answer(OverviewQuestion()), told).sets[0].document["consent"]

    assert found == {"consent": 50, "law": 30, "certain": "0.5000", "at_most": "0.7000"}


def test_a_hidden_basis_widens_the_bounds(asked):
    """Of nine people on the law alone, and so of the others too, nothing is certain."""
    told = [
        reference.Told(visitor=f"v{at}", at=reference.START + at, basis=basis)
        for at, basis in enumerate(["consent"] * 50 + ["law"] * 9)
    ]

    found = asked(overview.answer(OverviewQuestion()), told).sets[0].document["consent"]

    assert found == {"consent": None, "law": None, "certain": "0.0000", "at_most": "1.0000"}


def test_segments_add_up_with_what_is_not_in_them(asked, village):
    """A part and its complement are the whole, of visits and of events."""
    report = asked(
        overview.answer(OverviewQuestion()),
        village,
        k=1,
        segments=("country==D", "country!=D"),
    )

    whole, part, rest = (one.document for one in report.sets)
    assert part["visits"] + rest["visits"] == whole["visits"]
    assert part["visitors"] + rest["visitors"] == whole["visitors"]
    assert part["page_views"] + rest["page_views"] == whole["page_views"]
    events: dict[str, int] = defaultdict(int)
    for one in (*part["events"], *rest["events"]):
        events[one["event"]] += one["events"]
    assert events == {one["event"]: one["events"] for one in whole["events"]}


def test_several_segments_are_said_to_be_cut_by_each_other(asked, village):
    """Their figures depend on which others are asked; those of one alone do not."""
    answer, parts = overview.answer(OverviewQuestion()), ("country==D", "country!=D")
    told = [asked(answer, village, segments=parts[:number]).notes for number in (0, 1, 2)]
    assert ["cut by all segments" in " ".join(notes) for notes in told] == [False, False, True]


def test_a_segment_of_all_but_few_is_withheld_whole(asked):
    """Its figures less those of everybody would be of three people."""
    told = [
        reference.Told(visitor=f"v{at}", at=reference.START + at, country="D" if at < 50 else "F")
        for at in range(53)
    ]

    report = asked(overview.answer(OverviewQuestion()), told, segments=("country==D",))

    found = report.sets[1].document
    assert report.sets[0].document["visits"] == 53
    assert (found["visits"], found["visitors"], found["page_views"]) == (None, None, None)
    assert [one["visits"] for one in found["days"]] == [None] * 7
    assert (found["events"], found["countries"], found["consent"]["certain"]) == ([], [], None)
    assert report.sets[1].hidden.share == "1.00"


def test_channels_can_be_left_out(asked, village):
    """Where the law lets nobody tell of them; the rest is the same."""
    told = asked(overview.answer(OverviewQuestion()), village).sets[0]
    untold = asked(overview.answer(OverviewQuestion(channels=False)), village).sets[0]

    assert untold.document["channels"] is None
    assert "channels" not in [table.key for table in untold.tables]
    assert {**untold.document, "channels": told.document["channels"]} == told.document


def test_an_empty_period_is_nought(asked):
    """Nothing is hidden where nothing was."""
    told = [reference.Told(visitor="v", at=reference.HISTORY)]

    found = asked(overview.answer(OverviewQuestion()), told).sets[0].document

    assert (found["visits"], found["visitors"], found["page_views"]) == (0, 0, 0)
    assert {one["visits"] for one in found["days"]} == {0}


def test_a_segment_that_needs_lasting_ids_is_refused(asked, village):
    """Ids of a day tell nobody who returns."""
    with pytest.raises(InputError, match="needs_person_id"):
        asked(
            overview.answer(OverviewQuestion()),
            village,
            ids="daily",
            segments=("visitor==returning",),
        )


def test_no_channel_is_direct_as_in_attribution(asked):
    """Also for a segment; a campaign without a channel is one that is not set."""
    told = [
        reference.Told(visitor=f"v{at}", at=reference.START + at, channel=channel, campaign=named)
        for at, (channel, named) in enumerate(
            [(None, None), ("", None), ("direct", ""), ("search", None), (None, "spring")] * 20
        )
    ]

    found = asked(overview.answer(OverviewQuestion()), told, segments=("channel==direct",)).sets

    assert {one["channel"]: one["visits"] for one in found[0].document["channels"]} == {
        "direct": 60, "search": 20, "(not set)": 20,
    }  # fmt: skip
    assert found[1].document["visits"] == 60
