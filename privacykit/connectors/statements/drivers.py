"""
Drivers' own ways: how places are written, how rows are read. Does I/O.

A cursor of a driver is used as it is; its errors are turned into ours by
:func:`privacykit.connectors.sql.database.guarded`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from functools import cache
from itertools import chain
from typing import Any, TypeAlias

from sqlalchemy import Connection, Dialect

PAGE = 1000
"""Rows fetched at once while streaming."""

Cursor: TypeAlias = Any
Arguments: TypeAlias = Sequence[Any] | dict[str, Any]
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
    return lent(connection.connection.driver_connection, connection.dialect)


def lent(driver: Any, dialect: Dialect) -> AbstractContextManager[Cursor]:  # noqa: ANN401
    """Lend a cursor of a *driver*'s connection that holds all rows."""
    if dialect.name == "postgresql":
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
    """Run *sql* and return its cursor and rows, page by page, in constant memory."""
    return together(connection, [(sql, arguments)])[0]


def together(connection: Connection, ready: Sequence[tuple[str, Arguments]]) -> list[Pages]:
    """
    Run statements; return the pages of each, in constant memory however many rows there are.

    Their first pages, together no more than one page's rows, are read at one go: on PostgreSQL
    every statement is sent before the first answer is read, on SQLite one is run after the other.
    MariaDB, which keeps one answer at a time, is asked when the pages are.
    """
    driver: Any = connection.connection.driver_connection
    most = max(1, PAGE // len(ready))
    if connection.dialect.name == "sqlite":
        return [_stepped(driver.execute(sql, arguments), most) for sql, arguments in ready]
    if connection.dialect.name == "postgresql":
        return _pipelined(driver, ready, most)
    return [_unbuffered(driver, sql, arguments) for sql, arguments in ready]


def _stepped(found: Cursor, most: int) -> Pages:
    rows = found.fetchmany(most)
    return chain([(found, rows)], _paged(found)) if len(rows) == most else iter([(found, rows)])


def _pipelined(driver: Any, ready: Sequence[tuple[str, Arguments]], most: int) -> list[Pages]:  # noqa: ANN401
    """Ask for a page; only who has more rows than that is worth a cursor on the server."""
    from psycopg import RawCursor

    cursors = [RawCursor(driver) for _ in ready]
    with driver.pipeline() if len(ready) > 1 else nullcontext():
        for found, (sql, arguments) in zip(cursors, ready, strict=True):
            first = f"with privacykit_page as materialized ({sql}) select * from privacykit_page"  # noqa: S608
            found.execute(f"{first} limit {most + 1}", arguments)
        answers = [found.fetchall() for found in cursors]
    return [
        iter([(found, rows)]) if len(rows) <= most else _served(driver, *one)
        for found, rows, one in zip(cursors, answers, ready, strict=True)
    ]


def _served(driver: Any, sql: str, arguments: Arguments) -> Pages:  # noqa: ANN401
    from psycopg import RawServerCursor

    with RawServerCursor(driver, "privacykit") as found:
        found.execute(sql, arguments)
        yield from _paged(found)


def _unbuffered(driver: Any, sql: str, arguments: Arguments) -> Pages:  # noqa: ANN401
    from pymysql.cursors import SSCursor

    with closing(SSCursor(driver)) as found:
        found.execute(sql, arguments)
        yield from _paged(found)


def _paged(found: Cursor) -> Pages:
    while rows := found.fetchmany(PAGE):
        yield found, list(rows)
