"""Rebuild MariaDB tables; what the logs keep cannot be searched from here. Does I/O."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine
from sqlalchemy import Table as SqlTable

from privacykit.govern.erasure.ports.work import Settled
from privacykit.govern.words import Effect

REMAINS = (
    "deleted rows stay in InnoDB pages until they are used again or the table is rebuilt",
    "redo and undo logs keep them until overwritten, the binary log until it expires",
    "replicas and backups are not searched",
)
REBUILT = (
    "the tables were rebuilt; redo and undo logs keep old rows until overwritten",
    "the binary log keeps them until binlog_expire_logs_seconds, if it is on",
    "server files, replicas and backups are not searched",
)


def settle(engine: Engine, tables: Sequence[SqlTable], _: Sequence[bytes]) -> Settled:
    """Rebuild *tables* into new files; the level stays logical, for nobody has looked."""
    preparer = engine.dialect.identifier_preparer
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("set session lock_wait_timeout = 5")
        for table in tables:
            connection.exec_driver_sql(f"alter table {preparer.format_table(table)} force")
    return Settled(Effect.LOGICAL, remains=REBUILT)
