"""Treated rows, written by their keys. Does I/O on a connection it is lent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import Connection, and_, bindparam, func, types, update
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects.postgresql import ARRAY

from privacykit.errors import StoreError

Changes = Sequence[tuple[tuple[Any, ...], list[Any]]]
"""Key and new values of rows."""
_NOT_ONE = "a key of the data map does not name one row (PK350); nothing of this page was written"


def write_rows(
    connection: Connection,
    table: SqlTable,
    key: Sequence[SqlColumn[Any]],
    fields: Sequence[str],
    changes: Changes,
) -> None:
    """
    Write the new values of *fields* into the rows of *changes*, one row each.

    Raises:
        StoreError: A key names no row or several: who called must roll back, or one person's value
            is another's.
    """
    if len({row for row, _ in changes}) < len(changes) or any(None in row for row, _ in changes):
        raise StoreError(_NOT_ONE)
    columns = [*key, *(table.c[name] for name in fields)]
    lists = not any(isinstance(column.type, types.JSON | ARRAY) for column in columns)
    if connection.dialect.name == "postgresql" and lists:
        written = _together(connection, table, key, fields, changes)
    else:
        written = _each(connection, table, key, fields, changes)
    if written != len(changes):
        raise StoreError(_NOT_ONE)


def _each(
    connection: Connection,
    table: SqlTable,
    key: Sequence[SqlColumn[Any]],
    fields: Sequence[str],
    changes: Changes,
) -> int:
    this = and_(*(c == bindparam(f"key_{n}", type_=c.type) for n, c in enumerate(key)))
    new = {f: bindparam(f"new_{n}", type_=table.c[f].type) for n, f in enumerate(fields)}
    rows = [
        {f"key_{n}": value for n, value in enumerate(row)}
        | {f"new_{n}": value for n, value in enumerate(given)}
        for row, given in changes
    ]
    return connection.execute(update(table).where(this).values(new), rows).rowcount


def _together(
    connection: Connection,
    table: SqlTable,
    key: Sequence[SqlColumn[Any]],
    fields: Sequence[str],
    changes: Changes,
) -> int:
    """Write all rows by one statement over arrays: one for each would be planned each."""
    kinds = {f"key_{n}": column.type for n, column in enumerate(key)}
    kinds |= {f"new_{n}": table.c[name].type for n, name in enumerate(fields)}
    arrays = [bindparam(name, type_=ARRAY(kind)) for name, kind in kinds.items()]
    given = func.unnest(*arrays).table_valued(*kinds, name="given").render_derived()
    this = and_(*(column == given.c[f"key_{n}"] for n, column in enumerate(key)))
    new = {name: given.c[f"new_{n}"] for n, name in enumerate(fields)}
    lists = zip(*((*row, *values) for row, values in changes), strict=True)
    values = dict(zip(kinds, map(list, lists), strict=True))
    return connection.execute(update(table).where(this).values(new), values).rowcount
