"""Treated rows, written by their keys. Does I/O on a connection it is lent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import Connection, and_, bindparam, column, update, values
from sqlalchemy import Table as SqlTable

AT_ONCE = 500
"""Rows of one statement with a list of values: PostgreSQL takes 65,535 parameters."""

Changes = Sequence[tuple[tuple[Any, ...], list[Any]]]
"""Key and new values of rows."""


def write_rows(
    connection: Connection,
    table: SqlTable,
    key: Sequence[SqlColumn[Any]],
    fields: Sequence[str],
    changes: Changes,
) -> None:
    """Write the new values of *fields* into the rows of *changes*."""
    if connection.dialect.name == "postgresql":
        for start in range(0, len(changes), AT_ONCE):
            _together(connection, table, key, fields, changes[start : start + AT_ONCE])
    else:
        _each(connection, table, key, fields, changes)


def _each(
    connection: Connection,
    table: SqlTable,
    key: Sequence[SqlColumn[Any]],
    fields: Sequence[str],
    changes: Changes,
) -> None:
    this = and_(*(c == bindparam(f"key_{n}", type_=c.type) for n, c in enumerate(key)))
    new = {f: bindparam(f"new_{n}", type_=table.c[f].type) for n, f in enumerate(fields)}
    rows = [
        {f"key_{n}": value for n, value in enumerate(row)}
        | {f"new_{n}": value for n, value in enumerate(given)}
        for row, given in changes
    ]
    connection.execute(update(table).where(this).values(new), rows)


def _together(
    connection: Connection,
    table: SqlTable,
    key: Sequence[SqlColumn[Any]],
    fields: Sequence[str],
    changes: Changes,
) -> None:
    """A statement for each row would cost a round through the server's planner each."""
    named = [column(f"key_{n}", c.type) for n, c in enumerate(key)]
    named += [column(f"new_{n}", table.c[f].type) for n, f in enumerate(fields)]
    rows = [(*row, *given) for row, given in changes]
    given = values(*named, name="given").data(rows)
    this = and_(*(c == given.c[f"key_{n}"] for n, c in enumerate(key)))
    new = {f: given.c[f"new_{n}"] for n, f in enumerate(fields)}
    connection.execute(update(table).where(this).values(new))
