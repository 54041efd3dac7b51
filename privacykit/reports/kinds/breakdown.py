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
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

import msgspec
from msgspec import structs

from privacykit.reports.kinds.covering import akin, left_out
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
    rows: Iterable[CellRow],
    traits: Iterable[str],
    segments: int,
    k: int,
    fields: Collection[str] = (),
) -> list[dict[str, BrokenDown]]:
    """
    Return, for all units and then for each segment, what may be shown of each dimension.

    Args:
        rows: Counts, cut in every way: not at all, by each trait, by segments, by both.
        traits: The traits they are cut by.
        segments: How many segments there are.
        k: People whom a figure must at least be of.
        fields: What the segments look at.
    """
    cuts: dict[str, list[CellRow]] = defaultdict(list)
    for row in rows:
        cuts[row.dimension].append(row)
    traits = tuple(traits)
    found: list[dict[str, BrokenDown]] = [{} for _ in range(segments + 1)]
    untold: set[str] = set()
    for dimension, of in cuts.items():
        each, missing = _dimension(of, traits, segments, k, known=akin(dimension, fields))
        untold |= missing
        for place, one in enumerate(each):
            found[place][dimension] = one
    # All dimensions add up to the same heads: what one must not tell, no other may.
    return [
        found[0],
        *({name: _without(of, untold) for name, of in one.items()} for one in found[1:]),
    ]


def _dimension(
    rows: list[CellRow], traits: tuple[str, ...], segments: int, k: int, *, known: bool
) -> tuple[list[BrokenDown], set[str]]:
    """Return what may be shown, and of which traits no segment may show anything; "" is all."""

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

    def covered(trait: str, hidden: AbstractSet[str], *, segmented: bool) -> frozenset[str] | None:
        """Return the keys that are left out, so that no sum of hidden ones is of few."""
        found = [
            (row.value, row.segments, row.with_trait, row.persons)
            for row in rows
            if row.trait == trait and (row.segments != UNCUT) is segmented and row.units
        ]
        return left_out(found, hidden, k, known=known and segmented)

    def by_segment(trait: str, hidden: AbstractSet[str]) -> list[ShownCells[str]]:
        out = covered(trait, hidden, segmented=True) if segments else frozenset()
        if out is None:
            untold.add(trait)
        return cells_of(trait, segments, hidden | (out or frozenset()), segmented=True)

    def cells_of(
        trait: str, count: int, out: AbstractSet[str], *, segmented: bool
    ) -> list[ShownCells[str]]:
        told = parts(trait, segmented=segmented)
        found = shown_by_segment(whole, told, count, k, overlap=True, left_out=out)
        # Where nobody has the trait, that is hidden too.
        return [structs.replace(one, hidden=one.hidden | out) if trait else one for one in found]

    untold: set[str] = set()
    whole = shown({value: count for _, value, count in parts("", segmented=False)}, k, overlap=True)
    each = by_segment("", whole.hidden)
    with_trait: list[dict[str, ShownCells[str]]] = [{} for _ in range(segments + 1)]
    for trait in traits:
        out = covered(trait, whole.hidden, segmented=False) or frozenset()
        alone = cells_of(trait, 1, out, segmented=False)
        # A second measure is of a segment only where it is shown of everybody.
        both = by_segment(trait, whole.hidden | alone[0].hidden)
        for place, cells in enumerate((*alone, *both)):
            with_trait[place][trait] = cells
    figures = [_figures(cells, with_trait[place]) for place, cells in enumerate((whole, *each))]
    return figures, untold


def _without(of: BrokenDown, untold: AbstractSet[str]) -> BrokenDown:
    """Return *of* without what no segment may show."""
    if not untold:
        return of
    if "" in untold:
        hidden = of.hidden + len(of.units)
        nothing: dict[str, dict[str, int | None]] = {trait: {} for trait in of.with_trait}
        return BrokenDown({}, nothing, hidden, of.hidden_units + sum(of.units.values()))
    told = {
        trait: dict.fromkeys(values) if trait in untold else values
        for trait, values in of.with_trait.items()
    }
    return structs.replace(of, with_trait=told)


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
