"""
A probe of what erasure would write against the conditions of a database. Does I/O, writes nothing.

A condition is asked of the first rows of its table as they would be, so that a map is known to work
before anybody asks. What depends on a row's own value (a coarser date) is left to the plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    case,
    cast,
    literal,
    literal_column,
    null,
    select,
    text,
    union_all,
)
from sqlalchemy import Table as SqlTable
from sqlalchemy.exc import DBAPIError

from privacykit.connectors.sql.catalogue.reflect import DOMAIN, KIND
from privacykit.connectors.sql.changing.refusals import CHECK
from privacykit.connectors.sql.database import code_of
from privacykit.errors import InputError
from privacykit.govern.datamap.schema import Check
from privacykit.govern.erasure.inspection.check_fields import treated
from privacykit.govern.erasure.ownership import Ownership
from privacykit.govern.erasure.strategies import COARSER, weaken

ROWS = 100
"""Rows that a condition is asked of."""

_DOMAIN_CODES = frozenset({"23514", "23502", "22001", "22P02"})
_SAMPLE = "a value that stands there now"

Refused = Iterator[tuple[str, tuple[str, ...], str]]


def refused(
    connection: Connection, ownership: Ownership, tables: Mapping[str, SqlTable]
) -> Refused:
    """Yield collection, fields and words for what the database will refuse of what is written."""
    for name in ownership.order:
        table = tables[name]
        if connection.dialect.name == "postgresql":
            yield from _no_documents(ownership, name, table)
        written = _written(ownership, name)
        for column in written:
            domain = table.c[column].info.get(DOMAIN)
            if domain and not _takes(connection, domain, written[column]):
                yield name, (column,), "its domain does not allow what erasure writes"
        for check in ownership.tables[name].checks:
            fields = tuple(column for column in check.columns if column in written)
            if fields and _breaks(connection, table, check, written):
                yield name, fields, CHECK


def _no_documents(ownership: Ownership, name: str, table: SqlTable) -> Refused:
    """PostgreSQL cannot ask a text whether it is JSON: one that is not would stop every request."""
    paths = {column.of for column in ownership.tables[name].columns if column.path}
    for column in sorted(paths):
        if table.c[column].info.get(KIND) != "json":
            yield name, (column,), "holds no json or jsonb, so that no place inside it can be read"


def _written(ownership: Ownership, name: str) -> dict[str, Any]:
    """Return what is written whatever stood there before, by field."""
    table, mapped = ownership.tables[name], ownership.collections[name]
    found: dict[str, Any] = {}
    for field, strategy in treated(ownership, name).items():
        column = table.column(field)
        if column is None or column.of or strategy in COARSER:
            continue
        to = mapped.fields[field].to
        try:
            found[field] = weaken(_SAMPLE, strategy, column, to, key=b"probe", row=b"probe")
        except InputError:
            continue  # said by the check of fields
    return found


def _takes(connection: Connection, domain: str, value: object) -> bool:
    """Say whether a PostgreSQL domain takes *value*."""
    query = text(f"select cast(:value as {domain})")
    try:
        with connection.begin_nested():
            connection.execute(query, {"value": value}).first()
    except DBAPIError as error:
        return code_of(error) not in _DOMAIN_CODES
    return True


def _breaks(
    connection: Connection, table: SqlTable, check: Check, written: Mapping[str, Any]
) -> bool:
    """Say whether a row, as it would be, breaks *check*; what cannot be asked breaks nothing."""
    columns = [table.c[name] for name in check.columns]
    typed = connection.dialect.name == "postgresql"
    new = {c.name: _new(c, written[c.name], typed=typed) for c in columns if c.name in written}
    rows = select(*(_after(column, new) for column in columns)).limit(ROWS).subquery()
    after: FromClause = rows
    if len(new) == len(columns):
        # No row is needed to know what a row will be.
        alone = select(*(value.label(str(name)) for name, value in new.items()))
        after = union_all(select(*rows.c), alone).subquery()
    broken: ColumnElement[bool] = literal_column(f"not ({check.expression})")
    query = select(literal(1)).select_from(after).where(broken).limit(1)
    try:
        with connection.begin_nested():
            return connection.execute(query).first() is not None
    except DBAPIError:
        return False


def _after(column: SqlColumn[Any], new: Mapping[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    if column.name not in new:
        return column
    return case((column.is_not(None), new[column.name]), else_=null()).label(column.name)


def _new(column: SqlColumn[Any], value: object, *, typed: bool) -> ColumnElement[Any]:
    written = null() if value is None else literal(value)
    return cast(written, column.type) if typed else written
