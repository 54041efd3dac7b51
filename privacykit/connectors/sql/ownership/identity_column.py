"""Comparison of identities in one column: candidates, and what decides. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column as SqlColumn

from privacykit.connectors.sql.catalogue.reflect import ANY_TYPE, KIND
from privacykit.connectors.sql.convert import ColumnConverter, Unfit
from privacykit.govern.identity.equality import WHOLE

MOST_WHOLE = 2**63 - 1
"""The largest number that any database's integers hold."""

MOST_DIGITS = 20

_NUMBERS = frozenset({"int", "float", "bool"})


def candidates(fitting: ColumnConverter, column: SqlColumn[Any], texts: Sequence[str]) -> list[Any]:
    """
    Return *texts* as *column* compares them by its index; what can be no value of it is left out.

    A number is taken only as it is written: ``01``, ``1.0``, ``1abc`` and ``true`` are no 1.
    """
    found: dict[Any, None] = {}
    for text in texts:
        try:
            found[_candidate(fitting, column, text)] = None
        except Unfit:
            if _any_type(column) and "\0" not in text:
                found[text] = None
    return list(found)


def decided_by_text(column: SqlColumn[Any]) -> bool:
    """
    Say whether the column's own comparison has to be decided over again, as text.

    Texts have collations. In SQLite any column may hold a text, and numbers are made of it.
    """
    kind = column.info.get(KIND, "other")
    base = type(column.type).__name__
    return kind == "text" or base == "CITEXT" or (_any_type(column) and kind != "time")


def exact_texts(column: SqlColumn[Any], texts: Sequence[str]) -> list[str]:
    """Return *texts* as they read in *column*: a number with a point is one there, too."""
    if column.info.get(KIND) != "float":
        return list(texts)
    return [form for text in texts for form in (text, f"{text}.0")]


def _candidate(fitting: ColumnConverter, column: SqlColumn[Any], text: str) -> Any:  # noqa: ANN401
    """
    Return *text* as a value of *column*.

    Raises:
        Unfit: It can be none.
    """
    kind = column.info.get(KIND, "other")
    if kind in _NUMBERS:
        if len(text) > MOST_DIGITS or not WHOLE.fullmatch(text) or abs(int(text)) > MOST_WHOLE:
            raise Unfit
        if kind == "bool" and type(column.type).__name__ != "TINYINT":
            raise Unfit
        return int(text)
    if "\0" in text:
        raise Unfit
    return text.encode() if kind == "bytes" else fitting(column, text)


def _any_type(column: SqlColumn[Any]) -> bool:
    """Say whether the column is of SQLite, where a type is only an advice."""
    return bool(column.info.get(ANY_TYPE))
