"""
Databases of ours opened by who only looks: nothing is created and nothing written. Does I/O.

A SQLite file that is not there is taken for an empty one, in memory. One that is there is opened
for reading; tables that nobody has needed yet are made in memory beside it, for this connection
only, so that a question about them is answered with nothing. On a server they are an error that
says so: a temporary table would be a write there.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote
from weakref import WeakSet

from sqlalchemy import Connection, Engine, MetaData, StaticPool, create_engine
from sqlalchemy import event as on
from sqlalchemy.schema import CreateTable

from privacykit.stores.database.engine import open_engine, resolve
from privacykit.stores.database.sqlite import StoreKind
from privacykit.stores.database.using import using

_WRITES = frozenset(
    {
        sqlite3.SQLITE_ALTER_TABLE,
        sqlite3.SQLITE_CREATE_INDEX,
        sqlite3.SQLITE_CREATE_TABLE,
        sqlite3.SQLITE_DELETE,
        sqlite3.SQLITE_DROP_INDEX,
        sqlite3.SQLITE_DROP_TABLE,
        sqlite3.SQLITE_INSERT,
        sqlite3.SQLITE_UPDATE,
    }
)

_looking: WeakSet[Engine] = WeakSet()


def open_to_look(url: str, *, kind: StoreKind, where: str = "") -> Engine:
    """
    Open the database at *url* for reading only; a SQLite file is not created.

    Args:
        url: As for :func:`~privacykit.stores.database.engine.open_engine`.
        kind: What the database holds.
        where: Dotted path of the table that names it, for errors; the one of *kind* if unsaid.

    Raises:
        ConfigurationError: *url* cannot be read, or names a file in a folder that is not there.
        MissingExtraError: The driver is not installed.
    """
    place, extra = resolve(url, where or kind)
    if extra:
        engine = open_engine(url, kind=kind, where=where)
        _looking.add(engine)
        return engine
    file = Path(str(place.database)).absolute()
    there = file.exists()

    def connect() -> sqlite3.Connection:
        name = f"file:{quote(str(file))}?mode=rw" if there else ":memory:"
        connection = sqlite3.connect(name, uri=there, isolation_level=None, check_same_thread=False)
        connection.execute("pragma temp_store=memory")
        if there:
            connection.set_authorizer(_only_beside)
        return connection

    engine = create_engine(place, creator=connect, poolclass=StaticPool, hide_parameters=True)
    _begin_reading(engine)
    if there:
        _looking.add(engine)
    return engine


def open_in_memory() -> Engine:
    """Open an empty database that lives as long as the engine, for what nobody keeps."""
    engine = create_engine(
        "sqlite+pysqlite://",
        poolclass=StaticPool,
        connect_args={"check_same_thread": False, "isolation_level": None},
        hide_parameters=True,
    )
    _begin_reading(engine)
    return engine


def _begin_reading(engine: Engine) -> None:
    @on.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("begin")


def looks_only(engine: Engine) -> bool:
    """Tell whether *engine* is of a database that is there, and that nothing may be written to."""
    return engine in _looking


def make_in_memory(engine: Engine, tables: MetaData) -> None:
    """
    Make *tables* beside a SQLite file that has none of them, for this connection only.

    Raises:
        StoreError: The file failed.
    """
    with using(engine), engine.connect() as connection:
        for table in tables.sorted_tables:
            words = str(CreateTable(table).compile(dialect=engine.dialect)).strip()
            connection.exec_driver_sql("CREATE TEMPORARY" + words.removeprefix("CREATE"))
        connection.commit()


def _only_beside(
    action: int, _: str | None, __: str | None, database: str | None, ___: str | None
) -> int:
    """Refuse what writes to the file, and nothing else: SQLite asks before it runs a statement."""
    return sqlite3.SQLITE_DENY if action in _WRITES and database == "main" else sqlite3.SQLITE_OK
