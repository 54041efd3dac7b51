"""Erase from the bytes of a SQLite database and search them. Does I/O."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy import Table as SqlTable

from privacykit.connectors.bytesearch import count_in_sqlite
from privacykit.govern.erasure.ports.work import Settled
from privacykit.govern.words import Effect

REMAINS = (
    "deleted rows may stay in the file until it is vacuumed",
    "backups and copies of the file are not searched",
)
COPIES = "backups and copies of the file, and blocks freed inside an SSD, are not searched"
BUSY = (
    "another connection reads the database: the file beside it that ends in -wal keeps what was"
    " deleted until that reader ends; then `pragma wal_checkpoint(truncate)` empties it"
)


def empty_log(engine: Engine) -> tuple[str, ...]:
    """
    Empty the write-ahead log, which holds the pages as they were before; nothing is searched.

    Returns:
        What remains, in words: with :data:`BUSY` where somebody reads.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        return (BUSY, *REMAINS) if _checkpoint(connection) else REMAINS


def settle(engine: Engine, _: Sequence[SqlTable], markers: Sequence[bytes]) -> Settled:
    """Checkpoint, search, and rewrite the whole file if anything is left."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        files = connection.exec_driver_sql("pragma database_list").all()
        place = next((row[2] for row in files if row[1] == "main"), "")
        if not place:
            return Settled(Effect.ERASED, remains=("a database in memory; swap is not searched",))
        if connection.exec_driver_sql("pragma encoding").scalar() != "UTF-8":
            return Settled(Effect.LOGICAL, remains=("the file's encoding cannot be searched",))
        busy = _checkpoint(connection)
        searched, hits = count_in_sqlite(Path(place), markers)
        if hits:
            connection.exec_driver_sql("vacuum")
            busy = _checkpoint(connection)
            again, hits = count_in_sqlite(Path(place), markers)
            searched += again
    if hits:
        return Settled(Effect.LOGICAL, searched, hits, (BUSY,) if busy else REMAINS)
    return Settled(Effect.ERASED, searched, 0, (COPIES,))


def _checkpoint(connection: Connection) -> bool:
    return bool(connection.exec_driver_sql("pragma wal_checkpoint(truncate)").one()[0])
