"""Every id that the documentation explains is one that something raises, and not a table of hints."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_ID = re.compile(r"\bPK\d{3}\b")
_PAST = {"changelog.md", "release-notes.md"}
"""Pages about what was."""


def _raised(tree):
    """Yield the ids in texts of *tree* that are no documentation, no key of a table, no test."""
    beside = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            beside.add(node.value)
        elif isinstance(node, ast.Dict):
            beside.update(node.keys)
        elif isinstance(node, ast.Set | ast.Compare) or (
            isinstance(node, ast.Call) and ast.unparse(node.func) in {"frozenset", "re.compile"}
        ):
            beside.update(ast.walk(node))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in beside:
            yield from _ID.findall(node.value)


def test_what_is_explained_is_raised():
    """An id that nothing says is a promise that nobody keeps."""
    sources = (ROOT / "privacykit").rglob("*.py")
    raised = {one for path in sources for one in _raised(ast.parse(path.read_text("utf-8")))}
    pages = [path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts]
    told = {
        one
        for path in pages
        if path.name not in _PAST
        for one in _ID.findall(path.read_text("utf-8"))
    }
    assert sorted(told - raised) == []


def test_what_is_raised_is_tested():
    """An id that no test names may be said where it should not, and be silent where it should."""
    sources = (ROOT / "privacykit").rglob("*.py")
    raised = {one for path in sources for one in _raised(ast.parse(path.read_text("utf-8")))}
    tests = (path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py"))
    assert sorted(raised - {one for text in tests for one in _ID.findall(text)}) == []
