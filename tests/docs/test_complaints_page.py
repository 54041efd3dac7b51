"""The page of complaints names tests that exist, for every class that has a feature."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/explanation/complaints.md").read_text()
ROWS = re.findall(r"^\| (\d+) \|.*\| `(tests/[\w/]+\.py)::(\w+)` \|$", PAGE, re.MULTILINE)
CLASSES = set(range(1, 15))


@pytest.mark.parametrize(("file", "name"), sorted({row[1:] for row in ROWS}))
def test_named_test_exists(file, name):
    """Whoever renames a test renames it on the page."""
    names = {
        node.name
        for node in ast.walk(ast.parse((ROOT / file).read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    assert name in names


def test_every_class_is_tested_or_said_to_be_missing():
    """No class is forgotten; what has no test is named below the table."""
    missing = {int(n) for n in re.findall(r"^- Class (\d+):", PAGE, re.MULTILINE)}
    assert {int(row[0]) for row in ROWS} | missing == CLASSES


def test_every_row_names_a_test():
    """A row without a test would be a promise."""
    assert len(ROWS) == len(re.findall(r"^\| \d+ \|", PAGE, re.MULTILINE))
