"""The tables of the audit log, and what their rows stand for. Does I/O to make them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    Text,
    exists,
)

from privacykit.govern.audit.chain import Head, detail_digest
from privacykit.govern.audit.entries import AuditEntry
from privacykit.stores.database.engine import TABLE_OPTIONS, reading, writing
from privacykit.stores.database.insert import insert_absent
from privacykit.stores.database.schema import Schema, prepare

_METADATA = MetaData()


def head_table(name: str, metadata: MetaData) -> Table:
    """Return the table *name* of the one head of a chain."""
    return Table(
        name,
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("size", BigInteger, nullable=False),
        Column("hash", String(64), nullable=False),
        Column("frontier", Text, nullable=False),
        Column("key", String(16), nullable=False),
        Column("seal", String(64), nullable=False),
        **TABLE_OPTIONS,
    )


ENTRIES = Table(
    "audit_entries",
    _METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(24), nullable=False),
    Column("action", String(65), nullable=False),
    Column("subject_ref", String(36), nullable=False),
    Column("request_id", String(36), nullable=False, index=True),
    Column("detail_digest", String(64), nullable=False),
    Column("key", String(16), nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    **TABLE_OPTIONS,
)
DETAILS = Table(
    "audit_details",
    _METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary(32), nullable=False),
    Column("body", LargeBinary(65_535), nullable=False),
    **TABLE_OPTIONS,
)
HEAD = head_table("audit_head", _METADATA)
CHECKPOINTS = Table(
    "audit_checkpoints",
    _METADATA,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
    **TABLE_OPTIONS,
)
STRAYS = Table(
    "audit_strays",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("found_at", BigInteger, nullable=False),
    Column("place", String(40), nullable=False),
    Column("body", Text, nullable=False),
    **TABLE_OPTIONS,
)
"""Rows that stood among the entries and are none: set aside as they were, for whoever looks."""
SCHEMA = Schema("audit", _METADATA)


def open_log(engine: Engine, empty: Head) -> None:
    """
    Make the tables where they are missing, and the head of a log without entries: *empty*.

    Raises:
        StoreError: The database failed.
    """
    prepare(engine, SCHEMA)
    with reading(engine) as connection:
        begun = any(connection.scalar(exists(each).select()) for each in (ENTRIES, HEAD))
    if not begun:
        with writing(engine) as connection:
            connection.execute(insert_absent(engine, HEAD).values(id=1, **head_row(empty)))


def head_row(head: Head) -> dict[str, Any]:
    """Return the columns that hold *head*."""
    return msgspec.structs.asdict(head) | {"frontier": ",".join(head.frontier)}


def to_head(row: Sequence[Any] | None) -> Head | None:
    """Return the head that *row* begins with, ``None`` where there is none."""
    if row is None:
        return None
    _, size, hash_, frontier, key, seal = row[:6]
    return Head(size, hash_, tuple(filter(None, frontier.split(","))), key, seal)


def digest_of(row: Row[Any]) -> str | None:
    """Return the digest of the detail in *row*, ``None`` where there is none (any more)."""
    if row.body is None:
        return None
    # Whoever tampers may leave text, or nothing, where bytes belong.
    salt, body = (v.encode() if isinstance(v, str) else v for v in (row.salt, row.body))
    return detail_digest(salt.ljust(16), body)


def read_detail(body: bytes | None) -> Any:  # noqa: ANN401 - JSON
    """Return the detail in *body*; what cannot be read says so."""
    try:
        return msgspec.json.decode(body) if body else None
    except msgspec.DecodeError:
        return "unreadable"


def to_entry(row: Row[Any]) -> AuditEntry:
    """Return the entry in *row*."""
    return AuditEntry(**{column.name: getattr(row, column.name) for column in ENTRIES.columns})
