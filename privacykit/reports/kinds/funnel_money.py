"""
Money of a funnel: sums of each step, shown where they are of enough people. Pure.

Of the chains that are shown, each step has a sum of money, and the people who have any. A sum is
shown if it is of k people at least, and so is what hidden chains have of it, or of nobody. The sums
of segments are shown only where each of the parts that they are made of is of k people or nobody:
then no difference of a segment and another, or everybody, is of fewer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import msgspec

from privacykit.reports.chains import steps_of
from privacykit.reports.suppression import ShownCells

Chain: TypeAlias = tuple[int, ...]


class MoneyRow(msgspec.Struct, frozen=True):
    """
    A row of what an engine answers.

    Attributes:
        segments: Which segments the units belong to, as bits.
        code: Their chain.
        step: The step that the events performed.
        value: Their money, in minor units.
        persons: How many distinct visitor ids have any.
    """

    segments: int
    code: int
    step: int
    value: int
    persons: int


def step_money(
    whole: Sequence[MoneyRow],
    parts: Sequence[MoneyRow],
    shown: Sequence[ShownCells[Chain]],
    number: int,
    k: int,
    *,
    overlap: bool,
) -> list[tuple[int | None, ...]]:
    """
    Return the money of each step, of everybody and then of each segment; ``None`` is hidden.

    Args:
        whole: Sums that are not cut by segments.
        parts: Sums that are.
        shown: Which chains are shown, of everybody and of each segment.
        number: How many steps the funnel has.
        k: People whom a figure must at least be of.
        overlap: Whether somebody may be in several cells; see :func:`.shown`.
    """
    everybody, *segments = shown
    steps = range(1, number + 1)
    found = [tuple(_of_all(whole, step, everybody, number, k, overlap) for step in steps)]
    apart = {step: _is_apart(whole, parts, step, shown, number, k) for step in steps}
    for bit, cells in enumerate(segments):
        of = [row for row in parts if row.segments >> bit & 1]
        found.append(
            tuple(_of_segment(of, step, cells, number) if apart[step] else None for step in steps)
        )
    return found


def _of_all(
    rows: Iterable[MoneyRow],
    step: int,
    cells: ShownCells[Chain],
    number: int,
    k: int,
    overlap: bool,
) -> int | None:
    here = [row for row in rows if row.step == step]
    in_sum = [row for row in here if steps_of(row.code, number) in cells.cells]
    hidden = [row for row in here if steps_of(row.code, number) in cells.hidden]
    for each in (in_sum, hidden):
        # Somebody may be in several cells: there are at least as many people as in one.
        persons = [row.persons for row in each]
        if persons and (max if overlap else sum)(persons) < k:
            return None
    return sum(row.value for row in in_sum) if in_sum else cells.nought


def _is_apart(
    whole: Iterable[MoneyRow],
    parts: Iterable[MoneyRow],
    step: int,
    shown: Sequence[ShownCells[Chain]],
    number: int,
    k: int,
) -> bool:
    """Tell whether each sum of which those of segments are made is of k people."""
    everybody, *segments = shown
    told = {chain for cells in segments for chain in cells.cells}
    rows = [(row, everybody.cells) for row in whole]
    rows += [(row, told) for row in parts]  # type: ignore[misc]
    return all(
        row.persons >= k
        for row, chains in rows
        if row.step == step and steps_of(row.code, number) in chains
    )


def _of_segment(
    rows: Iterable[MoneyRow], step: int, cells: ShownCells[Chain], number: int
) -> int | None:
    here = [row for row in rows if row.step == step]
    in_sum = [row.value for row in here if steps_of(row.code, number) in cells.cells]
    return sum(in_sum) if in_sum else cells.nought
