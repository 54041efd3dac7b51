"""
A SQLite file of ours: private, settled by pragmas at each connection. Does I/O.

What was committed is on disk (``synchronous=FULL``), and a writer takes its lock when it begins
(``BEGIN IMMEDIATE``), so it never fails half-way.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal, cast

from sqlalchemy import Connection, Engine, PoolProxiedConnection
from sqlalchemy import event as on

from privacykit.private_files import create_private

StoreKind = Literal["events", "records", "salts"]

BUSY_SECONDS = 10
"""How long a writer waits for another one, on whatever database, before it gives up."""

STATEMENTS = 16
"""Statements a SQLite connection keeps prepared: 128, Python's default, were some 10 MB."""

CACHE_KB = 512
"""Pages a SQLite connection keeps: each thread its own, dropped when another one has written."""

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

_BEGIN = "privacykit.begin"
"""Where a connection says by what words its next transaction begins."""


def is_sqlite(engine: Engine) -> bool:
    """Tell whether *engine* is a file of ours and not a server."""
    return engine.dialect.name == "sqlite"


def sqlite_path(engine: Engine) -> Path:
    """Return the file behind a SQLite *engine*; journals stand beside it under longer names."""
    return Path(str(engine.url.database)).absolute()


def begin_by(connection: Connection, words: str) -> None:
    """Begin the next transaction on a SQLite file by *words*, not by taking the writer's lock."""
    if connection.dialect.name == "sqlite":
        connection.info[_BEGIN] = words


def settle_sqlite(engine: Engine, kind: StoreKind, patience: float) -> None:
    """Make the file of *engine* private and set the pragmas of *kind*, at each connection."""
    path = sqlite_path(engine)

    @on.listens_for(engine, "do_connect")
    def create(*_: object) -> None:
        with suppress(FileExistsError):
            os.close(create_private(path))

    @on.listens_for(engine, "connect")
    def settle(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None
        journal, *rest = _PRAGMAS[kind]
        for pragma in (*_PRAGMAS_OF_ALL, *rest):
            connection.execute(f"pragma {pragma}")
        _choose_journal(connection, journal, patience)

    def begin(dbapi_connection: PoolProxiedConnection) -> None:
        driver = cast("sqlite3.Connection", dbapi_connection.driver_connection)
        driver.execute(dbapi_connection.info.pop(_BEGIN, "begin immediate"))

    # An event would cost each transaction, and each statement in it, several times as much.
    engine.dialect.do_begin = begin  # type: ignore[method-assign]


def _choose_journal(connection: sqlite3.Connection, journal: str, patience: float) -> None:
    # SQLite does not wait for others when the mode changes, which happens once in a file's life.
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute(f"pragma {journal}")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
