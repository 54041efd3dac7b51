"""
Two-way tables whose rows and columns add up: which cells are shown. Pure.

Whoever knows the sums of rows and columns can calculate a cell that alone is hidden, and, going
from row to column and back, groups of cells too. A table is a graph: rows and columns are its
points, cells its lines. What the sums tell of hidden cells is a difference of numbers given to the
points, so a small cell stands in no such sum alone if its row and its column are joined by a path
of hidden cells of at least k people: along the path a number must change too. So for each small
cell the cells of such a path are hidden with it, out of the forest that spares the greatest ones.

Where there is no path, rows and columns of few people become ``(other)`` until there is; where
that does not help either, nothing of the table is shown. Nor is anything of segments where one of
the groups they cut all units into is of few people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

import msgspec

from privacykit.reports.suppression import Count

Pair = tuple[str, str]
"""A row and a column."""
_Point = tuple[int, str]

OTHER: Final = "(other)"
START: Final = "(start)"
END: Final = "(end)"
KEPT: Final = frozenset({OTHER, START, END})
"""Rows and columns that never become ``(other)``."""


class ShownTable(msgspec.Struct, frozen=True):
    """
    What of a two-way table may be shown.

    Attributes:
        cells: Shown cells and their units.
        hidden: How many cells are not shown.
        units: How many units they have.
    """

    cells: Mapping[Pair, int]
    hidden: int
    units: int


class TableRow(msgspec.Struct, frozen=True):
    """
    A row of what an engine answers.

    Attributes:
        segments: Which segments the units belong to, as bits; -1 is not cut by them.
        row: The row of the cell.
        column: Its column.
        units: How many units.
        persons: How many distinct visitor ids they have.
    """

    segments: int
    row: str
    column: str
    units: int
    persons: int


def shown_tables(
    rows: Iterable[TableRow], segments: int, k: int, kept: AbstractSet[str] = KEPT
) -> list[ShownTable]:
    """
    Return what may be shown of all units, and of each segment.

    Args:
        rows: Counts, not cut by segments and cut by them. Cells of a row and a column of the same
            name are dropped where they come about by merging.
        segments: How many segments there are.
        k: People whom a figure must at least be of.
        kept: Names that never become ``(other)``.
    """
    rows = list(rows)
    names, whole = _merged([row for row in rows if row.segments < 0], k, kept)
    found = [_table(whole, _small(whole, k), ())]
    parts: dict[Pair, list[tuple[int, Count]]] = defaultdict(list)
    for row in rows:
        if row.segments >= 0 and (pair := _renamed(row, names)) is not None:
            parts[pair].append((row.segments, Count(row.units, row.persons)))
    forced = whole.keys() - found[0].cells.keys()
    if not _whole_told(parts, k):
        forced = set(whole)
    return found + [_of_segment(1 << bit, parts, forced, k) for bit in range(segments)]


def _whole_told(parts: Mapping[Pair, list[tuple[int, Count]]], k: int) -> bool:
    """Return whether how many units a segment has, and so how many it hides, may be told."""
    most: dict[int, int] = defaultdict(int)
    for found in parts.values():
        for mask, count in found:
            most[mask] = max(most[mask], count.persons)
    return all(persons >= k for persons in most.values())


def _of_segment(
    bit: int, parts: Mapping[Pair, list[tuple[int, Count]]], forced: AbstractSet[Pair], k: int
) -> ShownTable:
    cells: dict[Pair, Count] = {}
    small = set()
    for pair, found in parts.items():
        within = [count for mask, count in found if mask & bit]
        if within:
            persons = max(count.persons for count in within)
            cells[pair] = Count(sum(count.units for count in within), persons)
            if any(count.persons < k for _, count in found):
                small.add(pair)
    return _table(cells, small, forced)


def _merged(
    rows: list[TableRow], k: int, kept: AbstractSet[str]
) -> tuple[dict[str, str], dict[Pair, Count]]:
    """Return which names became ``(other)``, and the cells after it."""
    names: dict[str, str] = {}
    while True:
        cells: dict[Pair, Count] = {}
        for row in rows:
            if (pair := _renamed(row, names)) is not None:
                known = cells.get(pair, Count())
                # People may be in both: there are at least as many as in the greater one.
                persons = max(known.persons, row.persons)
                cells[pair] = Count(known.units + row.units, persons)
        small = _small(cells, k)
        lost = small - _paths(cells, small).keys()
        weights: dict[str, int] = defaultdict(int)
        for pair, count in cells.items():
            for name in pair:
                weights[name] += count.units
        touched = {name for pair in lost for name in pair}
        # What is (other) already takes the next smallest: it must itself reach k.
        mergeable = (set(weights) if OTHER in touched else touched) - kept
        if not mergeable:
            return names, cells
        names[min(mergeable, key=lambda name: (weights[name], name))] = OTHER


def _renamed(row: TableRow, names: Mapping[str, str]) -> Pair | None:
    pair = names.get(row.row, row.row), names.get(row.column, row.column)
    merged = pair != (row.row, row.column)
    return None if merged and pair[0] == pair[1] else pair


def _small(cells: Mapping[Pair, Count], k: int) -> set[Pair]:
    return {pair for pair, count in cells.items() if count.persons < k}


def _table(
    cells: Mapping[Pair, Count], small: AbstractSet[Pair], forced: Iterable[Pair]
) -> ShownTable:
    paths = _paths(cells, small)
    hidden = set(small).union(forced, *paths.values()) & cells.keys()
    if len(paths) < len(small):
        hidden = set(cells)
    return ShownTable(
        {pair: count.units for pair, count in cells.items() if pair not in hidden},
        len(hidden),
        sum(cells[pair].units for pair in hidden),
    )


def _paths(cells: Mapping[Pair, Count], small: AbstractSet[Pair]) -> dict[Pair, frozenset[Pair]]:
    """Return, for each of *small*, a path of other cells from its row to its column, if any."""
    big = sorted(cells.keys() - small, key=lambda pair: (cells[pair].persons, pair))
    joined: dict[_Point, _Point] = {}
    lines: dict[_Point, list[tuple[_Point, Pair]]] = defaultdict(list)

    def root(point: _Point) -> _Point:
        while (above := joined.get(point, point)) != point:
            point = above
        return point

    for pair in big:
        row, column = (0, pair[0]), (1, pair[1])
        if (one := root(row)) != (other := root(column)):
            joined[one] = other
            lines[row].append((column, pair))
            lines[column].append((row, pair))
    return {
        pair: path
        for pair in small
        if (path := _path(lines, (0, pair[0]), (1, pair[1]))) is not None
    }


def _path(
    lines: Mapping[_Point, list[tuple[_Point, Pair]]], start: _Point, end: _Point
) -> frozenset[Pair] | None:
    """Return the lines from *start* to *end*, in a forest."""
    ways: dict[_Point, tuple[Pair, ...]] = {start: ()}
    waiting = [start]
    while waiting and end not in ways:
        point = waiting.pop()
        for other, pair in lines.get(point, ()):
            if other not in ways:
                ways[other] = (*ways[point], pair)
                waiting.append(other)
    return frozenset(ways[end]) if end in ways else None
