"""
Open and use the databases of our own stores: SQLite, PostgreSQL, MariaDB. Does I/O.

Laws of this file:

1. No message holds a credential, a parameter or a row: a driver's own words are never repeated.
2. What was committed is on disk: SQLite runs with ``synchronous=FULL``.
3. A connection never crosses a fork.
4. A writer takes its lock when it begins (``BEGIN IMMEDIATE``), so it never fails half-way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakSet

from sqlalchemy import (
    Connection,
    Engine,
    NullPool,
    Pool,
    create_engine,
    make_url,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from privacykit import forks
from privacykit.errors import ConfigurationError, MissingExtraError, Problem
from privacykit.logs.libraries import withhold_library_logs
from privacykit.stores.database.sqlite import (
    BUSY_SECONDS,
    STATEMENTS,
    StoreKind,
    begin_by,
    is_sqlite,
    settle_sqlite,
)
from privacykit.stores.database.using import using

CONNECT_SECONDS = 5
"""How long we wait for a database server to answer."""

STATEMENT_SECONDS = 300
"""How long one statement may take: the longest of ours frees a month of events."""
SILENT_SECONDS = 30
"""How long a server may acknowledge nothing that we sent it."""

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

_engines: WeakSet[Engine] = WeakSet()
_abandoned: list[Pool] = []


def open_engine(url: str, *, kind: StoreKind, where: str = "") -> Engine:
    """
    Open the database at *url* for a store of *kind*; nothing is connected to yet.

    A SQLite file is created at the first connection, readable by its owner only.

    Args:
        url: ``sqlite:///file.db``, ``postgresql+psycopg://…`` or ``mysql+pymysql://…``.
        kind: What the database holds; on SQLite the journal differs.
        where: Dotted path of the table that names it, for errors; the one of *kind* if unsaid.

    Returns:
        An engine that may be shared by threads and survives a fork.

    Raises:
        ConfigurationError: If *url* cannot be read, names another database, or a file in a folder
            that does not exist. The URL is not in the message.
        MissingExtraError: If the driver is not installed.
    """
    where = where or kind
    place, extra = resolve(url, where)
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
        arguments["connect_args"] = {"connect_timeout": CONNECT_SECONDS, **_patience(place)}
    withhold_library_logs()
    try:
        engine = create_engine(place, **arguments)
    except ImportError:
        raise MissingExtraError(extra, f"the database of {where}.url") from None
    if on_disk:
        settle_sqlite(engine, kind, BUSY_SECONDS)
    _engines.add(engine)
    return engine


def _patience(place: URL) -> dict[str, object]:
    """Return how long a statement may take, and how long a server may be silent."""
    if place.get_backend_name() != "postgresql":
        locks = f"set innodb_lock_wait_timeout = {BUSY_SECONDS}, lock_wait_timeout = {BUSY_SECONDS}"
        ends: dict[str, object] = {
            "read_timeout": STATEMENT_SECONDS,
            "write_timeout": STATEMENT_SECONDS,
        }
        return ends if "init_command" in place.query else {"init_command": locks, **ends}
    silent: dict[str, object] = {
        "tcp_user_timeout": SILENT_SECONDS * 1000,
        "keepalives_idle": SILENT_SECONDS,
        "keepalives_interval": CONNECT_SECONDS,
        "keepalives_count": 2,
    }
    if "options" in place.query:
        return silent
    times = f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout={BUSY_SECONDS}s"
    return {"options": times, **silent}


def resolve(url: str, where: str) -> tuple[URL, str]:
    """
    Return the place that *url* names, and the extra that its driver needs, empty for SQLite.

    Raises:
        _misconfigured: As for :func:`open_engine`; *where* is the table that names it.
    """
    try:
        parsed = make_url(url)
        driver, extra = _DRIVERS[parsed.drivername]
    except (ArgumentError, KeyError, ValueError):
        message = "not the URL of a database we know"
        hint = "use sqlite:///FILE, postgresql+psycopg://… or mysql+pymysql://…"
        raise _misconfigured("PK130", where, message, hint) from None
    parsed = parsed.set(drivername=driver)
    if extra:
        return parsed, extra
    if parsed.query or not parsed.database or parsed.database == ":memory:":
        hint = "use sqlite:///FILE, without options"
        raise _misconfigured("PK131", where, "not the URL of a SQLite file", hint)
    if not Path(parsed.database).absolute().parent.is_dir():
        message = "the folder of the SQLite file does not exist"
        raise _misconfigured("PK132", where, message, "create it first")
    return parsed, extra


def _misconfigured(id_: str, where: str, message: str, hint: str) -> ConfigurationError:
    return ConfigurationError(Problem(id_, "privacykit.toml", f"{where}.url", message, hint))


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """
    Open a transaction that writes; committed at the end of the block, rolled back on any error.

    Raises:
        StoreError: The database failed; nothing of the block is kept, unless the commit itself
            went unanswered.
    """
    with using(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """
    Open a transaction that only reads: on SQLite it never waits for writers in WAL mode.

    Raises:
        StoreError: The database failed.
    """
    with using(engine), engine.connect() as connection:
        begin_by(connection, "begin")
        with connection.begin():
            yield connection


def vacuum(engine: Engine) -> None:
    """
    Rebuild a SQLite file, so that nothing is in it but what is in its tables.

    Raises:
        StoreError: The database failed or is in use for longer than `BUSY_SECONDS`.
    """
    with using(engine), engine.connect() as connection:
        # The one statement that SQLite wants outside of any transaction.
        begin_by(connection, "vacuum")
        connection.begin()


def _before_fork() -> None:
    for engine in list(_engines):
        if is_sqlite(engine):
            engine.dispose()


def _after_fork_in_child() -> None:
    # SQLite forbids even to close, in a child, what the parent opened; so nothing may be freed.
    for engine in list(_engines):
        _abandoned.append(engine.pool)
        engine.dispose(close=False)


forks.close(_before_fork, _after_fork_in_child)
