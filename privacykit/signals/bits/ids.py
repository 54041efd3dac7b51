"""
Sets of ids as strings hold them: a field of bits, or ranges. Pure, and never expanded.

Both answer ``id in ids`` and give their ids in ascending order, one after another, to whoever
really wants to write them all down.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

import msgspec

HIGHEST = 65_535
"""The highest id that sixteen bits hold."""

Range = tuple[int, int]
"""First and last id, both in it."""


class BitIds(msgspec.Struct, frozen=True, gc=False):
    """
    Ids from 1, a bit each, the first bit for id 1.

    Attributes:
        bits: The field as one integer.
        width: How many bits it has.
    """

    bits: int = 0
    width: int = 0

    def __contains__(self, number: int) -> bool:
        """Tell whether id *number* is in the set."""
        return 1 <= number <= self.width and bool(self.bits >> (self.width - number) & 1)

    def __iter__(self) -> Iterator[int]:
        """Give the ids in ascending order."""
        written = f"{self.bits:0{self.width}b}" if self.width else ""
        return (place for place, bit in enumerate(written, 1) if bit == "1")

    def __len__(self) -> int:
        """Return how many ids there are."""
        return self.bits.bit_count()


class RangeIds(msgspec.Struct, frozen=True):
    """
    Ids as ascending ranges that do not touch.

    Attributes:
        ranges: First and last id of each.
    """

    ranges: tuple[Range, ...] = ()

    @classmethod
    def of(cls, ranges: Iterable[Range]) -> RangeIds:
        """Return the set of *ranges* in any order, which may overlap."""
        merged: list[Range] = []
        for first, last in sorted(ranges):
            if merged and first <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
            else:
                merged.append((first, last))
        return cls(tuple(merged))

    def without(self, highest: int) -> RangeIds:
        """Return the ids from 1 to *highest* that are not in this set."""
        gaps, start = [], 1
        for first, last in self.ranges:
            if start < first and start <= highest:
                gaps.append((start, min(first - 1, highest)))
            start = last + 1
        if start <= highest:
            gaps.append((start, highest))
        return RangeIds(tuple(gaps))

    def __contains__(self, number: int) -> bool:
        """Tell whether id *number* is in the set."""
        index = bisect_right(self.ranges, (number, HIGHEST + 1)) - 1
        return index >= 0 and number <= self.ranges[index][1]

    def __iter__(self) -> Iterator[int]:
        """Give the ids in ascending order."""
        for first, last in self.ranges:
            yield from range(first, last + 1)

    def __len__(self) -> int:
        """Return how many ids there are."""
        return sum(last - first + 1 for first, last in self.ranges)


Ids = BitIds | RangeIds
"""A set of ids, however it was written."""
