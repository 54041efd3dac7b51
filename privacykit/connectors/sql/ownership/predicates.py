"""Small predicates that the others are made of. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from sqlalchemy import Column as SqlColumn
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Table,
    and_,
    case,
    exists,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.sql.elements import False_
from sqlalchemy.sql.selectable import AliasedReturnsRows

from privacykit.connectors.sql.catalogue.reflect import DECLARED, KIND, NAME
from privacykit.connectors.sql.ownership.exact import ExactText

Predicate: TypeAlias = ColumnElement[bool]


DERIVED = "privacykit.derived"
"""In a table's notes: the columns that the map derives of its columns."""


def place(rows: FromClause, column: str) -> ColumnElement[Any]:
    """Return a column of *rows*, derived ones included, under its own name."""
    if column in rows.c:
        return rows.c[column]
    read: ColumnElement[Any] = _table(rows).info[DERIVED][column][1](rows)
    return read.label(column)


def compared_as(rows: FromClause, column: str) -> SqlColumn[Any]:
    """Return the column by whose type values of *column* are compared and written."""
    table = _table(rows)
    if column in table.c:
        return table.c[column]
    compared: SqlColumn[Any] = table.info[DERIVED][column][2]
    return compared


def _table(rows: FromClause) -> Table:
    found = rows.element if isinstance(rows, AliasedReturnsRows) else rows
    assert isinstance(found, Table), "rows of a table, under whatever name"
    return found


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
    return and_(*(alike(place(rows, a), place(other, b)) for a, b in pairs))


def alike(one: ColumnElement[Any], other: ColumnElement[Any]) -> Predicate:
    """
    Say that two columns hold the same.

    What the database enforces by a key, it may compare; what it does not, is compared as text.
    """
    if enforced(one, other):
        return one == other
    return ExactText(one) == ExactText(other)


def enforced(one: ColumnElement[Any], other: ColumnElement[Any]) -> bool:
    """
    Say whether the database's own comparison of two columns is as good as ours.

    It is for numbers and the like, for a key that it declares, for a column with itself that it
    holds unique. A text may be the same as another by its collation only, or be read as a number.
    """
    a, b = _real(one), _real(other)
    if a is None or b is None:
        return True
    kinds = {a.info.get(KIND), b.info.get(KIND)}
    if len(kinds) == 1 and "text" not in kinds:
        return True
    return _unique(a) if a is b else _points(a, b) or _points(b, a)


def _real(column: ColumnElement[Any]) -> SqlColumn[Any] | None:
    """Return the table's own column that *column* shows, or ``None``."""
    found = next(iter(column.base_columns), None)
    return found if isinstance(found, SqlColumn) and isinstance(found.table, Table) else None


def _unique(column: SqlColumn[Any]) -> bool:
    """Say whether the database holds the column, alone or with others, unique."""
    table = column.table
    assert isinstance(table, Table), "reflected"
    return any(column.name in names for names in table.info[DECLARED].uniques)


def _points(column: SqlColumn[Any], target: SqlColumn[Any]) -> bool:
    """Say whether the database declares a key in which *column* points at *target*."""
    pairs = (
        pair
        for key in column.table.info[DECLARED].foreign_keys
        if key.target == target.table.info[NAME]
        for pair in zip(key.columns, key.target_columns, strict=True)
    )
    return (column.name, target.name) in pairs


def exists_in(other: FromClause, *predicates: Predicate) -> Predicate:
    """Say that there is such a row."""
    return exists(select(literal(1)).select_from(other).where(*predicates))


def in_rows(columns: Sequence[ColumnElement[Any]], inner: Select[Any]) -> Predicate:
    """Say that *columns* are those of a row of *inner*."""
    pairs = list(zip(columns, inner.selected_columns, strict=True))
    plain = [enforced(one, other) for one, other in pairs]
    if not all(plain):
        columns = [c if p else ExactText(c) for c, p in zip(columns, plain, strict=True)]
        there = [o if p else ExactText(o) for (_, o), p in zip(pairs, plain, strict=True)]
        inner = inner.with_only_columns(*there)
    return (columns[0] if len(columns) == 1 else tuple_(*columns)).in_(inner)
