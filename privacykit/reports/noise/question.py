"""Questions that are answered with noise, their cells, and the budget that they take. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import ceil, log
from typing import Final, get_args

import msgspec

from privacykit.collect.channel.classify import Channel
from privacykit.errors import InputError
from privacykit.geo.names import COUNTRIES
from privacykit.reports.conditions import BUCKETS, CARTS
from privacykit.reports.kinds.questions import SegmentsQuestion
from privacykit.reports.question import FunnelQuestion

LEAST: Final = Decimal("0.01")
MOST: Final = Decimal(10)
"""Below and above, nothing is told, or nothing is protected."""

DEVICES: Final = ("desktop", "mobile", "tablet", "other")
"""The types of devices that are told; all others are ``(other)``."""
OTHER: Final = "(other)"
LISTS: Final = ("whole", "day", "country", "device")
"""The lists of cells; each gets the same part of ε, and of each a visitor is in one cell."""
ENTERED_FIRST: Final = ("closed", "sequential", "strict")
"""Modes of a funnel in which whoever got to a step came in at the first."""
NOT_AVAILABLE: Final = "not_available"
CLOSED: Final[Mapping[str, tuple[str, ...]]] = {
    "country": (*COUNTRIES, OTHER),
    "device": (*DEVICES, OTHER),
    "channel": (*get_args(Channel), OTHER),
    "cart": (*CARTS, OTHER),
    "value_bucket": (*BUCKETS, OTHER),
    "visitor": ("new", "returning", NOT_AVAILABLE, OTHER),
    "visits": ("1", "2", "3-4", "5-9", "10+", NOT_AVAILABLE, OTHER),
    "orders": ("0", "1", "2", "3-4", "5-9", "10+", NOT_AVAILABLE, OTHER),
}
"""What visitors may be told apart by with noise: all values that there are, whatever happened."""
GHOST: Final = 0.01
"""How often a list of which all cells are empty shows one, at most."""


class WithNoise(msgspec.Struct, frozen=True):
    """
    What is asked with noise, and what it may cost.

    Attributes:
        epsilon: What the report may cost, as a decimal number.
        k: What a figure with noise must at least be, to be shown.
    """

    epsilon: str
    k: int

    @property
    def lists(self) -> int:
        """How many lists of cells it has; of each, one visitor is in one cell at most."""
        raise NotImplementedError

    @property
    def of_each(self) -> Fraction:
        """The part of ε of each list."""
        return Fraction(self.epsilon) / self.lists

    def threshold(self, cells: int, parts: int = 1) -> int:
        """
        Return what a figure with noise must be, to be shown.

        Args:
            cells: How many cells its list has.
            parts: Of how many of them it is the sum; each has noise of its own.
        """
        scale = float(1 / self.of_each)
        return max(self.k, parts * ceil(scale * log(cells / (2 * GHOST))))


class NoisyQuestion(WithNoise, frozen=True):
    """How many visitors there are, with noise."""

    @property
    def lists(self) -> int:
        """The whole, and what it is told apart by."""
        return len(LISTS)


class NoisyFunnel(WithNoise, frozen=True):
    """
    How far visitors get through some steps, with noise: one list, of the last step of each.

    Attributes:
        funnel: The steps; its unit is one visitor id.
    """

    funnel: FunnelQuestion

    def __post_init__(self) -> None:
        """
        Check it.

        Raises:
            InputError: Visitors may enter anywhere, or money is asked.
        """
        if self.funnel.mode not in ENTERED_FIRST:
            raise InputError(
                f"with --epsilon --mode is one of {', '.join(ENTERED_FIRST)}: where visitors may "
                "enter anywhere, how far they got is not how far they went"
            )
        if self.funnel.money:
            raise InputError(
                "with --epsilon leave out --money and --currency: an amount has no bound"
            )

    @property
    def lists(self) -> int:
        """That of last steps."""
        return 1

    @property
    def cells(self) -> range:
        """The last step of a visitor, from 1; 0 is nobody's who entered."""
        return range(len(self.funnel.steps) + 1)


class NoisySegments(WithNoise, frozen=True):
    """
    Who visits, and who of them converts, with noise: each visitor at their first visit.

    Attributes:
        segments: What visitors are told apart by, and what they convert by.
    """

    segments: SegmentsQuestion

    def __post_init__(self) -> None:
        """
        Check it.

        Raises:
            InputError: They are told apart by what has no closed list of values.
        """
        if wrong := [name for name in self.segments.by if name not in CLOSED]:
            raise InputError(
                f"with --epsilon --by is one of {', '.join(CLOSED)}: the values of {wrong[0]} come "
                "from visitors, so that a row would tell of one, or a visitor stands in several"
            )

    @property
    def lists(self) -> int:
        """One for each thing that visitors are told apart by, and one for the whole."""
        return len(self.segments.by) + 1

    @property
    def parts(self) -> int:
        """How many cells a value has: those who converted, and those who did not."""
        return 2 if self.segments.goal else 1


def epsilon(text: str) -> str:
    """
    Return what *text* says that a report may cost, in one writing.

    Raises:
        InputError: It is no number, or is out of bounds.
    """
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise InputError("--epsilon is a number, like 1.0") from None
    if not found.is_finite() or not LEAST <= found <= MOST:
        raise InputError(f"--epsilon is from {LEAST} to {MOST}")
    return format(found.normalize(), "f")


def cells_of(name: str, days: tuple[str, ...]) -> tuple[str, ...]:
    """Return all cells of the list *name*, whatever the events are: they tell nothing of them."""
    if name == "whole":
        return ("",)
    if name == "day":
        return days
    return (*(COUNTRIES if name == "country" else DEVICES), OTHER)
