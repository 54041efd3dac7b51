"""Cohorts, asked of an engine: who first came in which month, and came again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from privacykit.reports.answers.breakdowns import matches
from privacykit.reports.asking import Answer, Figures, ReportEngine, Setting
from privacykit.reports.expressions.kinds.retention import cohorts
from privacykit.reports.kinds.retention import CohortRow, Cohorts, cohorts_of
from privacykit.reports.numbers import rate, rate_cell
from privacykit.reports.periods import DAY
from privacykit.reports.result import Hidden, Ids, ReportColumn, ReportTable

_MONTH: Final = (
    "People are in the month of their first event, as far back as events are kept; who came before "
    "the period is in none."
)
NOTES: Final = (
    _MONTH,
    "The first and the last month are as long as the period has them.",
)
_MIXED: Final = "Only visitors who consented are people here; ids of a day are in no figure."
_EPOCH: Final = date(1970, 1, 1)


def answer() -> Answer:
    """Return what answers."""

    def answered(engine: ReportEngine, events: Any, setting: Setting) -> Iterator[Figures]:
        starts = months_of(setting)
        before = setting.before
        if setting.ids == "mixed":
            events = events.filter(events.basis == "consent")
            before = before.filter(before.basis == "consent")
        numbers = [(start - _EPOCH).days * DAY for start in starts]
        found = cohorts(events, before, numbers, matches(setting), setting.offsets)
        rows = [CohortRow(**row) for row in engine.rows(found)]
        for one in cohorts_of(rows, len(starts), len(setting.segments), setting.k):
            yield _figures(one, starts)

    return answered


def notes(ids: Ids) -> tuple[str, ...]:
    """Return what a reader of the cohorts must know."""
    return (*NOTES, _MIXED) if ids == "mixed" else NOTES


def months_of(setting: Setting) -> list[date]:
    """Return the first day of each month that the period has a day of."""
    first = _EPOCH + timedelta((setting.start + setting.offsets[0][1]) // DAY)
    last = _EPOCH + timedelta((setting.end - 1 + setting.offsets[-1][1]) // DAY)
    found = [first.replace(day=1)]
    while (following := (found[-1] + timedelta(31)).replace(day=1)) <= last:
        found.append(following)
    return found


def _figures(of: Cohorts, starts: list[date]) -> Figures:
    known = [one.persons for one in of.cohorts if one.persons is not None]
    whole = sum(known) + of.hidden_persons
    share = of.hidden_persons / whole if whole else 0.0
    document = {
        "persons": sum(known) if any(known) or not of.hidden else None,
        "cohorts": [
            {
                "month": f"{starts[one.month]:%Y-%m}",
                "persons": one.persons,
                "months": [
                    {"after": after, "persons": came, "rate": rate(came, one.persons)}
                    for after, came in enumerate(one.after, 1)
                ],
            }
            for one in of.cohorts
        ],
    }
    return Figures(document, tuple(_tables(of, starts)), Hidden(of.hidden, f"{share:.2f}"))


def _tables(of: Cohorts, starts: list[date]) -> Iterator[ReportTable]:
    month = ReportColumn("month", "First came in", "text")
    persons = ReportColumn("persons", "People")
    later = range(1, len(starts))
    counts = [month, persons, *(ReportColumn(f"after_{n}", f"+{n}") for n in later)]
    shares = [month, *(ReportColumn(f"after_{n}", f"+{n}", "share") for n in later)]
    yield ReportTable(
        "cohorts",
        "How many came again, so many months later",
        tuple(counts),
        tuple(
            (
                f"{starts[one.month]:%Y-%m}",
                one.persons,
                *one.after,
                *[""] * (len(later) - len(one.after)),
            )
            for one in of.cohorts
        ),
    )
    yield ReportTable(
        "rates",
        "Which share of them came again",
        tuple(shares),
        tuple(
            (
                f"{starts[one.month]:%Y-%m}",
                *(rate_cell(came, one.persons) for came in one.after),
                *[""] * (len(later) - len(one.after)),
            )
            for one in of.cohorts
        ),
    )
