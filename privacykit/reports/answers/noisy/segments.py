"""
The segments with noise, asked of an engine: visitors at their first visit, and who converted in it.

Of each list a visitor id is in one cell: one value, and converted or not. Lists are closed, so that
a row tells of nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from privacykit.reports.answers.breakdowns import cell_rows
from privacykit.reports.answers.noisy.telling import (
    NOISE,
    PROTECTED,
    noise_told,
    noisy_counts,
    noisy_rate,
)
from privacykit.reports.answers.segments import CAPTIONS, with_fields
from privacykit.reports.asking import Answer, Figures, ReportEngine, Setting
from privacykit.reports.expressions.kinds.breakdown import (
    WHOLE,
    cut_visits,
    visits_of,
    with_visits,
)
from privacykit.reports.kinds.breakdown import CellRow
from privacykit.reports.noise.mechanism import AddsNoise
from privacykit.reports.noise.question import CLOSED, OTHER, NoisySegments
from privacykit.reports.result import Hidden, Ids, ReportColumn, ReportTable

Counted = Mapping[str, tuple[int | None, int | None]]
"""By value: visitors, and those who converted; ``None`` is too few."""


def answer(question: NoisySegments, noise: AddsNoise) -> Answer:
    """Return what answers *question* with *noise*."""

    def answered(engine: ReportEngine, events: Any, setting: Setting) -> Iterator[Figures]:
        rows = _first_visits(engine, events, question, setting)
        shown = {
            name: _noisy(name, rows, question, noise) for name in (WHOLE, *question.segments.by)
        }
        document = _document(shown, question, setting.ids)
        yield Figures(document, tuple(_tables(document, question)), Hidden(0, None))

    return answered


def notes(question: NoisySegments, ids: Ids) -> tuple[str, ...]:
    """Return what a reader must know."""
    lists = ", ".join(question.segments.by)
    cost = (
        f"differential_privacy: ε = {question.epsilon}, in equal parts for the whole and for "
        f"{lists}; it protects {PROTECTED[ids]}. Each is counted in one cell of each list, at the "
        "first visit of the period, and converts in that visit or not."
    )
    return cost, NOISE


def _first_visits(
    engine: ReportEngine, events: Any, question: NoisySegments, setting: Setting
) -> list[CellRow]:
    """Return how many first visits of a visitor have which value, and which of them converted."""
    asked = question.segments
    told = with_fields(events, asked.by, asked, setting)
    keyed = with_visits(told, setting.offsets, visits_told=setting.visits_told)
    goal = asked.goal.match if asked.goal else None
    visits = visits_of(keyed, asked.by, (), setting.offsets, goal=goal)
    first = visits.filter(visits["first"] == 1)
    return cell_rows(engine, cut_visits(first, asked.by, segmented=False))


def _noisy(
    name: str, rows: list[CellRow], question: NoisySegments, noise: AddsNoise
) -> dict[str, tuple[int | None, int | None]]:
    """Return the values of a list that are shown: bounded after the noise, which costs nothing."""
    values = ("",) if name == WHOLE else CLOSED[name]
    counts = {(value, part): 0 for value in values for part in range(question.parts)}
    for row in rows:
        if row.dimension == name and row.trait == "converted":
            value = row.value if (row.value, 0) in counts else OTHER
            counts[value, row.with_trait if question.parts > 1 else 0] += row.units
    told = noisy_counts(noise, counts, question)
    least, one = (question.threshold(len(counts), parts) for parts in (question.parts, 1))
    found: dict[str, tuple[int | None, int | None]] = {}
    for value in values:
        visitors = sum(told[value, part] for part in range(question.parts))
        converted = told[value, 1] if question.parts > 1 else 0
        if visitors >= least:
            found[value] = (visitors, converted if converted >= one else None)
    return found


def _document(shown: Mapping[str, Counted], question: NoisySegments, ids: Ids) -> dict[str, Any]:
    goal = question.segments.goal
    visitors, converted = shown[WHOLE].get("", (None, None))
    values = {name: 1 if name == WHOLE else len(CLOSED[name]) for name in shown}
    return {
        "conversion": goal.name if goal else None,
        "visitors": visitors,
        "conversions": converted if goal else None,
        "rate": noisy_rate(converted, visitors) if goal else None,
        "breakdowns": [
            {
                "by": name,
                "rows": [
                    {"value": value, "visitors": n, "conversions": told if goal else None}
                    for value, (n, told) in shown[name].items()
                ],
            }
            for name in question.segments.by
        ],
        "noise": noise_told(
            question,
            ids,
            {
                name: question.threshold(number * question.parts, question.parts)
                for name, number in values.items()
            },
        ),
    }


def _tables(document: Mapping[str, Any], question: NoisySegments) -> Iterator[ReportTable]:
    goal = question.segments.goal
    figures = [ReportColumn("visitors", "Visitors, with noise")]
    if goal:
        figures.append(ReportColumn("conversions", f"With {goal.name}, with noise"))
    whole = tuple(document[column.key] for column in figures)
    share = (ReportColumn("rate", "Share of visitors", "share"),) if goal else ()
    rates = (document["rate"],) if goal else ()
    yield ReportTable("whole", "All visitors", (*figures, *share), ((*whole, *rates),))
    for one in document["breakdowns"]:
        columns = (ReportColumn("value", one["by"].replace("_", " ").capitalize(), "text"),)
        rows = tuple(
            (row["value"], *(row[column.key] for column in figures)) for row in one["rows"]
        )
        yield ReportTable(one["by"], CAPTIONS[one["by"]], (*columns, *figures), rows)
