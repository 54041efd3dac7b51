"""Small predicates that the others are made of. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    case,
    exists,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.sql.elements import False_

Predicate: TypeAlias = ColumnElement[bool]


def untrue(predicate: Predicate) -> Predicate:
    """Return the negation that takes unknown for untrue."""
    if isinstance(predicate, False_):
        return true()
    return case((predicate, 1), else_=0) == 0


def same(
    rows: FromClause, columns: Sequence[str], other: FromClause, other_columns: Sequence[str]
) -> Predicate:
    """Say that *columns* of the row are *other_columns* of the other."""
    pairs = zip(columns, other_columns, strict=True)
    return and_(*(rows.c[a] == other.c[b] for a, b in pairs))


def exists_in(other: FromClause, *predicates: Predicate) -> Predicate:
    """Say that there is such a row."""
    return exists(select(literal(1)).select_from(other).where(*predicates))


def in_rows(columns: Sequence[ColumnElement[Any]], inner: Select[Any]) -> Predicate:
    """Say that *columns* are those of a row of *inner*."""
    return (columns[0] if len(columns) == 1 else tuple_(*columns)).in_(inner)
