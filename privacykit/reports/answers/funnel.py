"""The funnel, asked of an engine: counts of chains, made into figures and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from privacykit.reports.answers.funnel_money import FunnelMoney, money_of
from privacykit.reports.asking import Answer, Figures, ReportEngine, Setting
from privacykit.reports.expressions.funnel import cells, durations
from privacykit.reports.funnel import ChainCount, Funnel, FunnelStep, funnels, shown_chains
from privacykit.reports.numbers import nearest_ranks, rate, rate_cell
from privacykit.reports.question import FunnelQuestion, Segment
from privacykit.reports.result import Hidden, Ids, ReportColumn, ReportTable

STEP_COLUMNS: Final = (
    ReportColumn("step", "Step", "text"),
    ReportColumn("entries", "Came in here"),
    ReportColumn("in_funnel", "In the funnel"),
    ReportColumn("performed", "Did it"),
    ReportColumn("skipped", "Skipped it"),
    ReportColumn("exits", "Left after it"),
    ReportColumn("proceeded", "Went on"),
    ReportColumn("step_rate", "Went on, of those in the funnel", "share"),
)
WHOLE_COLUMNS: Final = (
    ReportColumn("units", "In the period"),
    ReportColumn("entered", "Entered"),
    ReportColumn("conversions", "Reached the last step"),
    ReportColumn("rate", "Reached it, of those who entered", "share"),
)
TIME_COLUMNS: Final = (
    ReportColumn("lower", "A quarter took at most", "seconds"),
    ReportColumn("median", "Half took at most", "seconds"),
    ReportColumn("upper", "Three quarters took at most", "seconds"),
)


class Times(msgspec.Struct, frozen=True):
    """How long units that converted took, in seconds: quartiles by nearest rank."""

    lower: int
    median: int
    upper: int


def answer(question: FunnelQuestion) -> Answer:
    """Return what answers *question*."""

    def answered(engine: ReportEngine, events: Any, setting: Setting) -> Iterator[Figures]:
        told = setting.visits_told

        def counts(segments: tuple[Segment, ...]) -> list[ChainCount]:
            found = cells(events, question, segments, setting.offsets, visits_told=told)
            return [ChainCount(**row) for row in engine.rows(found)]

        parts = counts(setting.segments) if setting.segments else []
        everybody, segments = counts(()), len(setting.segments)
        whole, *each = funnels(everybody, parts, question, segments, setting.k)
        took = engine.rows(durations(events, question, setting.offsets, visits_told=told))
        money: Sequence[FunnelMoney | None] = [None] * (segments + 1)
        if question.money:
            shown = shown_chains(everybody, parts, question, segments, setting.k)
            money = money_of(engine, events, question, setting, shown)
        yield _figures(whole, _times(whole, took, setting.k), money[0])
        for funnel, value in zip(each, money[1:], strict=True):
            yield _figures(funnel, None, value)

    return answered


def notes(question: FunnelQuestion, ids: Ids) -> tuple[str, ...]:
    """Return what a reader of the funnel must know."""
    found = []
    if question.unit == "visit":
        found.append(
            "A visit ends after half an hour without an event, and at midnight; a visit across "
            "midnight is two."
        )
    if question.unit == "person" and ids == "mixed":
        found.append(
            "Only ids that last are people; a visitor with an id of one day is somebody else the "
            "next day."
        )
    if question.money:
        found.append(
            "Money is that of the events that performed a step in the chain that counts; of a unit "
            "each step has one event, the earliest."
        )
    return tuple(found)


def _times(funnel: Funnel, took: list[dict[str, Any]], k: int) -> Times | None:
    """Return quartiles; ``None`` where too few converted, or how many is hidden."""
    if (funnel.conversions or 0) < k:
        return None
    counts = {row["took"] // 1_000_000: row["units"] for row in took}
    return Times(*nearest_ranks(counts, (1, 2, 3), of=4))


def _figures(funnel: Funnel, times: Times | None, money: FunnelMoney | None) -> Figures:
    share, conversions = (
        None if one is None else f"{one:.2f}"
        for one in (funnel.hidden_share, funnel.hidden_conversions)
    )
    hidden = Hidden(funnel.hidden_cells, share, conversions)
    document, tables = _document(funnel, times), _tables(funnel, times)
    if money is None:
        return Figures(document, tables, hidden)
    told = {**document, "money": money.document(funnel.steps)}
    return Figures(told, (*tables, money.table(funnel.steps)), hidden)


def _document(funnel: Funnel, times: Times | None) -> Mapping[str, Any]:
    return {
        "units": funnel.units,
        "entered": funnel.entered,
        "conversions": funnel.conversions,
        "rate": rate(funnel.conversions, funnel.entered),
        "steps": [
            {
                **msgspec.to_builtins(step),
                "step_rate": _step_rate(step, funnel) or None,
                "drop_off": rate(step.exits, step.in_funnel),
            }
            for step in funnel.steps
        ],
        "seconds": msgspec.to_builtins(times),
    }


def _step_rate(step: FunnelStep, funnel: Funnel) -> str | None:
    """Return how many went on from *step*; empty of the last one, from which nobody can."""
    return rate_cell(step.proceeded, step.in_funnel) if step.step < len(funnel.steps) else ""


def _tables(funnel: Funnel, times: Times | None) -> tuple[ReportTable, ...]:
    steps = tuple(
        (
            f"{step.step}. {step.name}",
            step.entries,
            step.in_funnel,
            step.performed,
            step.skipped,
            step.exits,
            step.proceeded,
            _step_rate(step, funnel),
        )
        for step in funnel.steps
    )
    share = rate_cell(funnel.conversions, funnel.entered)
    whole = ((funnel.units, funnel.entered, funnel.conversions, share),)
    tables = (
        ReportTable("steps", "What happened at each step", STEP_COLUMNS, steps),
        ReportTable("whole", "How many got through", WHOLE_COLUMNS, whole),
    )
    if times is None:
        return tables
    row = (times.lower, times.median, times.upper)
    return (*tables, ReportTable("times", "How long it took them", TIME_COLUMNS, (row,)))
