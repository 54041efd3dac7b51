"""Codes of chains: a number for the steps that a unit did, so that greater is better. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations


def code_of(end: int, steps: frozenset[int], number: int) -> int:
    """
    Return the number of a chain.

    Args:
        end: Its last step, from 1.
        steps: The steps it performed.
        number: How many steps the funnel has.
    """
    bits = sum(1 << (number - step) for step in steps)
    return (end * (number + 1) + len(steps)) << number | bits


def steps_of(code: int, number: int) -> tuple[int, ...]:
    """Return the steps that the chain of *code* performed, in order; none if there is no chain."""
    return tuple(step for step in range(1, number + 1) if code >> (number - step) & 1)


def chains(number: int, required: range) -> Iterator[tuple[int, ...]]:
    """
    Yield all chains that a unit of a funnel may have, as the steps that they perform.

    Args:
        number: How many steps the funnel has.
        required: The steps that a chain may not jump over.
    """
    for end in range(1, number + 1):
        free = [step for step in range(1, end) if step not in required]
        must = [step for step in range(1, end) if step in required]
        for many in range(len(free) + 1):
            for some in combinations(free, many):
                yield (*sorted((*some, *must)), end)
