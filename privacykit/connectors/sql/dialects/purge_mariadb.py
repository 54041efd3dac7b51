"""
Retention on MariaDB. Does I/O.

A change of partitions waits for readers while everybody later waits behind it, so it waits briefly
and comes again. Times are compared in UTC, whatever the server's zone is.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Delete, Engine, delete, literal_column, text
from sqlalchemy import Table as SqlTable
from sqlalchemy.exc import DBAPIError

from privacykit.connectors.sql.dialects.partitions import Partition, Store
from privacykit.connectors.sql.ownership.predicates import Predicate
from privacykit.govern.retention.purger import Dropped

LOCK_SECONDS = 2
TRIES = 3
_LOCKED = frozenset({1205, 1213})
_LAST = 1508

_PARTS = text("""
    select partition_name as name, partition_description as bound, table_rows as estimate,
           partition_expression as expression, partition_method as method
    from information_schema.partitions
    where table_schema = coalesce(:schema, database()) and table_name = :table
      and partition_method in ('RANGE', 'RANGE COLUMNS') and subpartition_name is null
    order by partition_ordinal_position
""")
"""Partitions come in the order of their bounds; the last may be ``MAXVALUE``."""


def parts(
    connection: Connection,
    table: SqlTable,
    column: str,
    cut: Any,  # noqa: ANN401
) -> list[Partition]:
    """Name the partitions whose upper bound is not after *cut*."""
    named = {"schema": table.schema, "table": table.name}
    found: list[Partition] = []
    before: ColumnElement[Any] | None = None
    for row in connection.execute(_PARTS, named).all():
        if f"`{column}`" not in row.expression or row.expression.count("`") != 2:  # noqa: PLR2004
            return []
        if row.bound == "MAXVALUE":
            break
        # The catalogue's own words, so they may be read back as SQL.
        until: ColumnElement[Any] = literal_column(row.bound)
        reached = row.expression.replace(f"`{column}`", ":cut")
        query = text(f"select {row.bound} <= {reached}").bindparams(cut=cut)
        if not connection.execute(query).scalar():
            break
        place: ColumnElement[Any] = literal_column(row.expression)
        inside = place < until if before is None else (place < until) & (place >= before)
        found.append(Partition(row.name, int(row.estimate or 0), inside))
        before = until
    return found


def drop(
    engine: Engine,
    table: SqlTable,
    column: str,
    cut: Any,  # noqa: ANN401
    part: str,
) -> Dropped:
    """Drop *part*; the last one there is is emptied instead."""
    prepare = engine.dialect.identifier_preparer
    whole, single = prepare.format_table(table), prepare.quote(part)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"set lock_wait_timeout = {LOCK_SECONDS}")
        for attempt in range(TRIES):
            if part not in {item.name for item in parts(connection, table, column, cut)}:
                return "gone"
            code = _tried(connection, f"alter table {whole} drop partition {single}")
            if code == _LAST:
                code = _tried(connection, f"alter table {whole} truncate partition {single}")
            if code == 0:
                return "dropped"
            time.sleep(0.1 * (attempt + 1))
    return "busy"


def some(
    connection: Connection,
    table: SqlTable,
    key: Sequence[ColumnElement[Any]],
    free: Predicate,
    limit: int,
) -> Delete:
    """Write the statement that deletes *limit* of the rows that are *free*."""
    del connection, key
    # SQLAlchemy writes no LIMIT in a DELETE; as the last term of WHERE it stands where it must.
    term: ColumnElement[bool] = literal_column(f"1 = 1 limit {int(limit)}")
    return delete(table).where(free, term)


def _tried(connection: Connection, statement: str) -> int:
    try:
        connection.exec_driver_sql(statement)
    except DBAPIError as error:
        code = error.orig.args[0] if error.orig is not None and error.orig.args else None
        if code in _LOCKED or code == _LAST:
            return int(code)
        raise
    return 0


STORE = Store(parts, drop, some)
