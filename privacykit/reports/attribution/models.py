"""
Models of attribution: the weights of the touches of a path, as whole numbers. Pure.

- ``first``, ``last``: all to that touch.
- ``last_non_direct``: all to the last touch that is not direct; to the last, if all are.
- ``linear``: to each the same.
- ``position``: two fifths to the first, two to the last, one shared by those in between; of two
  touches a half each.
- ``time_decay``: in proportion to two to the power of minus the time before the conversion, in
  half-lives. Whole half-lives are exact, the rest is a float's power.

Sources: Matomo's and Google Analytics' descriptions of these models, which agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

import msgspec

from privacykit.reports.attribution.question import SAME_DAY

BITS: Final = 53
"""Of the fraction of a float."""
FEW: Final = 2
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


def weights(model: str, path: Sequence[PathTouch], half_life: int) -> Sequence[int]:
    """
    Return the weight of each touch of *path*, as whole numbers of which only proportions count.

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
            return (1,) * number
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
def _alone(number: int, place: int) -> Sequence[int]:
    return tuple(int(at == place) for at in range(number))


@cache
def _position(number: int) -> Sequence[int]:
    if number <= FEW:
        return (1,) * number
    between = number - FEW
    return (2 * between, *(1,) * between, 2 * between)


def _decayed(before: Sequence[int], half_life: int) -> Sequence[int]:
    """Return weights by how long *before* the last touch each was: the same proportions."""
    most = max(before) // half_life
    found = []
    for time in before:
        halvings, rest = divmod(time, half_life)
        # Between a half and one, a float's power is so many whole parts of BITS.
        power = int(2.0 ** -(rest / half_life) * (1 << BITS))
        found.append(power << (most - halvings))
    return found
