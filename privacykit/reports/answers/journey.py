"""The journey, asked of an engine: steps between pages or events, and stages by channel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from privacykit.reports.answers.breakdowns import matches
from privacykit.reports.asking import Answer, Figures, ReportEngine, Setting
from privacykit.reports.expressions.kinds.breakdown import NONE, with_visits
from privacykit.reports.expressions.kinds.journey import named, reached, transitions
from privacykit.reports.kinds.questions import JourneyQuestion
from privacykit.reports.kinds.two_way import OTHER, ShownTable, TableRow, shown_tables
from privacykit.reports.result import Hidden, ReportColumn, ReportTable

STEP_COLUMNS: Final = (
    ReportColumn("from", "From", "text"),
    ReportColumn("to", "To", "text"),
    ReportColumn("count", "How often"),
)

_STEPS: Final = (
    "Steps are pairs: a page or an event and the next one of the same visit; what repeats at once "
    "is one. Longer paths are nearly those of single people and are not told."
)
_FEW: Final = f"What few people did is {OTHER}, or left out."
_STAGES: Final = "A visit stands at the furthest stage it got to, under its channel."


def answer(question: JourneyQuestion) -> Answer:
    """Return what answers *question*."""

    def answered(engine: ReportEngine, events: Any, setting: Setting) -> Iterator[Figures]:
        keyed = with_visits(events, setting.offsets, visits_told=setting.visits_told)
        segments = matches(setting)

        def tables(expression: Any) -> list[ShownTable]:
            rows = [TableRow(**row) for row in engine.rows(expression)]
            return shown_tables(rows, len(segments), setting.k)

        names = _names(engine.rows(named(keyed, question.by)), question.top, setting.k)
        steps = tables(transitions(keyed, question.by, names, segments))
        stages: list[ShownTable | None] = [None] * len(steps)
        if question.stages:
            conditions = [stage.match for stage in question.stages]
            stages[:] = tables(reached(keyed, conditions, segments))
        for step, stage in zip(steps, stages, strict=True):
            yield _figures(step, stage, question)

    return answered


def notes(question: JourneyQuestion) -> tuple[str, ...]:
    """Return what a reader of the journey must know."""
    told = (_STEPS, _FEW)
    if not question.stages:
        return told
    return (*told, _STAGES)


def _names(rows: list[dict[str, Any]], top: int, k: int) -> list[str]:
    told = [row for row in rows if row["persons"] >= k]
    told.sort(key=lambda row: (-row["persons"], row["name"]))
    return [row["name"] for row in told[:top]]


def _figures(steps: ShownTable, stages: ShownTable | None, question: JourneyQuestion) -> Figures:
    cells = steps.hidden + (stages.hidden if stages else 0)
    told = Hidden(cells, f"{max(_share(steps), _share(stages) if stages else 0):.2f}")
    ordered = sorted(steps.cells.items(), key=lambda one: (-one[1], one[0]))
    table = ReportTable(
        "transitions",
        f"Which {question.by} followed which",
        STEP_COLUMNS,
        tuple((*pair, units) for pair, units in ordered),
    )
    document: dict[str, Any] = {
        "by": question.by,
        "transitions": [
            {"from": pair[0], "to": pair[1], "count": units} for pair, units in ordered
        ],
        "stages": None,
    }
    if stages is None:
        return Figures(document, (table,), told)
    rows = list(_by_channel(stages, question))
    document["stages"] = [{"touchpoint": channel, "visits": told} for channel, told in rows]
    columns = [ReportColumn("touchpoint", "Channel", "text")]
    columns += [ReportColumn(name, name) for name in (*_stage_names(question), NONE)]
    by_stage = ReportTable(
        "stages",
        "How far visits of each channel got",
        tuple(columns),
        tuple((channel, *told.values()) for channel, told in rows),
    )
    return Figures(document, (table, by_stage), told)


def _share(of: ShownTable) -> float:
    """Return how much of a table is hidden."""
    whole = of.units + sum(of.cells.values())
    return of.units / whole if whole else 0.0


def _stage_names(question: JourneyQuestion) -> list[str]:
    return [stage.name for stage in question.stages]


def _by_channel(
    of: ShownTable, question: JourneyQuestion
) -> Iterator[tuple[str, dict[str, int | None]]]:
    """Yield channels of which something is shown, and the visits that got to each stage."""
    columns = {str(number): name for number, name in enumerate(_stage_names(question), 1)}
    columns[NONE] = NONE
    nought = None if of.hidden else 0
    for channel in sorted({row for row, _ in of.cells}):
        yield (
            channel,
            {name: of.cells.get((channel, column), nought) for column, name in columns.items()},
        )
