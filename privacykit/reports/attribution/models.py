"""
Models of attribution: the weights of the touches of a path, which sum to one. Pure.

- ``first``, ``last``: all to that touch.
- ``last_non_direct``: all to the last touch that is not direct; to the last, if all are.
- ``linear``: to each the same.
- ``position``: two fifths to the first, two to the last, one shared by those in between; of two
  touches a half each.
- ``time_decay``: in proportion to two to the power of minus the time before the conversion, in
  half-lives. Whole half-lives are exact; the rest is a float's power, and the sum is exactly one.

Sources: Matomo's and Google Analytics' descriptions of these models, which agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache

import msgspec

from privacykit.reports.attribution.question import SAME_DAY

ONE = Fraction(1)
FEW = 2
"""Touches that are the first and the last, with none in between."""


class PathTouch(msgspec.Struct, frozen=True):
    """
    The start of a visit.

    Attributes:
        at: When, in microseconds since 1970.
        label: What gets the credit: its channel, campaign or content.
        is_direct: Whether its channel is ``direct``, whatever gets the credit.
    """

    at: int
    label: str
    is_direct: bool = False


def weights(model: str, path: Sequence[PathTouch], half_life: int) -> Sequence[Fraction]:
    """
    Return the weight of each touch of *path*.

    Args:
        model: One of the six, or ``same_day``, where a path is of one day: its first touch.
        path: At least one touch, in order.
        half_life: Of ``time_decay``, in microseconds.
    """
    number = len(path)
    match model:
        case "first" | "last" | "last_non_direct":
            return _alone(number, _place(model, path))
        case "linear":
            return _linear(number)
        case "position":
            return _position(number)
        case "time_decay":
            return _decayed([path[-1].at - touch.at for touch in path], half_life)
    assert model == SAME_DAY
    return _alone(number, 0)


def _place(model: str, path: Sequence[PathTouch]) -> int:
    last = len(path) - 1
    if model == "first":
        return 0
    if model == "last":
        return last
    return next((at for at in range(last, -1, -1) if not path[at].is_direct), last)


@cache
def _alone(number: int, place: int) -> Sequence[Fraction]:
    return tuple(Fraction(at == place) for at in range(number))


@cache
def _linear(number: int) -> Sequence[Fraction]:
    return (Fraction(1, number),) * number


@cache
def _position(number: int) -> Sequence[Fraction]:
    if number <= FEW:
        return _linear(number)
    between = Fraction(1, 5 * (number - FEW))
    return (Fraction(2, 5), *(between,) * (number - FEW), Fraction(2, 5))


def _decayed(before: Sequence[int], half_life: int) -> Sequence[Fraction]:
    """Return weights by how long *before* the last touch each was: the same proportions."""
    powers = [_power(*divmod(time, half_life), half_life) for time in before]
    whole = sum(powers)
    return [power / whole for power in powers]


def _power(halvings: int, rest: int, half_life: int) -> Fraction:
    part = Fraction(2.0 ** -(rest / half_life)) if rest else ONE
    return part * Fraction(1, 1 << halvings)
