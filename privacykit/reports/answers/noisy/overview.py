"""Visitors with noise, asked of an engine: counts of closed lists of cells, noise, and a bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from privacykit.reports.answers.breakdowns import cell_rows
from privacykit.reports.answers.noisy.telling import NOISE, PROTECTED, noise_told, noisy_counts
from privacykit.reports.answers.overview import VISITORS
from privacykit.reports.asking import Answer, Figures, ReportEngine, Setting
from privacykit.reports.expressions.kinds.breakdown import cut_visits, visits_of, with_visits
from privacykit.reports.kinds.breakdown import CellRow
from privacykit.reports.noise.mechanism import AddsNoise
from privacykit.reports.noise.question import LISTS, OTHER, NoisyQuestion, cells_of
from privacykit.reports.periods import DAY
from privacykit.reports.result import Hidden, Ids, ReportColumn, ReportTable

_TOLD = {
    "whole": ("whole", "", "How many visitors there were"),
    "day": ("days", "Day", "Day by day"),
    "country": ("countries", "Country", "Which countries they came from"),
    "device": ("devices", "Device", "Which devices they had"),
}
"""By list: its name for machines, what its rows are, and what it shows."""


def answer(question: NoisyQuestion, noise: AddsNoise) -> Answer:
    """Return what answers *question* with *noise*."""

    def answered(engine: ReportEngine, events: Any, setting: Setting) -> Iterator[Figures]:
        keyed = with_visits(events, setting.offsets, visits_told=setting.visits_told)
        visits = visits_of(keyed, LISTS[1:], (), setting.offsets)
        rows = cell_rows(engine, cut_visits(visits, LISTS[1:], segmented=False))
        days = _days(setting)
        shown = {name: _noisy(name, rows, days, question, noise) for name in LISTS}
        document = {
            "visitors": shown["whole"].get(""),
            "visitors_are": VISITORS[setting.ids][0],
            **{
                _TOLD[name][0]: [{name: cell, "visitors": n} for cell, n in shown[name].items()]
                for name in LISTS[1:]
            },
            "noise": noise_told(
                question,
                setting.ids,
                {_TOLD[name][0]: question.threshold(len(cells_of(name, days))) for name in LISTS},
            ),
        }
        yield Figures(document, tuple(_tables(shown, setting.ids)), Hidden(0, None))

    return answered


def notes(question: NoisyQuestion, ids: Ids) -> tuple[str, ...]:
    """Return what a reader must know."""
    cost = (
        f"differential_privacy: ε = {question.epsilon}, in equal parts for the whole, days, "
        f"countries and devices; it protects {PROTECTED[ids]}. Each is counted in one cell of each "
        "list, at the first visit."
    )
    return cost, NOISE


def _days(setting: Setting) -> tuple[str, ...]:
    first = (setting.start + setting.offsets[0][1]) // DAY
    last = (setting.end - 1 + setting.offsets[-1][1]) // DAY
    return tuple(str(date(1970, 1, 1) + timedelta(number)) for number in range(first, last + 1))


def _noisy(
    name: str,
    rows: list[CellRow],
    days: tuple[str, ...],
    question: NoisyQuestion,
    noise: AddsNoise,
) -> dict[str, int]:
    """Return the cells of a list that are shown: bounded after the noise, which costs nothing."""
    cells = dict.fromkeys(cells_of(name, days), 0)
    for row in rows:
        if row.dimension == name and row.trait == "first" and row.with_trait:
            value = row.value
            if name == "day":
                value = str(date(1970, 1, 1) + timedelta(int(value) // DAY))
            cells[value if value in cells else OTHER] += row.units
    least = question.threshold(len(cells))
    return {cell: n for cell, n in noisy_counts(noise, cells, question).items() if n >= least}


def _tables(shown: Mapping[str, Mapping[str, int]], ids: Ids) -> Iterator[ReportTable]:
    visitors = ReportColumn("visitors", f"{VISITORS[ids][1]}, with noise")
    for name, (key, label, caption) in _TOLD.items():
        if name == "whole":
            yield ReportTable(key, caption, (visitors,), ((shown[name].get(""),),))
        else:
            rows = tuple(shown[name].items())
            yield ReportTable(key, caption, (ReportColumn(name, label, "text"), visitors), rows)
