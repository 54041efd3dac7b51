"""Journeys: steps and stages are those that plain Python walks, and few people's are not told."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import ibis
import pytest

from privacykit.errors import InputError
from privacykit.reports.answers.journey import answer
from privacykit.reports.conditions import read_conditions, read_step
from privacykit.reports.expressions.events import counted
from privacykit.reports.expressions.kinds.breakdown import with_visits
from privacykit.reports.expressions.kinds.journey import reached, transitions
from privacykit.reports.kinds.questions import JourneyQuestion, Stage
from privacykit.reports.periods import offsets
from tests.reports.kinds import reference

STAGES = ["/a", "cart_add", "order"]


@pytest.fixture
def keyed(village):
    """The events of the period, with visits."""
    inside = counted(ibis.memtable(reference.table(village)), reference.START, reference.END)
    clock = offsets(reference.PERIOD, reference.ZONE)
    return with_visits(inside, clock, visits_told=False)


@pytest.fixture
def visits(village):
    """The visits of the period, as plain Python finds them."""
    inside = [one for one in village if one.at >= reference.START]
    return reference.visits(inside)


def path(visit, by, names):
    """Return what a visit did one after the other, from start to end; empty if nothing."""
    told = [getattr(one, by) for one in visit.events if getattr(one, by) is not None]
    told = [one if one in names else "(other)" for one in told]
    once = [one for at, one in enumerate(told) if not at or told[at - 1] != one]
    return ["(start)", *once, "(end)"] if once else []


@pytest.mark.parametrize(
    ("by", "names"), [("page", ["/", "/a"]), ("event", ["page", "cart_add", "order"])]
)
def test_an_engine_walks_what_plain_python_walks(engine, keyed, visits, by, names):
    """Pages and events, rare ones as (other), what repeats at once as one; two segments."""
    segments = [read_conditions("country==D"), read_conditions("event==order")]
    wanted = reference.counted(
        [
            ((of, *step), visit.visitor)
            for visit in visits
            for step in pairwise(path(visit, by, names))
            for of in (-1, (visit.first.country == "D") + 2 * visit.has("order"))
        ]
    )

    rows = engine.rows(transitions(keyed, by, names, segments))

    assert {
        (row["segments"], row["row"], row["column"]): (row["units"], row["persons"]) for row in rows
    } == wanted
    assert len(rows) > 40


def test_a_visit_stands_at_the_furthest_stage(engine, keyed, visits):
    """By the channel of its first event; the last stage that any event of it fulfils."""
    keys = []
    for visit in visits:
        got = [any(one.page == "/a" for one in visit.events), visit.has("cart_add")]
        got.append(visit.has("order"))
        stage = max((at for at, there in enumerate(got, 1) if there), default="(none)")
        channel = reference.channel(visit.first)
        keys += [((of, channel, str(stage)), visit.visitor) for of in (-1, visit.has("order") * 1)]

    rows = engine.rows(
        reached(keyed, [read_step(one) for one in STAGES], [read_conditions("event==order")])
    )

    assert {
        (row["segments"], row["row"], row["column"]): (row["units"], row["persons"]) for row in rows
    } == reference.counted(keys)


def test_the_report_tells_steps_and_stages(asked, village, visits):
    """Nobody is hidden at k of one, so that every step is there."""
    stages = tuple(Stage(one.strip("/"), read_step(one)) for one in STAGES)

    found = asked(answer(JourneyQuestion("event", stages)), village, k=1).sets[0].document

    names = ["page", "cart_add", "order", "help"]
    wanted = Counter(step for visit in visits for step in pairwise(path(visit, "event", names)))
    assert {(one["from"], one["to"]): one["count"] for one in found["transitions"]} == wanted
    assert sum(sum(one["visits"].values()) for one in found["stages"]) == len(visits)
    assert [one["touchpoint"] for one in found["stages"]] == [
        "direct", "email", "search",
    ]  # fmt: skip


def test_no_step_of_few_people_is_told(asked, village):
    """Each step that is told was made by ten people at least."""
    people = asked(answer(JourneyQuestion("event")), village, k=10).sets[0]
    everything = asked(answer(JourneyQuestion("event")), village, k=1).sets[0]

    told = {(one["from"], one["to"]): one["count"] for one in people.document["transitions"]}
    known = {(one["from"], one["to"]): one["count"] for one in everything.document["transitions"]}
    assert told.items() < known.items()
    assert people.hidden.cells == (len(known) > len(told))
    assert min(told.values()) >= 10


def test_a_segment_of_nearly_all_is_withheld_whole(asked):
    """Its share that is hidden would tell of the three who are not in it."""
    told = [
        reference.Told(visitor=f"v{at}", at=reference.START + at, country="D" if at < 50 else "F")
        for at in range(53)
    ]

    report = asked(answer(JourneyQuestion()), told, segments=("country==D",))

    assert len(report.sets[0].document["transitions"]) == 2
    assert report.sets[1].document["transitions"] == []
    assert (report.sets[1].hidden.cells, report.sets[1].hidden.share) == (1, "1.00")


def test_where_all_pages_are_rare_they_are_one(asked):
    """Twelve people, each on a page of their own."""
    told = [
        reference.Told(visitor=f"v{at}", at=reference.START + at, page=f"/{at}") for at in range(12)
    ]

    found = asked(answer(JourneyQuestion()), told).sets[0].document["transitions"]

    assert found == [
        {"from": "(other)", "to": "(end)", "count": 12},
        {"from": "(start)", "to": "(other)", "count": 12},
    ]


def test_two_stages_of_one_name_are_refused():
    """Whoever reads the columns could not tell them apart."""
    stage = Stage("a", read_step("/a"))
    with pytest.raises(InputError, match="same name"):
        JourneyQuestion("page", (stage, stage))
