"""The tables of consent records, their texts, their chain and the orders to stop. Does I/O."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    Text,
    case,
    insert,
    inspect,
    or_,
    select,
    text,
)

from privacykit.collect.ports import ConsentRecord
from privacykit.stores.database.engine import TABLE_OPTIONS
from privacykit.stores.database.insert import Columns
from privacykit.stores.database.schema import Schema
from privacykit.stores.records.audit_tables import head_table

NO_PURPOSES = "[]"
"""The purposes of a refusal, as they are stored."""

TABLES = MetaData()
CONSENTS = Table(
    "consents",
    TABLES,
    Column("record", String(64), primary_key=True),
    Column("site", String(63), nullable=False),
    Column("purposes", Text, nullable=False),
    Column("text_version", String(190), nullable=False),
    Column("policies", Text, nullable=False),
    Column("given_at", Double, nullable=False, index=True),
    Column("withdrawn_at", Double),
    Column("gpc_seen", Boolean, nullable=False),
    Column("refused", Text),
    Column("text_hash", String(64), nullable=False, server_default=""),
    Column("language", String(35), nullable=False, server_default=""),
    Column("interface", String(16), nullable=False, server_default=""),
    Column("place", String(8), nullable=False, server_default=""),
    Column("method", String(24), nullable=False, server_default=""),
    Column("withdrawn_interface", String(16), nullable=False, server_default=""),
    Column("notice", String(32), nullable=False, server_default=""),
    Column("barred", Text),
    **TABLE_OPTIONS,
)
STOPS = Table(
    "stops",
    TABLES,
    Column("kind", String(8), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("purpose", String(63), primary_key=True),
    Column("at", Double, nullable=False),
    Column("until", Double, index=True),
    Column("turn", BigInteger, nullable=False, server_default="0", index=True),
    **TABLE_OPTIONS,
)
"""*turn* counts the orders that outlive a day, in the order in which they were committed."""
TURNS = Table(
    "stop_turns",
    TABLES,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("turn", BigInteger, nullable=False),
    Column("taken_back", BigInteger, nullable=False),
    **TABLE_OPTIONS,
)
"""One row: the last turn, and how often lasting orders were deleted; who changes them locks it."""
TEXTS = Table(
    "consent_texts",
    TABLES,
    Column("hash", String(64), primary_key=True),
    Column("language", String(35), nullable=False),
    Column("body", LargeBinary(16_777_215), nullable=False),
    **TABLE_OPTIONS,
)
ENTRIES = Table(
    "consent_entries",
    TABLES,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("action", String(65), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("key", String(16), nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("record", String(64), index=True),
    Column("salt", LargeBinary(32)),
    Column("ended", Text),
    **TABLE_OPTIONS,
)
"""
What happened to records, chained. *record* and *salt* go with the record; *ended* names the entries
whose records went.
"""
HEAD = head_table("consent_head", TABLES)
_BY_TIME = Index("stops_kind_at", STOPS.c.kind, STOPS.c.at)
_ADDED = {
    "refused": "text",
    "text_hash": "varchar(64) not null default ''",
    "language": "varchar(35) not null default ''",
    "interface": "varchar(16) not null default ''",
    "place": "varchar(8) not null default ''",
    "method": "varchar(24) not null default ''",
    "withdrawn_interface": "varchar(16) not null default ''",
}
_NOTICE = {"notice": "varchar(32) not null default ''"}
_BARRED = {"barred": "text"}
_LISTS = ("purposes", "policies", "refused", "barred")


def _add_columns(connection: Connection, columns: Mapping[str, str]) -> None:
    # On MariaDB a step is not one transaction, so a part of it may have been done before.
    there = {column["name"] for column in inspect(connection).get_columns("consents")}
    for name, kind in columns.items():
        if name not in there:
            connection.execute(text(f"alter table consents add column {name} {kind}"))


def _chain(connection: Connection) -> None:
    _add_columns(connection, _ADDED)
    for table in (TEXTS, ENTRIES, HEAD):
        table.create(connection, checkfirst=True)


def _turns(connection: Connection) -> None:
    if "turn" not in {column["name"] for column in inspect(connection).get_columns("stops")}:
        connection.execute(text("alter table stops add column turn bigint not null default 0"))
    for index in STOPS.indexes:
        index.create(connection, checkfirst=True)
    TURNS.create(connection, checkfirst=True)
    if connection.scalar(select(TURNS.c.id)) is None:  # what stands there is to be read
        connection.execute(insert(TURNS).values(id=1, turn=1, taken_back=0))


SCHEMA = Schema(
    "consents",
    TABLES,
    version=6,
    upgrades={
        1: lambda connection: _BY_TIME.create(connection, checkfirst=True),
        2: _chain,
        3: lambda connection: _add_columns(connection, _NOTICE),
        4: lambda connection: _add_columns(connection, _BARRED),
        5: _turns,
    },
)


def to_row(consent: ConsentRecord) -> dict[str, Any]:
    """Return the columns that hold *consent*."""
    row = msgspec.structs.asdict(consent)
    for name in _LISTS:
        row[name] = _listed(row[name])
    return row


@lru_cache(256)  # a site's policies and purposes, in a few combinations
def _listed(values: tuple[object, ...]) -> str:
    return msgspec.json.encode(values).decode()


def to_record(row: Row[Any]) -> ConsentRecord:
    """Return the consent in *row*; one of before refusals or bars were kept has none."""
    found = {name: getattr(row, name) for name in ConsentRecord.__struct_fields__}
    for name in _LISTS:
        kind = tuple[tuple[str, str], ...] if name == "barred" else tuple[str, ...]
        found[name] = msgspec.json.decode(found[name] or NO_PURPOSES, type=kind)
    return ConsentRecord(**found)


def later_order(new: Columns) -> dict[str, Any]:
    """Return the later time of an order, its later end and its new turn; no end is the latest."""
    at, until = STOPS.c.at, STOPS.c.until
    return {
        "at": case((new.at > at, new.at), else_=at),
        "until": case((or_(until.is_(None), until > new.until), until), else_=new.until),
        "turn": new.turn,
    }
