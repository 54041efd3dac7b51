"""
What is each driver's own: how places are written, how rows are read. Does I/O.

A cursor of a driver is used as it is; its errors are turned into ours by
:func:`privacykit.connectors.sql.database.guarded`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Connection, Dialect

PAGE = 1000
"""Rows fetched at once while streaming."""

Cursor: TypeAlias = Any
Arguments: TypeAlias = list[Any] | dict[str, Any]
Pages: TypeAlias = Iterator[tuple[Cursor, list[Sequence[Any]]]]


def writing(dialect: Dialect) -> Dialect:
    """Return the dialect to write statements in: on PostgreSQL with the server's own ``$1``."""
    return _numbered() if dialect.name == "postgresql" else dialect


@cache
def _numbered() -> Dialect:
    # Else psycopg would look through the text for places at every run.
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

    return PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


def cursor(connection: Connection) -> AbstractContextManager[Cursor]:
    """Lend a cursor that holds all rows."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        from psycopg import RawCursor

        return RawCursor(driver)
    return closing(driver.cursor())


def changed(ran: Cursor) -> int:
    """Return how many rows the statement that *ran* changed."""
    if ran.rowcount < 0:
        # Python's SQLite does not count where a statement begins with WITH.
        return int(ran.execute("select changes()").fetchone()[0])
    return int(ran.rowcount)


def pages(connection: Connection, sql: str, arguments: Arguments) -> Pages:
    """Run *sql* and yield its cursor and rows, page by page, in constant memory."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        yield from _postgresql(connection, driver, sql, arguments)
    elif connection.dialect.name == "sqlite":
        with closing(driver.cursor()) as found:
            found.execute(sql, arguments)
            yield from _paged(found)
    else:
        from pymysql.cursors import SSCursor

        with closing(SSCursor(driver)) as found:
            found.execute(sql, arguments)
            yield from _paged(found)


def _postgresql(connection: Connection, driver: Any, sql: str, arguments: Arguments) -> Pages:  # noqa: ANN401
    """Ask for a page; only who has more rows than that is worth a cursor on the server."""
    first = f"with privacykit_page as materialized ({sql}) select * from privacykit_page"  # noqa: S608
    with cursor(connection) as found:
        found.execute(f"{first} limit {PAGE + 1}", arguments)
        rows = found.fetchall()
        if len(rows) <= PAGE:
            yield found, rows
            return
    from psycopg import RawServerCursor

    with RawServerCursor(driver, "privacykit") as found:
        found.execute(sql, arguments)
        yield from _paged(found)


def _paged(found: Cursor) -> Pages:
    while rows := found.fetchmany(PAGE):
        yield found, list(rows)
