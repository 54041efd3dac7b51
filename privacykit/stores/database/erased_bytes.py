"""
Erased bytes in the files of our own databases: overwritten, searched for, said. Does I/O.

A SQLite file deletes with ``secure_delete``, so that a deleted row is zeros. Two copies of it are
left: the pages as they were, in the write-ahead log until it is emptied, and, seldom, a cell that
moved to another page while the row was alive, which only a rebuilt file is without.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress

from sqlalchemy import Engine

from privacykit.connectors.bytesearch import count_in_sqlite
from privacykit.errors import StoreError
from privacykit.stores.database.engine import vacuum
from privacykit.stores.database.sqlite import is_sqlite, sqlite_path
from privacykit.stores.database.using import using

READ = (
    "another connection reads {0}: {0}-wal keeps what was erased until that reader ends and the"
    " file is next checkpointed"
)
IN_USE = "{} is in use and was not rebuilt: free pages of it keep what was erased"
STANDS = "{} holds what was erased in another row yet"


def empty_log(engine: Engine) -> bool:
    """
    Empty the write-ahead log of a SQLite file; return whether it is empty: nobody reads.

    It waits for readers as long as a writer does, and no longer. A server's log is the server's.

    Raises:
        StoreError: The database failed.
    """
    if not is_sqlite(engine):
        return True
    with using(engine), closing(engine.raw_connection()) as connection, suppress(sqlite3.Error):
        cursor = connection.cursor()
        cursor.execute("pragma wal_checkpoint(truncate)")
        found = cursor.fetchone()
        return found is not None and not found[0]
    return False


def erase_bytes(engine: Engine, values: Sequence[str]) -> str:
    """
    Make sure that *values*, deleted before, stand in no byte of a SQLite file of ours.

    Args:
        engine: The database; of a server nothing is claimed, nor done.
        values: What was erased, as it was stored.

    Returns:
        What remains and how it ends, in one line without a value; empty when nothing does.

    Raises:
        StoreError: The database failed.
    """
    if not is_sqlite(engine):
        return ""
    path, markers = sqlite_path(engine), [value.encode() for value in values]
    if not empty_log(engine):
        return READ.format(path.name)
    if not count_in_sqlite(path, markers)[1]:
        return ""
    if left := rebuild(engine):
        return left
    return STANDS.format(path.name) if count_in_sqlite(path, markers)[1] else ""


def rebuild(engine: Engine, server: str = "") -> str:
    """
    Rebuild a SQLite file of ours, so that no byte is in it that is in no row.

    Args:
        engine: The database.
        server: What is left where it is a server's, which is not rebuilt.

    Returns:
        As :func:`erase_bytes`.
    """
    if not is_sqlite(engine):
        return server
    name = sqlite_path(engine).name
    try:
        vacuum(engine)
    except StoreError:
        return IN_USE.format(name)
    return "" if empty_log(engine) else READ.format(name)
