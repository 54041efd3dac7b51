"""No cell that we write is run by the spreadsheet that opens it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import privacykit
from privacykit.personal.cells import FORMULA, neutral

PACKAGE = Path(privacykit.__file__).parent
AS_THEY_WERE = {"connectors/files/formats.py": "an application's own file, rewritten as it was"}
"""Tables whose cells are not ours to change."""


@pytest.mark.parametrize(
    "text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\n=1", "\uff1d1", "\ufeff\u00a0=1"]
)
def test_a_formula_is_neutralised(text):
    """OWASP, CSV injection."""
    assert neutral(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "1-2", "'=1"])
def test_other_text_is_left(text):
    """Only how a cell begins counts."""
    assert neutral(text) == text


@given(st.text(st.sampled_from([*FORMULA, " ", "\u00a0", "\u200b", "a", "1", "'"])))
def test_nothing_that_begins_a_formula_begins_a_cell(text):
    """Whatever blanks stand in front; twice is once."""
    assert not neutral(text).lstrip(" \u00a0\u200b\ufeff").startswith(FORMULA)
    assert neutral(neutral(text)) == neutral(text)


def _writes_csv(path):
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return any(ast.unparse(call.func) in {"csv.writer", "csv.DictWriter"} for call in calls)


def test_every_table_that_is_written_has_neutral_cells():
    """One guard for all, and none beside it."""
    writers = {
        str(path.relative_to(PACKAGE)): path.read_text()
        for path in PACKAGE.rglob("*.py")
        if _writes_csv(path)
    }
    bare = {name for name, text in writers.items() if "personal.cells import neutral" not in text}
    assert bare == set(AS_THEY_WERE)
