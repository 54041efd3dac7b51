"""
The funnel: counts of chains made into the figures of each step. Pure.

Of a unit's chain, the first step is where it entered and the last is where it left or converted;
it performed some steps in between and skipped the others. All figures are sums over the same
units, so that for every step, with i counted from 1 and N steps:

- ``in_funnel(i) = performed(i) + skipped(i) = entries(i) + proceeded(i - 1)``;
- ``in_funnel(i) = proceeded(i) + exits(i)`` for i < N, ``in_funnel(N) = conversions``;
- the sum of ``entries`` is that of ``exits`` and ``conversions``: ``entered``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from privacykit.reports.chains import chains, steps_of
from privacykit.reports.question import FunnelQuestion
from privacykit.reports.suppression import Count, ShownCells, shown, shown_by_segment

FIGURES: Final = (
    "performed", "skipped", "entries", "exits", "proceeded", "in_funnel",
)  # fmt: skip


class FunnelStep(msgspec.Struct, frozen=True):
    """
    The figures of one step; ``None`` is a figure that is hidden, since too few people are in it.

    Attributes:
        step: Its number, from 1.
        name: Its name.
        performed: Units whose chain has it.
        skipped: Units whose chain goes on past it without it.
        entries: Units whose chain begins with it.
        exits: Units whose chain ends with it, before the last step.
        proceeded: Units that went on to a later step.
        in_funnel: Units whose chain begins at or before it and ends at or after it.
    """

    step: int
    name: str
    performed: int | None
    skipped: int | None
    entries: int | None
    exits: int | None
    proceeded: int | None
    in_funnel: int | None


class Funnel(msgspec.Struct, frozen=True):
    """
    The figures of a funnel, for one period and one segment.

    Attributes:
        units: All units, also those that did not enter.
        entered: Units that have a chain.
        conversions: Units whose chain reaches the last step.
        steps: The figures of each step.
        hidden_cells: Groups of units that are in no figure, since they are too small.
        hidden_conversions: How many of all conversions they are, from 0 to 1; told of everybody
            alone, and only if those who converted and those who did not are at least k people each,
            or nobody.
        hidden_share: How many of all units they are, from 0 to 1; not told of a segment, whose size
            it would give away, and with it the few who are not in it.
    """

    units: int | None
    entered: int | None
    conversions: int | None
    steps: tuple[FunnelStep, ...]
    hidden_cells: int
    hidden_share: float | None
    hidden_conversions: float | None


class ChainCount(msgspec.Struct, frozen=True):
    """
    A row of what an engine answers.

    Attributes:
        segments: Which segments the units belong to, as bits.
        code: The chain; 0 is none.
        units: How many units.
        persons: How many distinct visitor ids they have.
    """

    segments: int
    code: int
    units: int
    persons: int


def funnels(
    whole: Iterable[ChainCount],
    parts: Iterable[ChainCount],
    question: FunnelQuestion,
    segments: int,
    k: int,
) -> list[Funnel]:
    """
    Return the funnel of all units, and that of each segment.

    Args:
        whole: Counts that are not cut by segments.
        parts: Counts that are.
        question: The funnel.
        segments: How many segments there are.
        k: People whom a figure must at least be of.
    """
    whole = tuple(whole)
    number, overlap = len(question.steps), may_overlap(question)
    all_units, *each = shown_chains(whole, parts, question, segments, k)
    counts = {_steps(row, number): Count(row.units, row.persons) for row in whole}
    return [
        _funnel(all_units, question, all_units.share, _lost(all_units, counts, number, k, overlap)),
        *(_funnel(one, question, None, None) for one in each),
    ]


def may_overlap(question: FunnelQuestion) -> bool:
    """Tell whether somebody may be in several cells: by visits or days, of which one has many."""
    return question.unit != "person"


def shown_chains(
    whole: Iterable[ChainCount],
    parts: Iterable[ChainCount],
    question: FunnelQuestion,
    segments: int,
    k: int,
) -> list[ShownCells[tuple[int, ...]]]:
    """Return which chains may be shown, of all units and of each segment; see :func:`funnels`."""
    number, overlap = len(question.steps), may_overlap(question)
    counts = {_steps(row, number): Count(row.units, row.persons) for row in whole}
    cut = [(row.segments, _steps(row, number), Count(row.units, row.persons)) for row in parts]
    all_units = shown(counts, k, overlap=overlap)
    return [all_units, *shown_by_segment(all_units, cut, segments, k, overlap=overlap)]


def _lost(
    cells: ShownCells[tuple[int, ...]],
    counts: Mapping[tuple[int, ...], Count],
    number: int,
    k: int,
    overlap: bool,
) -> float | None:
    """Return how many of all conversions are hidden; ``None`` where that tells of too few."""
    sides: tuple[list[Count], list[Count]] = [], []
    for chain in cells.hidden:
        sides[chain[-1:] == (number,)].append(counts[chain])
    for side in sides:
        # Somebody may be in several cells: there are at least as many people as in one.
        persons = [one.persons for one in side]
        if persons and (max if overlap else sum)(persons) < k:
            return None
    hidden = sum(one.units for one in sides[True])
    whole = hidden + sum(units for chain, units in cells.cells.items() if chain[-1:] == (number,))
    return hidden / whole if whole else None


def _steps(row: ChainCount, number: int) -> tuple[int, ...]:
    return steps_of(row.code, number)


def _funnel(
    cells: ShownCells[tuple[int, ...]],
    question: FunnelQuestion,
    share: float | None,
    conversions: float | None,
) -> Funnel:
    number = len(question.steps)
    sums = _sums(cells.cells, number)
    possible = _sums(dict.fromkeys(chains(number, question.required), 1), number)

    def figure(name: str, step: int = 0) -> int | None:
        return sums.get((name, step), cells.nought if (name, step) in possible else 0)

    steps = tuple(
        FunnelStep(at, step.name, *(figure(name, at) for name in FIGURES))
        for at, step in enumerate(question.steps, 1)
    )
    return Funnel(
        figure("units"),
        figure("entered"),
        figure("conversions"),
        steps,
        len(cells.hidden),
        share,
        conversions,
    )


def _sums(cells: Mapping[tuple[int, ...], int], number: int) -> dict[tuple[str, int], int]:
    sums: dict[tuple[str, int], int] = {}

    def add(name: str, step: int, units: int) -> None:
        sums[name, step] = sums.get((name, step), 0) + units

    for chain, units in cells.items():
        add("units", 0, units)
        if not chain:
            continue
        first, last = chain[0], chain[-1]
        add("entered", 0, units)
        add("entries", first, units)
        add("conversions" if last == number else "exits", 0 if last == number else last, units)
        for step in range(first, last + 1):
            add("in_funnel", step, units)
            add("performed" if step in chain else "skipped", step, units)
            if step < last:
                add("proceeded", step, units)
    return sums
