"""The benchmarks measure beside references, hide no miss, and stand in the README (P10)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from benchmarks.__main__ import BEGIN, END, SUITES, table
from benchmarks.measure import Row, best

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_a_missed_budget_is_shown():
    """Nobody has to look for what did not work."""
    shown = table(
        [Row("1", "ours ÷ theirs", 2.0, 1.4), Row("2", "theirs ÷ ours", 30, 20, at_most=False)]
    )
    assert ["missed" in line for line in shown.splitlines()[2:]] == [True, False]


def test_what_was_not_measured_again_stays():
    """A suite may be run alone: its lines are replaced, the others keep theirs, all in order."""
    shown = table([Row(line, f"old {line}", 1.0, 2.0) for line in ("2", "1", "10")])
    again = table([Row("2", "new 2", 1.0, 2.0)], shown)
    names = [line.split("|")[2].strip() for line in again.splitlines()[2:]]
    assert names == ["old 1", "new 2", "old 10"]


def test_candidates_are_measured_in_turn():
    """Every round runs every candidate, so that drift hits all alike."""
    order = []
    ticks = iter(range(10_000))
    cases = {name: lambda _, name=name: order.append(name) for name in ("a", "b", "c")}
    best(cases, rounds=3, seconds=1, clock=lambda: float(next(ticks)))
    assert order[-9:] == ["a", "b", "c", "b", "c", "a", "c", "a", "b"]


@pytest.mark.parametrize("name", SUITES)
def test_every_suite_is_there(name):
    """A suite is a file with ``run``; its peers are installed by ``make bench`` only."""
    tree = ast.parse((ROOT / "benchmarks" / f"{name}.py").read_text())
    assert "run" in [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]


def test_the_readme_shows_the_table():
    """What was measured, misses included, stands where people look first."""
    shown = README.partition(BEGIN)[2].partition(END)[0]
    rows = [line for line in shown.splitlines() if line.startswith("| ") and "---" not in line][1:]
    assert len(rows) >= 10
    assert all("met" in row or "missed" in row or "no budget" in row for row in rows)
