"""
Covering of small parts: which keys segments leave out, so that their heads give nobody away. Pure.

Whoever knows everybody's figures and a segment's head takes the shown keys from both: what is left
is of the hidden keys, in the segment and outside of it. So in each of the parts that segments cut
units into, what is hidden must be together of k people.

Where segments look at what keys are told apart by, more is known: a key of one part only is nought
in the others. Then keys and parts are a graph, as in :mod:`privacykit.reports.kinds.two_way`: the
parts of a key of which one is small must be joined by cells of k people of other hidden keys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from privacykit.reports.conditions import VISIT_FIELDS

_KIN: Final = (
    frozenset({"country", "region"}),
    frozenset({"channel", "campaign", "content", "referrer_host"}),
    frozenset({"device", "browser", "os"}),
    frozenset({*VISIT_FIELDS, "event", "page", "value", "events", "pages", "page_views"}),
)
"""Fields and dimensions of which one may tell the other."""
Part = tuple[str, int, int, int]
"""A key, which segments its units belong to, whether they have a trait, and how many people."""
_Cell = tuple[int, int]
"""Which segments, and whether with the trait."""
_Cells = Mapping[str | None, Mapping[_Cell, int]]


def akin(dimension: str, fields: Collection[str]) -> bool:
    """Return whether what is known of one of *fields* may tell *dimension*."""
    return dimension in fields or any(
        dimension in kin and not kin.isdisjoint(fields) for kin in _KIN
    )


def left_out(
    parts: Iterable[Part], hidden: Collection[str], k: int, *, known: bool
) -> frozenset[str] | None:
    """
    Return which keys no segment shows; ``None`` if not even how many units a segment has.

    Args:
        parts: All that there are, of every key, hidden ones too.
        hidden: Keys that are not shown of everybody.
        k: People that a part must have at least.
        known: Whether a key of one part only is known to be in no other.
    """
    cells: dict[str | None, dict[_Cell, int]] = defaultdict(dict)
    for key, mask, trait, persons in parts:
        # Hidden keys are one. Somebody may be in several: there are at least so many people.
        of = cells[None if key in hidden else key]
        of[mask, trait] = max(of.get((mask, trait), 0), persons)
    out = {key for key, of in cells.items() if key is None or min(of.values()) < k}
    spare = [key for key in cells if key is not None and key not in out]
    spare.sort(key=lambda key: (min(cells[key].values()), key))
    if known:
        if not _joined(cells, out, spare, k):
            return None
    elif out:
        _cover(cells, out, spare, k)
    return frozenset(key for key in out if key is not None)


def _cover(cells: _Cells, out: set[str | None], spare: Iterable[str], k: int) -> None:
    """Add keys to *out* until in each part there are k people for certain."""
    sums: dict[_Cell, int] = {}
    for key in (*out, *spare):
        if key not in out:
            small = {part for part, persons in sums.items() if persons < k}
            if small.isdisjoint(cells[key]):
                continue
            out.add(key)
        for part, persons in cells[key].items():
            sums[part] = max(sums.get(part, 0), persons)


def _joined(cells: _Cells, out: set[str | None], spare: Iterable[str], k: int) -> bool:
    """Add keys to *out* until they join the parts of each of few; return whether they do."""
    above: dict[int, int] = {}

    def root(mask: int) -> int:
        while (higher := above.get(mask, mask)) != mask:
            mask = higher
        return mask

    def join(of: Mapping[_Cell, int]) -> bool:
        few = {mask for (mask, _), persons in of.items() if persons < k}
        roots = {root(mask) for mask, _ in of if mask not in few}
        for one in roots:
            above[one] = min(roots)
        return len(roots) > 1

    waiting = [cells[key] for key in out if min(cells[key].values()) < k]
    for key in out:
        join(cells[key])
    rest = iter(spare)
    while any(len({root(mask) for mask, _ in of}) > 1 for of in waiting):
        added = next((key for key in rest if join(cells[key])), None)
        if added is None:
            return False
        out.add(added)
    return True
