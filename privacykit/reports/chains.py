"""Codes of chains: a number for the steps that a unit did, so that greater is better. Pure."""

from __future__ import annotations


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
