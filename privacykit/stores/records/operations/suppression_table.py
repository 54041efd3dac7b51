"""Suppressions as a table: keyed hashes, one for each request that keeps away. Does I/O."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Connection,
    Double,
    MetaData,
    String,
    Table,
    insert,
    inspect,
    select,
    text,
)

from privacykit.stores.database.engine import TABLE_OPTIONS
from privacykit.stores.database.schema import Schema

METADATA = MetaData()


KEPT_AWAY = Table(
    "suppressions",
    METADATA,
    Column("hash", String(64), primary_key=True),
    Column("exact", String(64), primary_key=True),
    Column("identity_type", String(64), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("added_at", Double, nullable=False, index=True),
    Column("until", Double),
    Column("request_id", String(36), primary_key=True),
    Column("key", String(16), nullable=False),
    **TABLE_OPTIONS,
)


def _by_request(connection: Connection) -> None:
    """Let each request keep a person away by itself; once, the last one decided for all."""
    key = inspect(connection).get_pk_constraint("suppressions")
    if "request_id" in key["constrained_columns"]:
        return  # on MariaDB a step is not one transaction, so it may have been done before
    if connection.dialect.name == "sqlite":
        connection.execute(text("drop index ix_suppressions_added_at"))
        connection.execute(text("alter table suppressions rename to suppressions_before"))
        KEPT_AWAY.create(connection)
        before = KEPT_AWAY.to_metadata(MetaData(), name="suppressions_before")
        names = [column.name for column in KEPT_AWAY.columns]
        rows = select(*(before.c[name] for name in names))
        connection.execute(insert(KEPT_AWAY).from_select(names, rows))
        before.drop(connection)
        return
    quoted = connection.dialect.identifier_preparer.quote
    name = f"constraint {quoted(key['name'] or '')}"
    old = "primary key" if connection.dialect.name == "mysql" else name
    new = "add primary key (hash, exact, request_id)"
    connection.execute(text(f"alter table suppressions drop {old}, {new}"))


SCHEMA = Schema("suppressions", METADATA, version=2, upgrades={1: _by_request})
