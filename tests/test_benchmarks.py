"""The benchmarks measure beside references, hide no miss, and stand in the documentation (P10)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from benchmarks import scale
from benchmarks.__main__ import BEGIN, END, PAGE, SUITES, table
from benchmarks.measure import BUDGETS, Row, best

ROOT = Path(__file__).parent.parent


def test_a_missed_budget_is_shown():
    """Nobody has to look for what did not work."""
    shown = table(
        [Row(1, "ours ÷ theirs", 2.0, at_most=1.4), Row(2, "theirs ÷ ours", 30, at_least=20)]
    )
    assert ["missed" in line for line in shown.splitlines()[2:]] == [True, False]


def test_what_was_not_measured_again_stays():
    """A suite may be run alone: its lines are replaced, the others keep theirs, all in order."""
    shown = table([Row(line, f"old {line}", 1.0, 2.0) for line in (2, 1, 10)])
    again = table([Row(2, "new 2", 1.0, 2.0)], shown)
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


def _names(table, before=""):
    for name, found in table.items():
        if "line" in found:
            yield f"{before}{name}"
        else:
            yield from _names(found, f"{before}{name}.")


def test_every_budget_is_measured_and_every_figure_has_its_place():
    """Budgets stand in one file, and none is promised that nobody measures."""
    written = "".join(path.read_text() for path in sorted((ROOT / "benchmarks").glob("*.py")))
    asked = re.findall(r'(?:Row\.of|over_bare)\(\s*f?"([^"]+)"', written)
    asked += re.findall(r'"(logs\.[a-z]+)"', written)
    fitting = [re.compile(re.sub(r"\\{[a-z]+\\}", "[^.]+", re.escape(each))) for each in asked]
    named = list(_names(BUDGETS))
    assert [each for each in named if not any(one.fullmatch(each) for one in fitting)] == []
    assert [one.pattern for one in fitting if not any(map(one.fullmatch, named))] == []
    assert all(Row.of(each, "", 1.0).line > 0 for each in named)


def test_the_documentation_shows_the_table():
    """What was measured, misses included, stands on the page about cost."""
    shown = PAGE.read_text().partition(BEGIN)[2].partition(END)[0]
    rows = [line for line in shown.splitlines() if line.startswith("| ") and "---" not in line][1:]
    assert len(rows) >= 10
    assert all("met" in row or "missed" in row or "no budget" in row for row in rows)


@pytest.mark.parametrize(
    ("part", "number"),
    [
        ("visitors", 3),
        ("sites", 2),
        ("suppressed", 30),
        ("requests", 120),
        ("events", 500),
        ("rows of a DROP list", 300),
    ],
)
def test_what_measures_scale_runs(part, number, tmp_path, monkeypatch):
    """Its figures come from minutes of work that nobody does by the way: it has to work when asked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(scale, "REQUESTS", 20)
    figures = scale.PARTS[part][0](number)
    assert list(figures)
    assert all(figure >= 0 for name, figure in figures.items() if name != "MB")


def test_scale_tables_are_replaced_one_by_one():
    """A part that is measured alone takes the place of its own table."""
    page = f"a\n{scale.BEGIN}\n\n| sites | s |\n1\n\n| events | s |\n2\n\n{scale.END}\nz"
    again = scale.written(page, ["| visitors | s |\n0", "| events | s |\n3"])
    inside = "| visitors | s |\n0\n\n| sites | s |\n1\n\n| events | s |\n3"
    assert again == f"a\n{scale.BEGIN}\n\n{inside}\n\n{scale.END}\nz"
