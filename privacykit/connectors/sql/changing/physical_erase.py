"""
Make an erasure physical, then look whether it is. Does I/O.

.. code-block:: text

    SQLite      secure_delete while deleting, checkpoint (whatever the level), search the files,
                VACUUM, search again
    PostgreSQL  VACUUM FULL, checkpoint, search tables and write-ahead log through the server
    MariaDB     rebuild the tables; redo, undo and binary logs cannot be searched: logical

A level is reported only after it was seen. What still holds the data is said in words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Engine
from sqlalchemy import Table as SqlTable

from privacykit.connectors.sql.database import guarded
from privacykit.connectors.sql.dialects import erase_mariadb as settle_mariadb
from privacykit.connectors.sql.dialects import erase_postgresql as settle_postgresql
from privacykit.connectors.sql.dialects import erase_sqlite as settle_sqlite
from privacykit.govern.erasure.ports.work import Settled
from privacykit.govern.words import Effect

_Settle = Callable[[Engine, Sequence[SqlTable], Sequence[bytes]], Settled]
_STORES: dict[str, tuple[_Settle, tuple[str, ...]]] = {
    "sqlite": (settle_sqlite.settle, settle_sqlite.REMAINS),
    "postgresql": (settle_postgresql.settle, settle_postgresql.REMAINS),
    "mysql": (settle_mariadb.settle, settle_mariadb.REMAINS),
    "mariadb": (settle_mariadb.settle, settle_mariadb.REMAINS),
}


def reachable_effect(dialect: str, asked: Effect) -> Effect:
    """Return the level that a store of *dialect* can be planned to reach when *asked* for one."""
    return asked if dialect == "sqlite" and asked is Effect.ERASED else Effect.LOGICAL


def settle_store(
    engine: Engine, tables: Sequence[SqlTable], asked: Effect, markers: Sequence[str]
) -> Settled:
    """
    Take the step that reaches *asked* on *tables* and search for *markers*.

    Raises:
        StoreError: The database refused the step.
    """
    settle, remains = _STORES[engine.dialect.name]
    with guarded("making the erasure physical", engine):
        if asked is not Effect.ERASED:
            if engine.dialect.name == "sqlite":
                remains = settle_sqlite.empty_log(engine)
            return Settled(Effect.LOGICAL, remains=remains)
        return settle(engine, tables, [marker.encode() for marker in markers if marker])
