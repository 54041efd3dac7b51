"""Questions that are answered with noise, their cells, and the budget that they take. Pure."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import ceil, log
from typing import Final

import msgspec

from privacykit.errors import InputError
from privacykit.geo.names import COUNTRIES

LEAST: Final = Decimal("0.01")
MOST: Final = Decimal(10)
"""Below and above, nothing is told, or nothing is protected."""

DEVICES: Final = ("desktop", "mobile", "tablet", "other")
"""The types of devices that are told; all others are ``(other)``."""
OTHER: Final = "(other)"
LISTS: Final = ("whole", "day", "country", "device")
"""The lists of cells; each gets the same part of ε, and of each a visitor is in one cell."""
GHOST: Final = 0.01
"""How often a list of which all cells are empty shows one, at most."""


class NoisyQuestion(msgspec.Struct, frozen=True):
    """
    How many visitors there are, with noise.

    Attributes:
        epsilon: What the report may cost, as a decimal number.
        k: What a figure with noise must at least be, to be shown.
    """

    epsilon: str
    k: int

    @property
    def of_each(self) -> Fraction:
        """The part of ε of each list."""
        return Fraction(self.epsilon) / len(LISTS)

    def threshold(self, cells: int) -> int:
        """Return what a figure with noise must be, to be shown in a list of so many *cells*."""
        scale = float(1 / self.of_each)
        return max(self.k, ceil(scale * log(cells / (2 * GHOST))))


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
