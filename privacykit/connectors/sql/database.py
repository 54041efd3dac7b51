"""
Open an application's database: SQLite, PostgreSQL, MariaDB. Does I/O.

Laws of this file: no message repeats a driver's words, for they quote rows; a writer takes its
lock when it begins; nobody waits for a lock longer than :data:`LOCK_SECONDS`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy import event as on
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from privacykit.connectors.sql.digest import add_digests
from privacykit.connectors.sql.drivers import PAGE
from privacykit.errors import ConfigurationError, MissingExtraError, Problem, StoreError

LOCK_SECONDS = 5
"""How long one statement waits for rows that the application holds."""

PREPARED = 400
"""Statements that PostgreSQL keeps prepared for a connection."""

_DRIVERS = {
    "sqlite": ("sqlite+pysqlite", ""),
    "postgresql": ("postgresql+psycopg", "postgres"),
    "mysql": ("mysql+pymysql", "mariadb"),
    "mariadb": ("mysql+pymysql", "mariadb"),
}
_WRITES = {"privacykit_writes": True}
_LOCK_TIMEOUTS = {
    "postgresql": f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'",
    "mysql": f"SET SESSION innodb_lock_wait_timeout = {LOCK_SECONDS}",
}


def open_database(url: str) -> Engine:
    """
    Open the database at *url*; nothing is connected to yet.

    Raises:
        ConfigurationError: *url* names no database that this connector serves (PK211 family). It
            is not in the message.
        MissingExtraError: The driver is not installed.
    """
    try:
        place = make_url(url)
        driver, extra = _DRIVERS[place.get_backend_name()]
    except (ArgumentError, KeyError):
        raise ConfigurationError(
            Problem(
                "PK218",
                "datamap.toml",
                "url",
                "not a database that we know",
                "sqlite:///…, postgresql://… or mariadb://…; for others name a connector",
            )
        ) from None
    if "+" not in place.drivername:
        place = place.set(drivername=driver)
    try:
        engine = create_engine(place, hide_parameters=True, pool_pre_ping=bool(extra))
    except ImportError:
        raise MissingExtraError(extra, "this data map") from None
    if extra == "mariadb":
        on.listen(engine, "connect", _prepare_mariadb)
    if engine.dialect.name == "sqlite":
        on.listen(engine, "connect", _prepare_sqlite)
        on.listen(engine, "begin", _begin_sqlite)
    if engine.dialect.name == "postgresql":
        on.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: Any, _: object) -> None:  # noqa: ANN401 - a driver's own
    # Compiling a statement of many cases takes a second; running it takes milliseconds.
    before, connection.autocommit = connection.autocommit, True
    connection.execute("set jit = off")
    connection.autocommit = before
    # One person's plan and erasure are some hundred statements, each dear to plan.
    connection.prepared_max = PREPARED


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    # The driver's own transactions begin too late; ours begin with a statement of ours.
    connection.isolation_level = None
    for pragma in ("foreign_keys=on", "secure_delete=on", f"busy_timeout={LOCK_SECONDS * 1000}"):
        connection.execute(f"pragma {pragma}")
    add_digests(connection)


def _prepare_mariadb(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's own
    # A timestamp is shown in the session's zone; a column without zone is taken for UTC.
    with connection.cursor() as cursor:
        cursor.execute("set time_zone = '+00:00'")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    writes = options.get("privacykit_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading(engine: Engine, what: str) -> Iterator[Connection]:
    """
    Lend a connection that streams, in a transaction.

    Raises:
        StoreError: The database refused; *what* was being done is in the message, no row is.
    """
    with guarded(what, engine), engine.connect() as bare:
        connection = bare.execution_options(stream_results=True, yield_per=PAGE)
        connection.begin()
        yield connection


@contextmanager
def writing(engine: Engine, what: str) -> Iterator[Connection]:
    """
    Lend a connection in one transaction, committed at the end.

    Raises:
        StoreError: The database refused, and nothing was done.
    """
    with (
        guarded(what, engine),
        engine.connect().execution_options(**_WRITES) as connection,
        connection.begin(),
    ):
        if statement := _LOCK_TIMEOUTS.get(engine.dialect.name):
            connection.exec_driver_sql(statement)
        yield connection


@contextmanager
def guarded(what: str, engine: Engine) -> Iterator[None]:
    """
    Turn an error of SQLAlchemy or of the driver into ours.

    Raises:
        StoreError: With the kind of error only.
    """
    try:
        yield
    except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error) as error:
        raise StoreError(f"{what}: the database answered {kind_of(error)}") from None


def kind_of(error: Exception) -> str:
    """Return the error's class and the server's code; never its message, which quotes rows."""
    original: Any = getattr(error, "orig", error)
    code = getattr(original, "sqlstate", None) or getattr(original, "sqlite_errorname", None)
    arguments = getattr(original, "args", ())
    if code is None and arguments and isinstance(arguments[0], int):
        code = arguments[0]
    return type(error).__name__ + (f" {code}" if code else "")
