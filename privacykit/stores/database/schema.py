"""
Create the tables of a store, stamp them with a version, upgrade SQLite files. Does I/O.

Files of ours are upgraded when they are opened; servers only by ``privacykit stores migrate``.
Who only looks creates and upgrades nothing.
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
    Select,
    String,
    Table,
    insert,
    inspect,
    select,
    text,
    update,
)

from privacykit.errors import Problem, SchemaError, StoreError
from privacykit.stores.database.engine import TABLE_OPTIONS, reading, writing
from privacykit.stores.database.looking import looks_only, make_in_memory
from privacykit.stores.database.sqlite import BUSY_SECONDS, is_sqlite


@dataclass(frozen=True, slots=True)
class Schema:
    """
    The tables of one store, stamped in the database they live in.

    Attributes:
        name: The store's name, unique within a database.
        metadata: Its tables.
        version: Counts up with every change of the tables.
        upgrades: For each version but the last, what leads from it to the next. On MariaDB a step
            is not one transaction: each bears being done twice.
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


def stamped(engine: Engine, schema: Schema) -> int | None:
    """
    Return the version of *schema* that is stored, ``None`` when there is none yet.

    Raises:
        StoreError: The database failed.
    """
    with reading(engine) as connection:
        if not inspect(connection).has_table(_STAMPS.name):
            return None
        return connection.scalar(_stamp_of(schema))


def prepare(engine: Engine, schema: Schema, *, migrate: bool = False) -> None:
    """
    Create what is missing of *schema* and stamp it; bring an older SQLite file up to date.

    Safe to call from any number of processes at once. Where the stamp is ours, nothing is written.

    Args:
        engine: The database.
        schema: The store's tables.
        migrate: Whether a server is brought up to date, too.

    Raises:
        SchemaError: It was written by a newer privacykit, or is a server that has to be migrated.
        StoreError: The database failed.
    """
    if looks_only(engine):
        _prepare_to_look(engine, schema)
        return
    if stamped(engine, schema) == schema.version:
        return
    with writing(engine) as connection, _alone(connection):
        _STAMPS.create(connection, checkfirst=True)
        found = connection.scalar(_stamp_of(schema))
        if found is None:
            schema.metadata.create_all(connection)
            connection.execute(insert(_STAMPS).values(name=schema.name, version=schema.version))
            return
        if found > schema.version:
            raise SchemaError(_problem("PK134", schema, "newer", "upgrade privacykit"))
        if found < schema.version and not (migrate or is_sqlite(engine)):
            raise SchemaError(_problem("PK135", schema, "older", "privacykit stores migrate"))
        for version in range(found, schema.version):
            schema.upgrades[version](connection)
            if version + 1 == schema.version:
                schema.metadata.create_all(connection)
            stamp = update(_STAMPS).where(_STAMPS.c.name == schema.name)
            connection.execute(stamp.values(version=version + 1))


def check_version(engine: Engine, schema: Schema) -> bool:
    """
    Check that the tables are of our version, and change nothing.

    Returns:
        Whether they are there.

    Raises:
        SchemaError: They are of another version.
        StoreError: The database failed.
    """
    found = stamped(engine, schema)
    if found is not None and found > schema.version:
        raise SchemaError(_problem("PK134", schema, "newer", "upgrade privacykit"))
    if found is not None and found < schema.version:
        raise SchemaError(_problem("PK135", schema, "older", "privacykit stores migrate"))
    return found is not None


def _prepare_to_look(engine: Engine, schema: Schema) -> None:
    """
    Check that the tables are as we read them; where they are not there yet, none are made.

    Raises:
        StoreError: They are not there, on a server.
    """
    if check_version(engine, schema):
        return
    if not is_sqlite(engine):
        raise StoreError(
            "PK138 tables of ours are not there yet: `privacykit stores migrate` makes them"
        )
    make_in_memory(engine, schema.metadata)


def _stamp_of(schema: Schema) -> Select[int]:
    return select(_STAMPS.c.version).where(_STAMPS.c.name == schema.name)


def _problem(id_: str, schema: Schema, age: str, hint: str) -> Problem:
    message = f"its tables are {age} than this privacykit"
    return Problem(id_, f"store '{schema.name}'", "", message, hint)


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
