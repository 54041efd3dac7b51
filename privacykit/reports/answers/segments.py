"""The ten segments as breakdowns, asked of an engine: visits, visitors and who converts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from privacykit.reports.answers.breakdowns import (
    FIRST_VISITS,
    NOTHING,
    cell_rows,
    fields,
    hidden,
    listed,
    matches,
    of_all,
    withheld,
)
from privacykit.reports.asking import Answer, Figures, ReportEngine, Setting
from privacykit.reports.conditions import VISIT_FIELDS
from privacykit.reports.expressions.kinds.breakdown import (
    BY,
    TRAITS,
    cut_visits,
    visits_of,
    with_visits,
)
from privacykit.reports.expressions.visit_fields import ShopEvents, with_visit_fields
from privacykit.reports.kinds.breakdown import BrokenDown, broken_down
from privacykit.reports.kinds.questions import SegmentsQuestion
from privacykit.reports.numbers import rate, rate_cell
from privacykit.reports.result import Ids, ReportColumn, ReportTable

MOST_EVENTS: Final = 10
"""Names of events that visits are told apart by: those of most people."""

CAPTIONS: Final = {
    "country": "By country",
    "language": "By language",
    "visitor": "New and returning visitors",
    "visits": "By how many visits it is of the visitor",
    "orders": "By how often the visitor has ordered",
    "cart": "By what became of the cart",
    "event": "By what happened; a visit stands at each event of it",
    "page": "By the page that the visit began at",
    "channel": "By where the visit came from",
    "campaign": "By campaign",
    "device": "By device",
    "browser": "By browser",
    "value_bucket": "By the money spent, in the smallest unit of the currency",
}


def with_fields(
    events: Any, by: Sequence[str], question: SegmentsQuestion, setting: Setting
) -> Any:
    """Return *events* with those fields of *by* that are their visit's."""
    of_visits = set(by).intersection(VISIT_FIELDS)
    if not of_visits:
        return events
    return with_visit_fields(
        events,
        setting.before,
        of_visits,
        setting.clock,
        ids=setting.ids,
        visits_told=setting.visits_told,
        shop=ShopEvents(question.cart, question.order),
        under=BY,
    )


def answer(question: SegmentsQuestion) -> Answer:
    """Return what answers *question*."""

    def answered(engine: ReportEngine, events: Any, setting: Setting) -> Iterator[Figures]:
        by = [name for name in question.by if name not in unavailable(question, setting.ids)]
        segmented = bool(setting.segments)
        events = with_fields(events, by, question, setting)
        keyed = with_visits(events, setting.offsets, visits_told=setting.visits_told)
        names = _names(engine, keyed, setting.k) if "event" in by else []
        visits = visits_of(
            keyed,
            by,
            matches(setting),
            setting.offsets,
            goal=question.goal.match if question.goal else None,
            events=names,
        )
        rows = cell_rows(engine, cut_visits(visits, by, segmented=segmented))
        count = len(setting.segments)
        for found in broken_down(rows, TRAITS, count, setting.k, fields(setting)):
            yield _figures(found, question, names, setting.ids)

    return answered


def unavailable(question: SegmentsQuestion, ids: Ids) -> tuple[str, ...]:
    """Return what of *question* the ids cannot tell."""
    return question.lasting if ids == "daily" else ()


def notes(question: SegmentsQuestion, ids: Ids) -> tuple[str, ...]:
    """Return what a reader of the breakdowns must know."""
    found = []
    if question.lasting and ids == "daily":
        found.append(
            "Visitor ids end at midnight: whether a visitor is new or returning cannot be told, "
            "and nobody is called new."
        )
    if question.lasting and ids != "daily":
        found.append(
            "A visitor is new, and an order the first, as far back as events are kept; visits "
            "without an id that lasts are not_available."
        )
    if "value_bucket" in question.by:
        found.append("Money of different currencies is not converted: it is in the same buckets.")
    return tuple(found)


def _names(engine: ReportEngine, keyed: Any, k: int) -> list[str]:
    """Return the names of events by most people, of at least *k*."""
    found = keyed.group_by("event").aggregate(persons=keyed.visitor.nunique())
    told = [row for row in engine.rows(found) if row["persons"] >= k and row["event"] is not None]
    told.sort(key=lambda row: (-row["persons"], row["event"]))
    return [row["event"] for row in told[:MOST_EVENTS]]


def _figures(
    found: dict[str, BrokenDown], question: SegmentsQuestion, names: Sequence[str], ids: Ids
) -> Figures:
    told = hidden(found, question.by)
    if withheld(found):
        found = {}
    if "event" in found:
        found["event"] = by_event(found["event"], names)
    document = _document(found, question, ids)
    return Figures(document, tuple(_tables(document, question)), told)


def by_event(of: BrokenDown, names: Sequence[str]) -> BrokenDown:
    """
    Return the figures of each event, of those of sets of events.

    Args:
        of: By set, written as a number whose bit ``i`` says that ``names[i]`` happened.
        names: Of the events.

    Returns:
        Sums over sets that are shown; those with a trait only where none of a sum is hidden.
    """
    sets: dict[str, list[str]] = defaultdict(list)
    for value in of.units:
        for place, name in enumerate(names):
            if int(value) >> place & 1:
                sets[name].append(value)

    def with_trait(told: Mapping[str, int | None], values: list[str]) -> int | None:
        known = [units for value in values if (units := told[value]) is not None]
        return sum(known) if len(known) == len(values) else None

    return BrokenDown(
        {name: sum(of.units[value] for value in values) for name, values in sets.items()},
        {
            trait: {name: with_trait(told, values) for name, values in sets.items()}
            for trait, told in of.with_trait.items()
        },
        of.hidden,
        of.hidden_units,
    )


def _document(
    found: Mapping[str, BrokenDown], question: SegmentsQuestion, ids: Ids
) -> dict[str, Any]:
    goal = question.goal
    visits, visitors = (of_all(found), of_all(found, "first")) if found else (None, None)
    converted = of_all(found, "converted") if found and goal else None
    return {
        "conversion": goal.name if goal else None,
        "visits": visits,
        "visitors": visitors,
        "conversions": converted,
        "rate": rate(converted, visits),
        "breakdowns": [
            {
                "by": name,
                "available": name not in unavailable(question, ids),
                "rows": [
                    _row(of, value, units, goal=goal is not None)
                    for value, units in listed(of, question.top)
                ],
                "hidden": min(1, of.hidden),
            }
            for name in question.by
            for of in [found.get(name, NOTHING)]
        ],
    }


def _row(of: BrokenDown, value: str, units: int, *, goal: bool) -> dict[str, Any]:
    converted = of.with_trait["converted"][value] if goal else None
    return {
        "value": value,
        "visits": units,
        "visitors": of.with_trait["first"][value],
        "conversions": converted,
        "rate": rate(converted, units),
    }


def _tables(document: Mapping[str, Any], question: SegmentsQuestion) -> Iterator[ReportTable]:
    figures = [ReportColumn("visits", "Visits"), ReportColumn("visitors", FIRST_VISITS)]
    if question.goal:
        figures += [
            ReportColumn("conversions", f"With {question.goal.name}"),
            ReportColumn("rate", "Share of visits", "share"),
        ]
    told = {**document, "rate": rate_cell(document["conversions"], document["visits"])}
    whole = tuple(told[column.key] for column in figures)
    yield ReportTable("whole", "All visits", tuple(figures), (whole,))
    for one in document["breakdowns"]:
        columns = (ReportColumn("value", one["by"].replace("_", " ").capitalize(), "text"),)
        if not one["available"]:
            rows: tuple[tuple[Any, ...], ...] = (("not_available", *[""] * len(figures)),)
        else:
            rows = tuple(
                (row["value"], *(row[column.key] for column in figures)) for row in one["rows"]
            )
        yield ReportTable(one["by"], CAPTIONS[one["by"]], (*columns, *figures), rows)
