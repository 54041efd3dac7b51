"""
The funnel with noise, asked of an engine: visitors by the last step of their chain.

Each visitor id is one unit, whatever it did, and has one last step: of the one list of cells it
changes one by one. All else is computed from those cells with their noise, which costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from privacykit.reports.answers.noisy.telling import (
    NOISE,
    PROTECTED,
    noise_told,
    noisy_counts,
    noisy_rate,
)
from privacykit.reports.asking import Answer, Figures, ReportEngine, Setting
from privacykit.reports.chains import steps_of
from privacykit.reports.expressions.funnel import cells
from privacykit.reports.noise.mechanism import AddsNoise
from privacykit.reports.noise.question import NoisyFunnel
from privacykit.reports.result import Hidden, Ids, ReportColumn, ReportTable

_COLUMNS = (
    ReportColumn("step", "Step", "text"),
    ReportColumn("reached", "Got at least so far, with noise"),
    ReportColumn("exits", "Got no further, with noise"),
)


def answer(question: NoisyFunnel, noise: AddsNoise) -> Answer:
    """Return what answers *question* with *noise*."""

    def answered(engine: ReportEngine, events: Any, setting: Setting) -> Iterator[Figures]:
        funnel, number = question.funnel, len(question.funnel.steps)
        counts = dict.fromkeys(question.cells, 0)
        found = cells(events, funnel, (), setting.offsets, visits_told=setting.visits_told)
        for row in engine.rows(found):
            last = (0, *steps_of(row["code"], number))[-1]
            counts[last] += row["units"]
        told = list(noisy_counts(noise, counts, question).values())
        reached = [_shown(question, told, step, number) for step in question.cells]
        steps = [
            {
                "step": step,
                "name": funnel.steps[step - 1].name,
                "reached": reached[step],
                "exits": _shown(question, told, step, step) if step < number else None,
                "step_rate": noisy_rate(reached[step + 1], reached[step])
                if step < number
                else None,
            }
            for step in question.cells[1:]
        ]
        document = {
            "visitors": reached[0],
            "entered": reached[1],
            "conversions": reached[number],
            "rate": noisy_rate(reached[number], reached[1]),
            "steps": steps,
            "noise": noise_told(question, setting.ids, _shown_from(question)),
        }
        yield Figures(document, _tables(document), Hidden(0, None))

    return answered


def notes(question: NoisyFunnel, ids: Ids) -> tuple[str, ...]:
    """Return what a reader must know."""
    cost = (
        f"differential_privacy: ε = {question.epsilon}, for one list: the last step of each "
        f"visitor; it protects {PROTECTED[ids]}. Each visitor id counts once, whatever the visits."
    )
    return cost, NOISE


def _shown(question: NoisyFunnel, told: list[int], first: int, last: int) -> int | None:
    """Return how many visitors have a last step from *first* to *last*; ``None`` is too few."""
    found = sum(told[first : last + 1])
    return found if found >= question.threshold(len(told), last + 1 - first) else None


def _shown_from(question: NoisyFunnel) -> dict[str, int]:
    number = len(question.funnel.steps)
    each = {f"reached {step}": number + 1 - step for step in question.cells}
    return {
        name: question.threshold(len(question.cells), parts)
        for name, parts in {**each, "exits": 1}.items()
    }


def _tables(document: dict[str, Any]) -> tuple[ReportTable, ...]:
    rows = tuple(
        (f"{one['step']}. {one['name']}", one["reached"], one["exits"]) for one in document["steps"]
    )
    whole = tuple(document[name] for name in ("visitors", "entered", "conversions", "rate"))
    columns = (
        ReportColumn("visitors", "Visitors in the period, with noise"),
        ReportColumn("entered", "Entered"),
        ReportColumn("conversions", "Reached the last step"),
        ReportColumn("rate", "Reached it, of those who entered", "share"),
    )
    return (
        ReportTable("steps", "How far visitors got", _COLUMNS, rows),
        ReportTable("whole", "How many got through", columns, (whole,)),
    )
