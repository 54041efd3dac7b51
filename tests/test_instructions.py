"""The instructions of a request are counted, so that no change makes it dearer unseen (P10)."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from benchmarks.attacks import ORDINARY, WRITTEN
from benchmarks.instructions import OURS, counted
from benchmarks.measure import BUDGETS

RECORDED = tomllib.loads(
    (Path(__file__).parent.parent / "benchmarks" / "recorded.toml").read_text()
)["added instructions"]
MARGIN = 0.03
COSTLIEST = (
    "our page, many cookies",
    "many cookies after a refusal",
    "parted cookies",
    "repeated headers",
    "thousands of lines",
    "forms",
    "our status",
    WRITTEN,
)
"""Of the attacks; `python -m benchmarks attacks` counts them all."""


@pytest.fixture(scope="module")
def thousands():
    """Count each case once."""
    return counted(OURS)


def test_every_case_of_ours_is_recorded():
    """And no other."""
    assert list(RECORDED) == [name for name in OURS if name.endswith(("privacy", "out"))]


@pytest.mark.slow
@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="each Python has counts of its own")
@pytest.mark.parametrize("name", RECORDED)
def test_a_request_costs_what_is_recorded(thousands, name):
    """Instructions, not time: the same on a busy machine; measured against bare Starlette."""
    reference = thousands["starlette"] - thousands["raw"]
    added = (thousands[name] - thousands[name.partition("+")[0]]) / reference
    assert added == pytest.approx(RECORDED[name], rel=MARGIN), "see benchmarks/recorded.toml"


@pytest.mark.slow
def test_no_request_of_a_stranger_costs_twenty():
    """Of the costliest attacks none is dearer than the budget says, in ordinary requests."""
    thousands = counted([ORDINARY, *COSTLIEST])
    most = BUDGETS["attacks"]["costliest"]["at_most"] * thousands[ORDINARY]
    assert [name for name in COSTLIEST if thousands[name] > most] == []
