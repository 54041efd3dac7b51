"""Interleaved rounds on the CPU clock: drift and neighbours hit every candidate alike."""

from __future__ import annotations

import gc
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

Case = Callable[[int], object]
"""Runs so many iterations."""


BUDGETS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "budgets.toml").read_text())


@dataclass(frozen=True)
class Row:
    """
    What was measured against what.

    Attributes:
        line: Number of the line of the table.
        what: What was measured, and against which reference.
        ratio: What came out.
        at_most: What was promised not to be exceeded, if that was.
        at_least: What was promised to be reached, if that was.
        note: What the reader must know.
    """

    line: int
    what: str
    ratio: float
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""

    @classmethod
    def of(cls, budget: str, what: str, ratio: float, note: str = "") -> Row:
        """Return the row of a *budget* in ``budgets.toml``, its tables and name parted by dots."""
        found = reduce(getitem, budget.split("."), BUDGETS)
        return cls(what=what, ratio=ratio, note=note, **found)

    @property
    def budget(self) -> str:
        """What was promised, in signs."""
        if self.at_most is None and self.at_least is None:
            return "none"
        return f"≤ {self.at_most:g}" if self.at_most is not None else f"≥ {self.at_least:g}"

    @property
    def met(self) -> bool:
        """Whether the promise was kept; a figure for comparison keeps none."""
        most, least = self.at_most, self.at_least
        return (most is None or self.ratio <= most) and (least is None or self.ratio >= least)


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
