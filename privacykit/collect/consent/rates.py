"""
Rates of consent by place, language, text and interface, without small groups. Pure.

A group of few choices can point at somebody: a lone visitor from a small country who refused. So
groups below the threshold are told together as the rest; and where the rest itself would be small,
the smallest group told goes into it, else the rest could be had by subtracting from the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

THRESHOLD: Final = 10
"""Choices below which a group is not told by itself, as statistical offices commonly have it."""

REST: Final = "(small groups together)"
DIMENSIONS: Final = ("site", "place", "language", "text", "interface")


class Choices(msgspec.Struct, frozen=True):
    """
    How often was chosen what.

    Attributes:
        total: How many choices there were.
        everything: How many allowed everything asked.
        some: How many allowed some of it.
        refused: How many refused everything.
        withdrawn: How many of those who allowed something took it back later.
    """

    total: int = 0
    everything: int = 0
    some: int = 0
    refused: int = 0
    withdrawn: int = 0

    def __add__(self, other: Choices) -> Choices:
        pairs = zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)
        return Choices(*(one + two for one, two in pairs))

    def percent(self, name: str) -> int:
        """Return the share *name*, whole percent; of those withdrawn, among what was allowed."""
        whole = self.everything + self.some if name == "withdrawn" else self.total
        return round(100 * getattr(self, name) / whole) if whole else 0


class Group(msgspec.Struct, frozen=True):
    """Choices that have *keys* in common: a value for each of :data:`DIMENSIONS`."""

    keys: tuple[str, ...]
    choices: Choices


class Rates(msgspec.Struct, frozen=True):
    """
    Rates of a period.

    Attributes:
        whole: All choices; ``None`` where they are fewer than *threshold*.
        threshold: Below how many choices a group is not told.
        by: By dimension, then by value, the largest first, :data:`REST` last.
    """

    whole: Choices | None
    threshold: int
    by: Mapping[str, Mapping[str, Choices]]


def rates(groups: Iterable[Group], threshold: int = THRESHOLD) -> Rates:
    """
    Return the rates of *groups*.

    Args:
        groups: Counted choices, in any order.
        threshold: See :class:`Rates`; at least 2.
    """
    told = list(groups)
    whole = sum((group.choices for group in told), Choices())
    if whole.total < threshold:
        return Rates(None, threshold, {})
    by = {name: _told(_folded(told, place), threshold) for place, name in enumerate(DIMENSIONS)}
    return Rates(whole, threshold, by)


def _folded(groups: Iterable[Group], place: int) -> dict[str, Choices]:
    found: dict[str, Choices] = {}
    for group in groups:
        key = group.keys[place] or "-"
        found[key] = found.get(key, Choices()) + group.choices
    return found


def _told(found: Mapping[str, Choices], threshold: int) -> dict[str, Choices]:
    ordered = sorted(found.items(), key=lambda item: (-item[1].total, item[0]))
    shown = [item for item in ordered if item[1].total >= threshold]
    rest = [item for item in ordered if item[1].total < threshold]
    while rest and shown and sum(choices.total for _, choices in rest) < threshold:
        rest.append(shown.pop())
    together = sum((choices for _, choices in rest), Choices())
    return dict(shown) | ({REST: together} if rest else {})
