"""
The shown groups of an attribution: those of k people, and smaller ones that show nobody. Pure.

Laws of this file:

- a group of k people is shown as the one rule of reports says (:mod:`..suppression`);
- a smaller group is shown with the largest one if its vector is a combination of those of shown
  groups of k people, the *anchors*: then every combination of columns that shows anything of it is
  of k people (:mod:`.spans`); it is done where such groups are a tenth of all conversions;
- a segment has groups of k people alone, and where smaller ones are shown in the whole, it leaves
  out a basis of the anchors: so that the whole less segments is of k people as well. What is shown
  of the whole does not depend on the segments that are asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from privacykit.reports.attribution.groups import ConversionGroup, Signature
from privacykit.reports.attribution.spans import VectorSpan, basis
from privacykit.reports.suppression import Count, ShownCells, shown, shown_by_segment

WORTH: Final = 10
"""Smaller groups are shown where they are a tenth of all: fewer cost segments too much."""

Groups = Mapping[Signature, ConversionGroup]


class ShownGroups(msgspec.Struct, frozen=True):
    """
    Which groups are shown, of everybody.

    Attributes:
        cells: What the rule of reports says; a smaller group is part of the host's cell.
        smaller: Smaller groups that are shown.
        host: The largest of the anchors.
        anchors: Groups of k people of whose vectors those of the smaller ones are combinations.
    """

    cells: ShownCells[Signature]
    smaller: frozenset[Signature]
    host: Signature | None
    anchors: tuple[Signature, ...]

    def has(self, key: Signature) -> bool:
        """Return whether the group of *key* is shown."""
        return key in self.cells.cells or key in self.smaller


def count(group: ConversionGroup) -> Count:
    """Return how much *group* is."""
    return Count(group.conversions, len(group.persons))


def shown_groups(groups: Groups, k: int) -> ShownGroups:
    """
    Return which of *groups* are shown.

    Args:
        groups: All of them.
        k: People whom a figure must at least be of.
    """
    # The smallest first; of equals the order of keys decides, so that a report repeats.
    anchors = sorted(
        (key for key, group in groups.items() if len(group.persons) >= k),
        key=lambda key: (len(groups[key].persons), key),
    )
    small = [key for key, group in groups.items() if len(group.persons) < k]
    while True:
        span, host = VectorSpan(anchors), anchors[-1] if anchors else None
        smaller = _worth(frozenset(key for key in small if key in span), groups)
        # Somebody may convert by several paths.
        cells = shown(_counts(groups, smaller, host), k, overlap=True)
        left = [key for key in anchors if key in cells.cells]
        if len(left) == len(anchors):
            return ShownGroups(cells, smaller, host, tuple(anchors))
        anchors = left


def shown_in_segments(
    whole: ShownGroups,
    groups: Groups,
    parts: Iterable[tuple[int, Signature, Count]],
    segments: int,
    k: int,
) -> list[ShownCells[Signature]]:
    """
    Return which groups are shown of each segment.

    Args:
        whole: What is shown of everybody.
        groups: All groups.
        parts: Groups cut by the segments they belong to, as bits.
        segments: How many segments there are.
        k: People whom a figure must at least be of.
    """
    apart = set(basis(whole.anchors)) if whole.smaller else set()
    own = {
        key: groups[key].conversions
        for key in whole.cells.cells
        if key not in apart and len(groups[key].persons) >= k
    }
    cells = ShownCells(own, whole.cells.hidden, whole.cells.units)
    return shown_by_segment(cells, parts, segments, k, overlap=True)


def _worth(smaller: frozenset[Signature], groups: Groups) -> frozenset[Signature]:
    """Return *smaller*, or none of them where they are too few conversions."""
    whole = sum(group.conversions for group in groups.values())
    part = sum(groups[key].conversions for key in smaller)
    return smaller if part * WORTH >= whole else frozenset()


def _counts(
    groups: Groups, smaller: frozenset[Signature], host: Signature | None
) -> dict[Signature, Count]:
    counts = {key: count(group) for key, group in groups.items() if key not in smaller}
    if host is not None and smaller:
        together = ConversionGroup()
        for key in (host, *sorted(smaller)):
            together.merge(groups[key])
        counts[host] = count(together)
    return counts
