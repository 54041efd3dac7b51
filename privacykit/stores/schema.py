"""
Create the tables of a store, stamp them with a version, upgrade SQLite files. Does I/O.

Files of ours are upgraded when they are opened; servers only by an administrator's command.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    insert,
    select,
    text,
    update,
)

from privacykit.errors import StoreError
from privacykit.stores.engine import BUSY_SECONDS, TABLE_OPTIONS, is_sqlite, writing


@dataclass(frozen=True, slots=True)
class Schema:
    """
    The tables of one store, stamped in the database they live in.

    Attributes:
        name: The store's name, unique within a database.
        metadata: Its tables.
        version: Counts up with every change of the tables.
        upgrades: For each version but the last, what leads from it to the next.
    """

    name: str
    metadata: MetaData
    version: int = 1
    upgrades: Mapping[int, Callable[[Connection], None]] = field(default_factory=dict)


_STAMPS = Table(
    "privacykit_schema",
    MetaData(),
    Column("name", String(40), primary_key=True),
    Column("version", Integer, nullable=False),
    **TABLE_OPTIONS,
)


def prepare(engine: Engine, schema: Schema) -> None:
    """
    Create what is missing of *schema* and stamp it; bring an older SQLite file up to date.

    Safe to call from any number of processes at once.

    Raises:
        StoreError:
            If the database fails, was written by a newer privacykit, or is a server that an
            administrator has to migrate first.
    """
    with writing(engine) as connection, _alone(connection):
        _STAMPS.create(connection, checkfirst=True)
        of_this = _STAMPS.c.name == schema.name
        found = connection.scalar(select(_STAMPS.c.version).where(of_this))
        if found is None:
            schema.metadata.create_all(connection)
            connection.execute(insert(_STAMPS).values(name=schema.name, version=schema.version))
            return
        if found > schema.version:
            raise StoreError(f"PK134 store '{schema.name}' was written by a newer privacykit")
        if found < schema.version:
            if not is_sqlite(engine):
                raise StoreError(f"PK135 store '{schema.name}' has to be migrated first")
            for version in range(found, schema.version):
                schema.upgrades[version](connection)
            connection.execute(update(_STAMPS).where(of_this).values(version=schema.version))
        schema.metadata.create_all(connection)


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Let no other process prepare at the same time; SQLite's write lock does so already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(hashtext('privacykit_schema'))"))
    if connection.dialect.name != "mysql":
        yield
        return
    # A named lock, since DDL commits by itself on MariaDB; and the stamp before the lock goes.
    connection.execute(text("select get_lock('privacykit_schema', :n)"), {"n": BUSY_SECONDS})
    try:
        yield
        connection.exec_driver_sql("commit")
    finally:
        connection.execute(text("select release_lock('privacykit_schema')"))
