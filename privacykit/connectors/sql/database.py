"""
Open an application's database: SQLite, PostgreSQL, MariaDB. Does I/O.

Laws of this file: no message repeats a driver's words, for they quote rows; a writer takes its
lock when it begins; nobody waits for a lock longer than :data:`LOCK_SECONDS`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy import event as on
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from privacykit.connectors.sql.dialects.values_postgresql import read_as_compared
from privacykit.connectors.sql.digest import add_digests
from privacykit.connectors.sql.reading.contains import add_search
from privacykit.connectors.statements.drivers import PAGE
from privacykit.errors import ConfigurationError, MissingExtraError, Problem, StoreError
from privacykit.logs.libraries import withhold_library_logs

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
WRITES = {"privacykit_writes": True}
_LOCK_TIMEOUTS = {
    "postgresql": f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'",
    "mysql": f"SET SESSION innodb_lock_wait_timeout = {LOCK_SECONDS}",
}


_UNKNOWN = Problem(
    "PK218",
    "datamap.toml",
    "url",
    "not a database that we know",
    "sqlite:///…, postgresql://… or mariadb://…; for others name a connector",
)


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
    except (ArgumentError, KeyError, ValueError):
        raise ConfigurationError(_UNKNOWN) from None
    if "+" not in place.drivername:
        place = place.set(drivername=driver)
    withhold_library_logs()
    try:
        engine = create_engine(place, hide_parameters=True, pool_pre_ping=bool(extra))
    except ImportError:
        raise MissingExtraError(extra, "this data map") from None
    except ArgumentError:
        raise ConfigurationError(_UNKNOWN) from None
    if extra == "mariadb":
        on.listen(engine, "connect", _prepare_mariadb)
    if engine.dialect.name == "sqlite":
        on.listen(engine, "connect", _prepare_sqlite)
        on.listen(engine, "begin", _begin_sqlite)
    if engine.dialect.name == "postgresql":
        on.listen(engine, "connect", _prepare_postgresql)
    return engine


def check_there(url: str) -> None:
    """
    Make sure that a SQLite file is there: SQLite would make it, and everybody be found nowhere.

    Raises:
        StoreError: It is not there.
    """
    try:
        place = make_url(url)
    except (ArgumentError, ValueError):
        return  # told where it is opened
    named = place.database or ":memory:"
    is_file = place.get_backend_name() == "sqlite" and named != ":memory:" and "file:" not in named
    if is_file and not Path(named).exists():
        raise StoreError("the database file is not there")


def _prepare_postgresql(connection: Any, _: object) -> None:  # noqa: ANN401 - a driver's own
    # Compiling a statement of many cases takes a second; running it takes milliseconds.
    before, connection.autocommit = connection.autocommit, True
    connection.execute("set jit = off")
    connection.autocommit = before
    # One person's plan and erasure are some hundred statements, each dear to plan.
    connection.prepared_max = PREPARED
    read_as_compared(connection)


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    # The driver's own transactions begin too late; ours begin with a statement of ours.
    connection.isolation_level = None
    for pragma in ("foreign_keys=on", "secure_delete=on", f"busy_timeout={LOCK_SECONDS * 1000}"):
        connection.execute(f"pragma {pragma}")
    add_digests(connection)
    add_search(connection)


def _prepare_mariadb(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's own
    # A timestamp is shown in the session's zone; a column without zone is taken for UTC.
    with connection.cursor() as cursor:
        cursor.execute("set time_zone = '+00:00'")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    writes = options.get("privacykit_writes")
    driver: Any = connection.connection.driver_connection
    driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")


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
        engine.connect().execution_options(**WRITES) as connection,
        connection.begin(),
    ):
        if statement := _LOCK_TIMEOUTS.get(engine.dialect.name):
            connection.exec_driver_sql(statement)
        yield connection


class guarded:  # noqa: N801 - a context manager, used as a function
    """
    Turn an error of SQLAlchemy or of the driver into ours.

    Args:
        what: What is being done.
        engine: The database.

    Raises:
        StoreError: With the kind of error only.
    """

    __slots__ = ("_engine", "_what")

    def __init__(self, what: str, engine: Engine) -> None:
        self._what, self._engine = what, engine

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        if error is None:
            return
        if isinstance(error, (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error)):
            raise StoreError(f"{self._what}: the database answered {kind_of(error)}") from None


def kind_of(error: Exception) -> str:
    """Return the error's class and the server's code; never its message, which quotes rows."""
    code = code_of(error)
    return type(error).__name__ + ("" if code is None else f" {code}")


def code_of(error: Exception) -> str | int | None:
    """Return the server's own code of *error*: a number on MariaDB, a name on the others."""
    original: Any = getattr(error, "orig", None) or error
    arguments = getattr(original, "args", ())
    if arguments and isinstance(arguments[0], int):
        return arguments[0]
    return getattr(original, "sqlstate", None) or getattr(original, "sqlite_errorname", None)
