"""Treated rows, written by their keys. Does I/O on a connection it is lent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import Connection, and_, bindparam, func, types, update
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects.postgresql import ARRAY

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
    columns = [*key, *(table.c[name] for name in fields)]
    lists = not any(isinstance(column.type, types.JSON | ARRAY) for column in columns)
    if connection.dialect.name == "postgresql" and lists:
        _together(connection, table, key, fields, changes)
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
    """Write all rows by one statement over arrays: one for each would be planned each."""
    kinds = {f"key_{n}": column.type for n, column in enumerate(key)}
    kinds |= {f"new_{n}": table.c[name].type for n, name in enumerate(fields)}
    arrays = [bindparam(name, type_=ARRAY(kind)) for name, kind in kinds.items()]
    given = func.unnest(*arrays).table_valued(*kinds, name="given").render_derived()
    this = and_(*(column == given.c[f"key_{n}"] for n, column in enumerate(key)))
    new = {name: given.c[f"new_{n}"] for n, name in enumerate(fields)}
    lists = zip(*((*row, *values) for row, values in changes), strict=True)
    values = dict(zip(kinds, map(list, lists), strict=True))
    connection.execute(update(table).where(this).values(new), values)
