"""The overview, asked of an engine: visits, visitors, pages, events, days and consent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
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
from privacykit.reports.expressions.kinds.breakdown import (
    TRAITS,
    cut_visits,
    events_of,
    visits_of,
    with_visits,
)
from privacykit.reports.kinds.breakdown import BrokenDown, broken_down
from privacykit.reports.kinds.questions import OverviewQuestion
from privacykit.reports.numbers import rate
from privacykit.reports.periods import DAY
from privacykit.reports.result import Ids, ReportColumn, ReportTable

_LISTS: Final = (
    ("channels", "channel", "Where visits came from"),
    ("countries", "country", "Which countries they came from"),
    ("devices", "device", "Which devices they were made with"),
)
VISITORS: Final[Mapping[Ids, tuple[str, str]]] = {
    "consented": ("distinct", "Visitors"),
    "daily": ("sum_of_daily_visitors", "Sum of daily visitors"),
    "mixed": ("sum_of_daily_visitors_and_distinct", "Visitors, those without consent a day each"),
}
"""What the number of visitors is, by what their ids allow: for machines, and for people."""

_DAILY_NOTE: Final = (
    "Visitor ids end at midnight: whoever comes on two days is counted twice, so the visitors are "
    "the sum of those of each day."
)
_MIXED_NOTE: Final = (
    "Visitors without an id that lasts are counted anew each day; those with one are counted once."
)
_VISITOR_NOTES: Final[Mapping[Ids, tuple[str, ...]]] = {
    "consented": (),
    "daily": (_DAILY_NOTE,),
    "mixed": (_MIXED_NOTE,),
}
_CONSENT_NOTE: Final = (
    "Consent is what visits were recorded under; who refused and was not recorded is in no figure."
)


def answer(question: OverviewQuestion) -> Answer:
    """Return what answers *question*."""

    def answered(engine: ReportEngine, events: Any, setting: Setting) -> Iterator[Figures]:
        segmented = bool(setting.segments)
        keyed = with_visits(events, setting.offsets, visits_told=setting.visits_told)
        by = question.dimensions
        visits = visits_of(keyed, by, matches(setting), setting.offsets)
        views = keyed.event.isin(question.page_views) & keyed.page.notnull()
        texts = {
            "events": (keyed.event.notnull(), keyed.event),
            "pages": (views, keyed.page),
            "page_views": (views, keyed.event.substr(0, 0)),
        }
        rows = cell_rows(engine, cut_visits(visits, by, segmented=segmented))
        rows += cell_rows(engine, events_of(keyed, visits, texts, segmented=segmented))
        count = len(setting.segments)
        for found in broken_down(rows, TRAITS, count, setting.k, fields(setting)):
            yield _figures(found, question, setting)

    return answered


def notes(ids: Ids) -> tuple[str, ...]:
    """Return what a reader of the overview must know."""
    return (*_VISITOR_NOTES[ids], _CONSENT_NOTE)


def _figures(found: dict[str, BrokenDown], question: OverviewQuestion, setting: Setting) -> Figures:
    if withheld(found):
        told = hidden(found, ())
        found = {"whole": found["whole"]}
    else:
        told = hidden(found, question.dimensions)
    document = _document(found, question, setting)
    return Figures(document, tuple(_tables(document, setting.ids)), told)


def _document(
    found: Mapping[str, BrokenDown], question: OverviewQuestion, setting: Setting
) -> dict[str, Any]:
    visits = of_all(found)

    def rows(name: str, key: str) -> list[dict[str, Any]]:
        of = found.get(name, NOTHING)
        return [
            {key: value, "visits": units, "visitors": of.with_trait["first"][value]}
            for value, units in listed(of, question.top)
        ]

    views = found.get("page_views", NOTHING)
    return {
        "visits": visits,
        "visitors": of_all(found, "first"),
        "visitors_are": VISITORS[setting.ids][0],
        "page_views": views.units.get("", None if views.hidden or visits is None else 0),
        "consent": _consent(found.get("basis", NOTHING), visits),
        "days": list(_days(found.get("day", NOTHING), setting, all_hidden=visits is None)),
        **{
            key: rows(name, name) if name in question.dimensions else None
            for key, name, _ in _LISTS
        },
        "pages": [
            {"page": value, "views": units}
            for value, units in listed(found.get("pages", NOTHING), question.top)
        ],
        "events": [
            {"event": value, "events": units}
            for value, units in listed(found.get("events", NOTHING), question.top)
        ],
    }


def _consent(of: BrokenDown, visits: int | None) -> dict[str, Any]:
    """Return visits by what they rest on, and what share of them rests on consent at least."""
    rests = {
        key: of.units.get(key, None if of.hidden or visits is None else 0)
        for key in ("consent", "law")
    }
    certain, without = rests["consent"] or 0, rests["law"] or 0
    return {
        **rests,
        "certain": rate(certain, visits),
        "at_most": rate(None if visits is None else visits - without, visits),
    }


def _days(of: BrokenDown, setting: Setting, *, all_hidden: bool) -> Iterator[dict[str, Any]]:
    first = (setting.start + setting.offsets[0][1]) // DAY
    last = (setting.end - 1 + setting.offsets[-1][1]) // DAY
    nought = None if of.hidden or all_hidden else 0
    for number in range(first, last + 1):
        value = str(number * DAY)
        yield {
            "day": str(date(1970, 1, 1) + timedelta(number)),
            "visits": of.units.get(value, nought),
            "visitors": of.with_trait["first"][value] if value in of.units else nought,
        }


def _tables(document: Mapping[str, Any], ids: Ids) -> Iterator[ReportTable]:
    visits, visitors = ReportColumn("visits", "Visits"), ReportColumn("visitors", VISITORS[ids][1])
    firsts = ReportColumn("visitors", FIRST_VISITS)
    whole = (document["visits"], document["visitors"], document["page_views"])
    views = ReportColumn("page_views", "Page views")
    yield ReportTable("whole", "How much went on", (visits, visitors, views), (whole,))
    days = ReportColumn("day", "Day", "text")
    yield _table("days", "Day by day", (days, visits, firsts), document["days"])
    for key, name, caption in _LISTS:
        if document[key] is None:
            continue
        column = ReportColumn(name, name.capitalize(), "text")
        yield _table(key, caption, (column, visits, firsts), document[key])
    page, seen = ReportColumn("page", "Page", "text"), ReportColumn("views", "Views")
    yield _table("pages", "Which pages were seen", (page, seen), document["pages"])
    event, often = ReportColumn("event", "Event", "text"), ReportColumn("events", "How often")
    yield _table("events", "What happened", (event, often), document["events"])
    columns = (
        ReportColumn("consent", "Visits with consent"),
        ReportColumn("law", "On the law alone"),
        ReportColumn("certain", "Consent, for certain", "share"),
        ReportColumn("at_most", "Consent, at most", "share"),
    )
    row = document["consent"]
    if document["visits"] == 0:
        row = {**row, "certain": "", "at_most": ""}
    yield _table("consent", "What visits rest on", columns, [row])


def _table(
    key: str, caption: str, columns: tuple[ReportColumn, ...], rows: list[dict[str, Any]]
) -> ReportTable:
    told = tuple(tuple(row[column.key] for column in columns) for row in rows)
    return ReportTable(key, caption, columns, told)
