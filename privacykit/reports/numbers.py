"""Numbers of reports: exact rates, nearest ranks and shares that keep their sum. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import floor
from typing import Final

MOST_DIGITS: Final = 18
"""Digits of an amount; more have no place in an engine's whole numbers."""
RATE: Final = 10_000
"""Rates have four decimals, rounded half up."""


def rate(part: int | None, whole: int | None) -> str | None:
    """Return *part* of *whole* to four decimals; ``None`` where one is hidden or there is none."""
    if part is None or not whole:
        return None
    scaled = (2 * part * RATE + whole) // (2 * whole)
    return f"{scaled // RATE}.{scaled % RATE:04d}"


def rate_cell(part: int | None, whole: int | None) -> str | None:
    """Return what a table has of a rate: as :func:`rate`, but empty where it is of nothing."""
    return "" if whole == 0 else rate(part, whole)


def nearest_ranks(counts: Mapping[int, int], parts: Sequence[int], of: int) -> list[int]:
    """
    Return quantiles by nearest rank.

    Args:
        counts: How often there is each number; at least one number.
        parts: Which quantiles: 2 of 4 is the median.
        of: Into how many parts the numbers are split.
    """
    whole = sum(counts.values())
    ranks = [-(-whole * part // of) for part in parts]
    found, passed, ordered = [], 0, iter(sorted(counts))
    number = next(ordered)
    for rank in ranks:
        while passed + counts[number] < rank:
            passed += counts[number]
            number = next(ordered)
        found.append(number)
    return found


def money(text: str, digits: int) -> int:
    """
    Return an amount in the smallest unit.

    Args:
        text: Written like ``1200.50``.
        digits: How many decimals it may be written with: 70.00 of none is no 70.

    Raises:
        ValueError: It is no amount, or written with more decimals.
    """
    try:
        exact = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError("no amount") from None
    scale = exact.as_tuple().exponent
    if not isinstance(scale, int) or -scale > digits or exact.adjusted() > MOST_DIGITS:
        raise ValueError("more decimals, or out of all reason")
    return int(exact.scaleb(digits))


def split(amount: int, weights: Sequence[Fraction | float]) -> list[int]:
    """
    Split *amount* by *weights*, which sum to one, without losing a unit: by largest remainder.

    Of equal remainders the earlier weight gets the unit. A negative amount is split like its
    positive counterpart.
    """
    if amount < 0:
        return [-part for part in split(-amount, weights)]
    exact = [amount * weight for weight in weights]
    parts = [floor(one) for one in exact]
    order = sorted(range(len(parts)), key=lambda at: (parts[at] - exact[at], at))
    for at in order[: amount - sum(parts)]:
        parts[at] += 1
    return parts


def split_whole(amount: int, weights: Sequence[int]) -> list[int]:
    """Split *amount* as :func:`split` does, by whole *weights* of any sum that is not nought."""
    if amount < 0:
        return [-part for part in split_whole(-amount, weights)]
    whole = sum(weights)
    exact = [divmod(amount * weight, whole) for weight in weights]
    parts = [part for part, _ in exact]
    left = amount - sum(parts)
    if left:
        for at in sorted(range(len(parts)), key=lambda at: (-exact[at][1], at))[:left]:
            parts[at] += 1
    return parts
