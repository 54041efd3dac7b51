"""Interleaved rounds on the CPU clock: drift and neighbours hit every candidate alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Case = Callable[[int], object]
"""Runs so many iterations."""


@dataclass(frozen=True)
class Row:
    """
    One budget: what was measured against what.

    Attributes:
        line: Number of the gate or line.
        what: What was measured, and against which reference.
        ratio: What came out.
        budget: What was promised.
        at_most: Whether the ratio must not exceed the budget; else it must reach it.
        note: What the reader must know.
    """

    line: str
    what: str
    ratio: float
    budget: float
    at_most: bool = True
    note: str = ""

    @property
    def met(self) -> bool:
        return self.ratio <= self.budget if self.at_most else self.ratio >= self.budget


def best(
    cases: Mapping[str, Case],
    *,
    rounds: int = 25,
    seconds: float = 0.03,
    clock: Callable[[], float] = time.process_time,
) -> dict[str, float]:
    """Return the best seconds per iteration of each case over interleaved *rounds*."""
    iterations = {name: _calibrated(case, seconds, clock) for name, case in cases.items()}
    results = dict.fromkeys(cases, float("inf"))
    names = list(cases)
    gc.collect()
    gc.disable()
    try:
        for i in range(rounds):
            for name in names[i % len(names) :] + names[: i % len(names)]:
                n = iterations[name]
                began = clock()
                cases[name](n)
                results[name] = min(results[name], (clock() - began) / n)
            gc.collect()
    finally:
        gc.enable()
    return results


def _calibrated(case: Case, seconds: float, clock: Callable[[], float]) -> int:
    case(1)
    n = 1
    while True:
        began = clock()
        case(n)
        spent = clock() - began
        if spent > seconds / 4:
            return max(1, int(n * seconds / spent))
        n *= 4
