"""
Points of a grid as few boxes: on each axis some values, and every combination of them. Pure.

LawOn of this file, held by ``tests/decide/impact/``: the boxes of a mark hold its points, and no
others; boxes may overlap where that makes them fewer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import product
from math import prod
from typing import Final

Box = tuple[int, ...]
"""For each axis the values it holds, as bits."""
_Point = tuple[int, ...]
_Sides = list[list[int]]

SAME: Final = 0
"""The mark of a point at which nothing changed."""


def boxes_of(marks: bytes, sizes: Sequence[int]) -> list[tuple[int, Box]]:
    """
    Return boxes that together hold every marked point.

    Args:
        marks: A byte for each point of the grid, in the order of its axes.
        sizes: How many values each axis has.

    Returns:
        The mark of each box, which all of its points have, and the box; of each mark the largest
        box first.
    """
    groups: list[list[int]] = []
    for axis in range(len(sizes)):
        width = [len(done) for done in groups] + list(sizes[axis:])
        marks, masks = _without_twins(marks, width, axis)
        groups.append(masks)
    points = list(product(*(range(len(masks)) for masks in groups)))
    found = []
    for mark in sorted(set(marks) - {SAME}):
        marked = {point for point, at in zip(points, marks, strict=True) if at == mark}
        for sides in _cover(marked, [len(masks) for masks in groups]):
            box = tuple(
                sum(masks[at] for at in side) for masks, side in zip(groups, sides, strict=True)
            )
            found.append((mark, box))
    return sorted(found, key=lambda one: (one[0], -prod(map(int.bit_count, one[1])), one[1]))


def values_in(mask: int) -> Iterator[int]:
    """Give the indices of the values that *mask* holds."""
    yield from (at for at in range(mask.bit_length()) if mask >> at & 1)


def _without_twins(marks: bytes, sizes: Sequence[int], axis: int) -> tuple[bytes, list[int]]:
    """Return *marks* with one value of *axis* for all that agree everywhere, and which they are."""
    stride = prod(sizes[axis + 1 :])
    span = sizes[axis] * stride
    slices: dict[bytes, int] = {}
    for value in range(sizes[axis]):
        starts = range(value * stride, len(marks), span)
        cut = b"".join(marks[at : at + stride] for at in starts)
        slices[cut] = slices.get(cut, 0) | 1 << value
    rows = range(0, len(marks) // sizes[axis], stride)
    kept = b"".join(part[at : at + stride] for at in rows for part in slices)
    return kept, list(slices.values())


def _cover(marked: Collection[_Point], sizes: Sequence[int]) -> list[_Sides]:
    """Return boxes over *marked*, each as large as it can be, without what earlier ones hold."""
    held: set[_Point] = set()
    boxes = []
    for point in sorted(marked):
        if point in held:
            continue
        sides = _grown(point, marked, sizes)
        for axis in range(len(sizes)):
            for value in list(sides[axis]):
                if len(sides[axis]) > 1 and held.issuperset(_slab(sides, axis, value)):
                    sides[axis].remove(value)
        boxes.append(sides)
        held.update(product(*sides))
    return boxes


def _grown(point: _Point, marked: Collection[_Point], sizes: Sequence[int]) -> _Sides:
    """Return the box around *point* after every value was taken in that fits, last axis first."""
    sides = [[value] for value in point]
    for axis in reversed(range(len(sizes))):
        fitting = [
            value
            for value in range(sizes[axis])
            if value in sides[axis] or all(one in marked for one in _slab(sides, axis, value))
        ]
        sides[axis] = fitting
    return sides


def _slab(sides: _Sides, axis: int, value: int) -> Iterator[_Point]:
    """Give the points of *sides* with nothing but *value* on *axis*."""
    return product(*sides[:axis], [value], *sides[axis + 1 :])
