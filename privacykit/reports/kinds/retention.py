"""
Cohorts: people by the month they first came, and how many of them came in later months. Pure.

A cohort's people are split anew for each later month, into those who came in it and those who did
not; the number is shown only where both are at least k, or one of them is nobody. Nothing of
segments is shown where one of the groups they cut all people into is of few.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from privacykit.reports.suppression import Count, ShownCells, shown, shown_by_segment


class CohortRow(msgspec.Struct, frozen=True):
    """
    A row of what an engine answers.

    Attributes:
        segments: Which segments the people belong to, as bits; -1 is not cut by them.
        cohort: The number of the month they first came in, from 0.
        after: How many months after it they came; -1 is the cohort itself.
        persons: How many people.
    """

    segments: int
    cohort: int
    after: int
    persons: int


class Cohort(msgspec.Struct, frozen=True):
    """
    The figures of one cohort; ``None`` is hidden.

    Attributes:
        month: The number of the month they first came in, from 0.
        persons: How many they are.
        after: How many of them came one month later, two months later, and so on.
    """

    month: int
    persons: int | None
    after: tuple[int | None, ...]


class Cohorts(msgspec.Struct, frozen=True):
    """
    The cohorts of everybody, or of a segment.

    Attributes:
        cohorts: One for each month.
        hidden: How many are hidden.
        hidden_persons: How many people they have.
    """

    cohorts: tuple[Cohort, ...]
    hidden: int
    hidden_persons: int


def cohorts_of(rows: Iterable[CohortRow], months: int, segments: int, k: int) -> list[Cohorts]:
    """
    Return the cohorts of everybody, and of each segment.

    Args:
        rows: Counts, not cut by segments and cut by them.
        months: How many months the period has.
        segments: How many segments there are.
        k: People whom a figure must at least be of.
    """
    sizes: dict[tuple[int, int], int] = {}
    came: dict[tuple[int, int, int], int] = defaultdict(int)
    for row in rows:
        if row.after < 0:
            sizes[row.segments, row.cohort] = row.persons
        else:
            came[row.segments, row.cohort, row.after] = row.persons

    def parts(after: int | None, *, segmented: bool) -> list[tuple[int, int, Count]]:
        """Return the parts of cohorts that came, and did not, with the segments of the former."""
        found = []
        for (mask, cohort), size in sizes.items():
            if (mask >= 0) is not segmented or (after and cohort + after >= months):
                continue
            there = size if after is None else came[mask, cohort, after]
            found.append((mask if segmented else 1, cohort, Count(there, there)))
            found.append((0, cohort, Count(size - there, size - there)))
        return found

    whole = shown({cohort: count for bit, cohort, count in parts(None, segmented=False) if bit}, k)
    each = shown_by_segment(whole, parts(None, segmented=True), segments, k)
    if not _whole_told(sizes, k):
        each = [_withheld(one) for one in each]
    later: list[list[ShownCells[int]]] = [[] for _ in range(segments + 1)]
    for after in range(1, months):
        alone = shown_by_segment(whole, parts(after, segmented=False), 1, k)
        both = shown_by_segment(whole, parts(after, segmented=True), segments, k)
        for place, cells in enumerate((*alone, *both)):
            later[place].append(cells)
    return [_cohorts(cells, later[place], months) for place, cells in enumerate((whole, *each))]


def _withheld(of: ShownCells[int]) -> ShownCells[int]:
    return ShownCells({}, of.hidden.union(of.cells), of.units + sum(of.cells.values()))


def _whole_told(sizes: dict[tuple[int, int], int], k: int) -> bool:
    """Return whether how many people a segment has, and so how many it hides, may be told."""
    people: dict[int, int] = defaultdict(int)
    for (mask, _), size in sizes.items():
        people[mask] += size
    return all(size >= k for mask, size in people.items() if mask >= 0)


def _cohorts(sizes: ShownCells[int], later: list[ShownCells[int]], months: int) -> Cohorts:
    nought = sizes.nought
    return Cohorts(
        tuple(
            Cohort(
                month,
                sizes.cells.get(month, nought),
                tuple(
                    None
                    if month in cells.hidden or (month not in sizes.cells and nought is None)
                    else cells.cells.get(month, 0)
                    for cells in later[: months - month - 1]
                ),
            )
            for month in range(months)
        ),
        len(sizes.hidden),
        sizes.units,
    )
