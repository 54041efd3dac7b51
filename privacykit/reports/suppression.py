"""
Suppression of small groups: which cells of a report are shown. Pure.

A report is made of *cells*: groups of units that share no unit, each with the number of distinct
people in it. Every published figure is a sum over shown cells, and a cell is shown only with at
least k people in it, so no difference of published figures is a smaller group. What is not shown
belongs together to at least k people and to more than one cell, or else the next smallest cell is
not shown either: a total known from elsewhere gives nobody away.

Cells of segments are cut finer, by which segments a unit belongs to. A key whose units fall into
a smaller group for some segments is shown in the whole, and left out of every segment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Generic, TypeVar

import msgspec

K = 10
"""Distinct people that a cell must have at least, if nothing greater is configured."""

K_ = TypeVar("K_", bound=Hashable)


class Count(msgspec.Struct, frozen=True):
    """
    How much there is of something.

    Attributes:
        units: Visits, visitor-days or people.
        persons: Distinct visitor ids among them.
    """

    units: int = 0
    persons: int = 0


class ShownCells(msgspec.Struct, Generic[K_], frozen=True):
    """
    What of some cells may be shown.

    Attributes:
        cells: Shown cells and their units.
        hidden: Keys of cells that are not shown.
        units: How many units the hidden cells have, together.
    """

    cells: dict[K_, int]
    hidden: frozenset[K_]
    units: int

    @property
    def nought(self) -> int | None:
        """
        What a figure is told as that nothing of what is shown is in: 0, or ``None`` for hidden.

        Where something is not shown, whatever it is, 0 would say that it is not that.
        """
        return None if self.hidden else 0

    @property
    def share(self) -> float:
        """How much of all units is hidden, from 0 to 1."""
        whole = self.units + sum(self.cells.values())
        return self.units / whole if whole else 0.0


def shown(cells: Mapping[K_, Count], k: int, *, overlap: bool = False) -> ShownCells[K_]:
    """
    Return which of *cells*, that have no unit in common, may be shown.

    Args:
        cells: All of them. Empty ones are not there at all.
        k: People a shown cell must have at least.
        overlap: Whether somebody may be in several cells: then what is hidden has only as many
            people for certain as its greatest cell.
    """
    there = {key: count for key, count in cells.items() if count.units}
    small = {key for key, count in there.items() if count.persons < k}
    return _split(there, small, k, overlap=overlap)


def shown_by_segment(
    whole: ShownCells[K_],
    parts: Iterable[tuple[int, K_, Count]],
    segments: int,
    k: int,
    *,
    overlap: bool = False,
    left_out: AbstractSet[K_] = frozenset(),
) -> list[ShownCells[K_]]:
    """
    Return what of each segment may be shown, of cells that are shown in the whole.

    Args:
        whole: What may be shown of all units.
        parts: Cells cut by membership: a number whose bit ``i`` says that the units belong to
            segment ``i``, the cell's key, and how much there is.
        segments: How many segments there are.
        k: People a shown cell must have at least.
        overlap: Whether somebody may be in several cells; see :func:`shown`.
        left_out: Keys that no segment shows, besides those of a smaller group.
    """
    by_key: dict[K_, list[tuple[int, Count]]] = defaultdict(list)
    for mask, key, count in parts:
        if count.units:
            by_key[key].append((mask, count))
    safe = {
        key
        for key in whole.cells.keys() - left_out
        if all(count.persons >= k for _, count in by_key.get(key, ()))
    }
    return [_of_segment(1 << bit, by_key, safe, k, overlap=overlap) for bit in range(segments)]


def _of_segment(
    bit: int,
    by_key: Mapping[K_, list[tuple[int, Count]]],
    safe: set[K_],
    k: int,
    *,
    overlap: bool,
) -> ShownCells[K_]:
    there: dict[K_, Count] = {}
    for key, found in by_key.items():
        within = [count for mask, count in found if mask & bit]
        if within:
            # Somebody may be in several parts of a cell: there are at least so many people.
            persons = max(count.persons for count in within)
            there[key] = Count(sum(count.units for count in within), persons)
    return _split(there, there.keys() - safe, k, overlap=overlap)


def _split(
    there: Mapping[K_, Count], small: AbstractSet[K_], k: int, *, overlap: bool
) -> ShownCells[K_]:
    hidden = set(small)
    if hidden:
        # The smallest first; of equals the order of keys decides, so that a report repeats.
        rest = sorted(there.keys() - hidden, key=lambda key: (there[key].persons, repr(key)))
        for key in rest:
            certain = (max if overlap else sum)(there[one].persons for one in hidden)
            if len(hidden) > 1 and certain >= k:
                break
            hidden.add(key)
    return ShownCells(
        {key: count.units for key, count in there.items() if key not in hidden},
        frozenset(hidden),
        sum(there[key].units for key in hidden),
    )
