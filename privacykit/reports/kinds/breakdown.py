"""
Breakdowns: counts of visits and events by what they have, made into what may be shown. Pure.

Each dimension is a partition: a visit has one value of it, so that the figures of its values are
of groups that have no visit in common. Two *traits* cut each value in two, visits with the trait
and those without: how many converted, and how many are the first of their visitor. A figure with a
trait is shown only where both parts have at least k people, so that a count less the part with the
trait is no smaller group either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from privacykit.reports.suppression import Count, ShownCells, shown, shown_by_segment

UNCUT: Final = -1
"""Stands for a row that is not cut by segments."""
NONE_CELLS: Final[ShownCells[str]] = ShownCells({}, frozenset(), 0)


class CellRow(msgspec.Struct, frozen=True):
    """
    A row of what an engine answers.

    Attributes:
        dimension: What is told apart.
        value: Which of it.
        segments: Which segments the units belong to, as bits; -1 is not cut by them.
        trait: By which trait it is cut; empty if by none.
        with_trait: Whether the units have it: 0 or 1.
        units: How many visits or events.
        persons: How many distinct visitor ids they have.
    """

    dimension: str
    value: str
    segments: int
    trait: str
    with_trait: int
    units: int
    persons: int


class BrokenDown(msgspec.Struct, frozen=True):
    """
    What may be shown of one dimension.

    Attributes:
        units: By value, how many.
        with_trait: By trait and value, how many have it; ``None`` is hidden.
        hidden: How many values are not shown.
        hidden_units: How many units they have.
    """

    units: Mapping[str, int]
    with_trait: Mapping[str, Mapping[str, int | None]]
    hidden: int
    hidden_units: int


def broken_down(
    rows: Iterable[CellRow], traits: Iterable[str], segments: int, k: int
) -> list[dict[str, BrokenDown]]:
    """
    Return, for all units and then for each segment, what may be shown of each dimension.

    Args:
        rows: Counts, cut in every way: not at all, by each trait, by segments, by both.
        traits: The traits they are cut by.
        segments: How many segments there are.
        k: People whom a figure must at least be of.
    """
    cuts: dict[str, list[CellRow]] = defaultdict(list)
    for row in rows:
        cuts[row.dimension].append(row)
    traits = tuple(traits)
    found: list[dict[str, BrokenDown]] = [{} for _ in range(segments + 1)]
    for dimension, of in cuts.items():
        for place, one in enumerate(_dimension(of, traits, segments, k)):
            found[place][dimension] = one
    return found


def _dimension(
    rows: list[CellRow], traits: tuple[str, ...], segments: int, k: int
) -> list[BrokenDown]:
    def parts(trait: str, *, segmented: bool) -> list[tuple[int, str, Count]]:
        """Return the parts of one way to cut, and in which segments they have the trait."""
        return [
            (
                (max(row.segments, 0) if segmented else 1) if row.with_trait or not trait else 0,
                row.value,
                Count(row.units, row.persons),
            )
            for row in rows
            if row.trait == trait and (row.segments != UNCUT) is segmented
        ]

    whole = shown({value: count for _, value, count in parts("", segmented=False)}, k, overlap=True)
    each = shown_by_segment(whole, parts("", segmented=True), segments, k, overlap=True)
    with_trait: list[dict[str, ShownCells[str]]] = [{} for _ in range(segments + 1)]
    for trait in traits:
        alone = shown_by_segment(whole, parts(trait, segmented=False), 1, k, overlap=True)
        both = shown_by_segment(whole, parts(trait, segmented=True), segments, k, overlap=True)
        for place, cells in enumerate((*alone, *both)):
            with_trait[place][trait] = cells
    return [_figures(cells, with_trait[place]) for place, cells in enumerate((whole, *each))]


def _figures(cells: ShownCells[str], with_trait: Mapping[str, ShownCells[str]]) -> BrokenDown:
    return BrokenDown(
        cells.cells,
        {
            trait: {value: figure(of, value) for value in cells.cells}
            for trait, of in with_trait.items()
        },
        len(cells.hidden),
        cells.units,
    )


def figure(cells: ShownCells[str], value: str) -> int | None:
    """Return how many units *value* has; ``None`` if that is hidden."""
    return None if value in cells.hidden else cells.cells.get(value, 0)
