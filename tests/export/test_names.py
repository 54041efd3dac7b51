"""Names in a package: one for each collection, on every file system."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.export.names import file_name

ALIKE = [
    ("note.s", "note_s"),
    ("a b", "a_b"),
    ("a/b", "a_b"),
    ("Orders", "orders"),
    ("a", "a."),
    ("..", "."),
    ("é", "e\u0301"),
    ("ß", "SS"),
    ("x" * 300, "x" * 301),
    ("", "_"),
    ("con", "CON"),
]


def _folded(name):
    """Return what a file system that folds case and Unicode forms makes of *name*."""
    return unicodedata.normalize("NFC", name).casefold()


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_names_that_look_alike_stay_apart(one, other):
    """Two collections under one name would be one file after unpacking, and a person's rows lost."""
    assert _folded(file_name(one)) != _folded(file_name(other))


def test_a_plain_name_is_kept():
    """So that people recognise their tables."""
    assert [file_name(n) for n in ("orders", "order_items", "v2-log")] == [
        "orders",
        "order_items",
        "v2-log",
    ]


@pytest.mark.parametrize("name", ["con", "nul", "com1", "lpt9", "aux", "-x", "a.jsonl"])
def test_a_name_that_means_something_else_is_changed(name):
    """Devices of Windows, options, suffixes."""
    assert file_name(name) != name


@given(st.sets(st.text(max_size=80), min_size=2, max_size=30))
def test_different_names_never_meet(names):
    """Whatever tables are called."""
    assert len({_folded(file_name(name)) for name in names}) == len(names)


@given(st.text(max_size=200))
def test_a_name_is_safe_everywhere(name):
    """Letters, digits, dash, underscore and one dot; short; never a path."""
    made = file_name(name)
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert (made[0] not in ".-" or made[0] == "-", 0 < len(made) <= 73, ".." not in made) == (
        True,
        True,
        True,
    )
