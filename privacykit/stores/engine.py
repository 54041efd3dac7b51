"""
Open and use the databases of our own stores: SQLite, PostgreSQL, MariaDB. Does I/O.

Laws of this file:

1. No message holds a credential, a parameter or a row: a driver's own words are never repeated.
2. What was committed is on disk: SQLite runs with ``synchronous=FULL``.
3. A connection never crosses a fork.
4. A writer takes its lock when it begins (``BEGIN IMMEDIATE``), so it never fails half-way.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal
from weakref import WeakSet

from sqlalchemy import Connection, Engine, Insert, NullPool, Pool, Table, create_engine, make_url
from sqlalchemy import event as on
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from privacykit.errors import ConfigurationError, MissingExtraError, Problem, StoreError

StoreKind = Literal["events", "records", "salts"]

BUSY_SECONDS = 10
"""How long a writer waits for another one on SQLite before it gives up."""

STATEMENTS = 16
"""
Statements a SQLite connection keeps prepared. A list of ids makes a long statement of its own for
each length, and the 128 that Python keeps by default were some 10 MB.
"""

CACHE_KB = 512
"""
Pages a SQLite connection keeps. It drops them all whenever another connection has written, so more
than one transaction needs is only memory, and each thread gets its own share of it.
"""

CONNECT_SECONDS = 5
"""How long we wait for a database server to answer."""

TABLE_OPTIONS: Mapping[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}
"""For every `Table` of ours: MariaDB else compares keys without regard to case."""

_DRIVERS = {
    "sqlite": ("sqlite+pysqlite", ""),
    "sqlite+pysqlite": ("sqlite+pysqlite", ""),
    "postgresql": ("postgresql+psycopg", "postgres"),
    "postgresql+psycopg": ("postgresql+psycopg", "postgres"),
    "mysql": ("mysql+pymysql", "mariadb"),
    "mysql+pymysql": ("mysql+pymysql", "mariadb"),
    "mariadb": ("mysql+pymysql", "mariadb"),
    "mariadb+pymysql": ("mysql+pymysql", "mariadb"),
}
"""Spelling in a URL -> the driver used, the extra that brings it."""

_PRAGMAS = {
    # Not a write-ahead log: it keeps a salt's bytes until it happens to be overwritten.
    # It persists, so that its blocks can be overwritten: a deleted file's cannot.
    "salts": ("journal_mode=persist", "temp_store=memory", "cache_spill=off"),
    "records": ("journal_mode=wal",),
    # Every 1000 pages it would stall one commit in a hundred.
    "events": ("journal_mode=wal", "wal_autocheckpoint=4000"),
}
_PRAGMAS_OF_ALL = (
    "synchronous=full",
    "secure_delete=on",
    "foreign_keys=on",
    f"cache_size=-{CACHE_KB}",
)

_CAUSES = (
    ("password authentication", "the server refused the login"),
    ("access denied", "the server refused the login"),
    ("no pg_hba", "the server refused the login"),
    ("refused", "nothing listens there"),
    ("can't connect", "nothing listens there"),
    ("timed out", "no answer in time"),
    ("timeout", "no answer in time"),
    ("does not exist", "database or table does not exist"),
    ("unknown database", "database or table does not exist"),
    ("no such table", "database or table does not exist"),
    ("locked", "another writer holds it"),
    ("readonly", "it is read-only"),
    ("read-only", "it is read-only"),
    ("full", "no space left"),
    ("malformed", "the file is damaged"),
    ("not a database", "the file is not a database of ours"),
    ("unable to open", "the file cannot be opened"),
)

_engines: WeakSet[Engine] = WeakSet()
_abandoned: list[Pool] = []


def open_engine(url: str, *, kind: StoreKind) -> Engine:
    """
    Open the database at *url* for a store of *kind*; nothing is connected to yet.

    A SQLite file is created at the first connection, readable by its owner only.

    Args:
        url: ``sqlite:///file.db``, ``postgresql+psycopg://…`` or ``mysql+pymysql://…``.

        kind: What the database holds; on SQLite the journal differs.

    Returns:
        An engine that may be shared by threads and survives a fork.

    Raises:
        ConfigurationError:
            If *url* cannot be read, names another database, or a file in a folder that does not
            exist. The URL is not in the message.

        MissingExtraError:
            If the driver is not installed.
    """
    place, extra = _resolve(url, kind)
    on_disk = not extra
    arguments: dict[str, Any] = {"hide_parameters": True}
    if kind == "salts":
        # A salt must not linger in the buffers of an idle connection.
        arguments["poolclass"] = NullPool
    else:
        # In turn, all would be used and none would find its pages and statements still valid.
        arguments["pool_use_lifo"] = True
    if on_disk:
        arguments["connect_args"] = {"timeout": BUSY_SECONDS, "cached_statements": STATEMENTS}
    else:
        arguments |= {"isolation_level": "READ COMMITTED", "pool_pre_ping": True}
        arguments["connect_args"] = {"connect_timeout": CONNECT_SECONDS}
    try:
        engine = create_engine(place, **arguments)
    except ImportError:
        raise MissingExtraError(extra, f"the [{kind}] database") from None
    if on_disk:
        _settle_sqlite(engine, kind)
    _engines.add(engine)
    return engine


def _resolve(url: str, kind: StoreKind) -> tuple[URL, str]:
    try:
        parsed = make_url(url)
        driver, extra = _DRIVERS[parsed.drivername]
    except (ArgumentError, KeyError, ValueError):
        raise _misconfigured(
            "PK130",
            kind,
            "not the URL of a database we know",
            "use sqlite:///FILE, postgresql+psycopg://… or mysql+pymysql://…",
        ) from None
    parsed = parsed.set(drivername=driver)
    if extra:
        return parsed, extra
    if parsed.query or not parsed.database or parsed.database == ":memory:":
        raise _misconfigured(
            "PK131", kind, "not the URL of a SQLite file", "use sqlite:///FILE, without options"
        )
    if not Path(parsed.database).absolute().parent.is_dir():
        raise _misconfigured(
            "PK132", kind, "the folder of the SQLite file does not exist", "create it first"
        )
    return parsed, extra


def _misconfigured(code: str, kind: str, message: str, hint: str) -> ConfigurationError:
    return ConfigurationError(Problem(code, "privacykit.toml", f"{kind}.url", message, hint))


def is_sqlite(engine: Engine) -> bool:
    """Tell whether *engine* is a file of ours and not a server."""
    return engine.dialect.name == "sqlite"


def sqlite_path(engine: Engine) -> Path:
    """Return the file behind a SQLite *engine*; journals stand beside it under longer names."""
    return Path(str(engine.url.database)).absolute()


def insert_absent(engine: Engine, table: Table) -> Insert:
    """
    Return an insert into *table* that leaves a row with the same key as it is.

    The count of rows is not to be trusted (MariaDB counts the old row too): read back.
    """
    if engine.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    if is_sqlite(engine):
        return sqlite.insert(table).on_conflict_do_nothing()
    # Not INSERT IGNORE: it would also ignore a value cut short.
    first = next(iter(table.primary_key.columns))
    return mysql.insert(table).on_duplicate_key_update({first.name: first})


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """
    Open a transaction that writes; committed at the end of the block, rolled back on any error.

    Raises:
        StoreError: The database failed; nothing of the block is kept, unless the commit itself
            went unanswered.
    """
    with translated(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """
    Open a transaction that only reads: on SQLite it never waits for writers in WAL mode.

    Raises:
        StoreError: The database failed.
    """
    with translated(engine), engine.connect() as bare:
        connection = bare.execution_options(privacykit_begin="begin")
        with connection.begin():
            yield connection


def vacuum(engine: Engine) -> None:
    """
    Rebuild a SQLite file, so that nothing is in it but what is in its tables.

    Raises:
        StoreError: The database failed or is in use for longer than `BUSY_SECONDS`.
    """
    with translated(engine), engine.connect() as bare:
        # The one statement that SQLite wants outside of any transaction.
        bare.execution_options(privacykit_begin="vacuum").begin()


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """
    Turn failures of databases and files into errors of ours.

    Raises:
        StoreError: In words of ours, since those of drivers quote values and users.
    """
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        raise StoreError(f"PK133 database ({engine.dialect.name}): {cause(error)}") from None


def cause(error: Exception) -> str:
    """Say what went wrong in words of ours: those of drivers quote values and users."""
    origin = getattr(error, "orig", None) or error
    said = str(origin).lower()
    words = next((ours for theirs, ours in _CAUSES if theirs in said), "it failed")
    code = getattr(origin, "sqlstate", None) or getattr(origin, "sqlite_errorname", None)
    if not code and origin.args and isinstance(origin.args[0], int):
        code = origin.args[0]
    return f"{words} ({type(origin).__name__}{f' {code}' if code else ''})"


def _settle_sqlite(engine: Engine, kind: StoreKind) -> None:
    path = sqlite_path(engine)

    @on.listens_for(engine, "do_connect")
    def create(*_: object) -> None:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))

    @on.listens_for(engine, "connect")
    def settle(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None
        journal, *rest = _PRAGMAS[kind]
        for pragma in (*_PRAGMAS_OF_ALL, *rest):
            connection.execute(f"pragma {pragma}")
        _choose_journal(connection, journal)

    @on.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        connection.exec_driver_sql(options.get("privacykit_begin", "begin immediate"))


def _choose_journal(connection: sqlite3.Connection, journal: str) -> None:
    # SQLite does not wait for others when the mode changes, which happens once in a file's life.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute(f"pragma {journal}")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _before_fork() -> None:
    for engine in list(_engines):
        if is_sqlite(engine):
            engine.dispose()


def _after_fork_in_child() -> None:
    # SQLite forbids even to close, in a child, what the parent opened; so nothing may be freed.
    for engine in list(_engines):
        _abandoned.append(engine.pool)
        engine.dispose(close=False)


if hasattr(os, "register_at_fork"):  # pragma: no branch
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)
