"""
Rewrite PostgreSQL tables, and search them and the write-ahead log through the server. Does I/O.

Only a superuser may read the server's files. The log keeps what was deleted until its segments are
overwritten, so that *erased* is seldom seen at once; then the report says what still holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Connection, Engine, text
from sqlalchemy import Table as SqlTable

from privacykit.connectors.bytesearch import BLOCK, count_in_blocks
from privacykit.govern.erasure.ports.work import Settled
from privacykit.govern.words import Effect

REMAINS = (
    "dead rows stay in the table until VACUUM, and in free pages until they are used again",
    "indexes keep them until VACUUM (INDEX_CLEANUP ON): a plain one skips them where few are dead",
    "the write-ahead log keeps them until its segments are recycled, archives until they expire",
    "replicas and backups are not searched",
)
UNSEEN = "the server's files may be read by a superuser only; they were not searched"
COPIES = "archived log, replicas and backups are not searched; values over 2 kB may be compressed"

_FILES = text(
    "select pg_relation_filepath(c.oid) from pg_class c where c.oid = to_regclass(:name)"
    " or c.oid = (select reltoastrelid from pg_class where oid = to_regclass(:name))"
    " or c.oid in (select indexrelid from pg_index where indrelid = to_regclass(:name))"
)
_LOG = text("select 'pg_wal/' || name from pg_ls_waldir()")
_SIZE = text("select size from pg_stat_file(:file, true)")
_READ = text("select pg_read_binary_file(:file, :at, :length, true)")
SEGMENT_LIMIT = 1 << 30


def settle(engine: Engine, tables: Sequence[SqlTable], markers: Sequence[bytes]) -> Settled:
    """Rewrite *tables*, switch the log, search both."""
    preparer = engine.dialect.identifier_preparer
    names = [preparer.format_table(table) for table in tables]
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("set lock_timeout = '5s'")
        for name in names:
            connection.exec_driver_sql(f"vacuum (full) {name}")
        if not connection.execute(
            text("select usesuper from pg_user where usename = user")
        ).scalar():
            return Settled(Effect.LOGICAL, remains=(*REMAINS, UNSEEN))
        connection.exec_driver_sql("select pg_switch_wal()")
        connection.exec_driver_sql("checkpoint")
        size, hits = _search(connection, _table_files(connection, names), markers)
        log_size, log_hits = _search(connection, connection.execute(_LOG).scalars().all(), markers)
        connection.exec_driver_sql("reset lock_timeout")
    searched = size + log_size
    if hits:
        return Settled(Effect.LOGICAL, searched, hits + log_hits, REMAINS)
    if log_hits:
        left = f"the write-ahead log still holds {log_hits} places until it is recycled"
        return Settled(Effect.LOGICAL, searched, log_hits, (left, COPIES))
    return Settled(Effect.ERASED, searched, 0, (COPIES,))


def _table_files(connection: Connection, names: Sequence[str]) -> list[str]:
    found = []
    for name in names:
        for first in connection.execute(_FILES, {"name": name}).scalars():
            number = 0
            while connection.execute(_SIZE, {"file": _part(first, number)}).scalar() is not None:
                found.append(_part(first, number))
                number += 1
    return found


def _part(first: str, number: int) -> str:
    return first if number == 0 else f"{first}.{number}"


def _search(
    connection: Connection, files: Sequence[str], markers: Sequence[bytes]
) -> tuple[int, int]:
    size = hits = 0
    for file in files:
        read, found = count_in_blocks(_reader(connection, file), markers)
        size, hits = size + read, hits + found
    return size, hits


def _reader(connection: Connection, file: str) -> Callable[[], bytes]:
    def blocks() -> Iterator[bytes]:
        for at in range(0, SEGMENT_LIMIT, BLOCK):
            block = connection.execute(_READ, {"file": file, "at": at, "length": BLOCK}).scalar()
            if not block:
                return
            yield bytes(block)

    stream = blocks()
    return lambda: next(stream, b"")
