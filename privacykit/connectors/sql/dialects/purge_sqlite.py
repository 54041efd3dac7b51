"""
Retention on SQLite. Does I/O.

The one writer of a file waits for a batch as long as it lasts, so batches are boxed in time. What
a batch removes is removed again by the next run if power fails, so it need not be flushed at once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Delete, Engine, delete, literal_column, select
from sqlalchemy import Table as SqlTable
from sqlalchemy import event as on
from sqlalchemy.exc import OperationalError

from privacykit.connectors.sql.database import open_database
from privacykit.connectors.sql.dialects.partitions import Partition, Store
from privacykit.connectors.sql.ownership.predicates import Predicate, in_rows
from privacykit.govern.retention.purger import Dropped

LONGEST = 0.25
"""Seconds a batch may last."""

LARGEST_LOG = 64 * 1024 * 1024
"""Bytes of the write-ahead log from which it is written back between batches."""

_WORKING = ("synchronous=normal", "cache_size=-65536")
"""No flush at each commit where there is a write-ahead log; 64 MB of pages: every batch touches the
same indexes."""


def parts(_: Connection, _table: SqlTable, _column: str, _cut: Any) -> list[Partition]:  # noqa: ANN401
    """Return nothing: SQLite has no partitions."""
    return []


def drop(_: Engine, _table: SqlTable, _column: str, _cut: Any, _part: str) -> Dropped:  # noqa: ANN401
    """Do nothing: SQLite has no partitions."""
    return "gone"


def working(engine: Engine) -> Engine:
    """Return an engine for the same file that is made for purging; the caller disposes of it."""
    made = open_database(engine.url.render_as_string(hide_password=False))

    @on.listens_for(made, "connect")
    def settle(connection: sqlite3.Connection, _: object) -> None:
        for pragma in _WORKING:
            connection.execute(f"pragma {pragma}")

    return made


def some(
    connection: Connection,
    table: SqlTable,
    key: Sequence[ColumnElement[Any]],
    free: Predicate,
    limit: int,
) -> Delete:
    """Write the statement that deletes *limit* of the rows that are *free*."""
    name = _row_name(connection, table)
    names = [name] if name is not None else list(key)
    return delete(table).where(in_rows(names, select(*names).where(free).limit(limit)))


def tidy(engine: Engine) -> None:
    """Write a large log back: while somebody always writes, SQLite never does so by itself."""
    place = Path(f"{engine.url.database}-wal")
    if not place.exists() or place.stat().st_size < LARGEST_LOG:
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("pragma wal_checkpoint(truncate)")


def _row_name(connection: Connection, table: SqlTable) -> ColumnElement[Any] | None:
    rowid: ColumnElement[Any] = literal_column("rowid")
    try:
        connection.execute(select(rowid).select_from(table).limit(0))
    except OperationalError:
        # A table WITHOUT ROWID.
        return None
    return rowid


STORE = Store(parts, drop, some, LONGEST, working, tidy)
