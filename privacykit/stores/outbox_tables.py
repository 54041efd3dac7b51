"""The tables of the outbox, and what their rows stand for. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Column, Integer, MetaData, Row, String, Table

from privacykit.collect.ports import Envelope, OutboxRow
from privacykit.stores.bulk import LONG_BYTES, SECONDS
from privacykit.stores.engine import TABLE_OPTIONS
from privacykit.stores.schema import Schema

OUTBOX_METADATA = MetaData()


def _event_columns() -> tuple[Column[Any], ...]:
    return (
        Column("sink", String(64), primary_key=True),
        Column("id", String(64), primary_key=True),
        Column("site", String(255), nullable=False),
        Column("purpose", String(255), nullable=False),
        Column("visitor", String(64)),
        Column("record", String(64)),
        Column("subject", String(128)),
        Column("expires_at", BigInteger, nullable=False),
        Column("added", SECONDS, nullable=False),
        Column("body", LONG_BYTES, nullable=False),
    )


PENDING = Table(
    "outbox",
    OUTBOX_METADATA,
    *_event_columns(),
    Column("owner", String(64), nullable=False),
    Column("until", SECONDS, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", SECONDS, nullable=False),
    **TABLE_OPTIONS,
)
"""What waits for its sink; ids are UUIDv7, so the primary key is also the order of time."""

REJECTED = Table(
    "outbox_rejected",
    OUTBOX_METADATA,
    *_event_columns(),
    Column("reason", String(64), nullable=False),
    **TABLE_OPTIONS,
)
"""What a sink will never take, with the sink's reason."""

OUTBOX_SCHEMA = Schema("outbox", OUTBOX_METADATA)

KEPT = [column.name for column in REJECTED.columns if column.name != "reason"]
ENVELOPE = [name for name in KEPT if name not in {"added", "body"}]
UNLEASED = ("", 0.0, 0, 0.0)


class Leased(msgspec.Struct, frozen=True):
    """
    A row lent to one worker.

    Attributes:
        row: The event and its envelope.
        attempts: How often it has been lent, this time included.
    """

    row: OutboxRow
    attempts: int


class Depth(msgspec.Struct, frozen=True):
    """
    How much waits for one sink.

    Attributes:
        sink: The sink's name.
        pending: Rows not settled yet, leased ones included.
        oldest: Unix seconds at which the first of them was added; ``None`` when there is none.
        rejected: Rows that the sink refused for good and that are still kept.
    """

    sink: str
    pending: int
    oldest: float | None
    rejected: int


def flatten(row: OutboxRow, now: float) -> Iterator[tuple[Any, ...]]:
    """Return the rows of :data:`PENDING` that hold *row*: one for each of its sinks."""
    it = row.envelope
    for sink in it.sinks:
        yield (
            sink,
            it.id,
            it.site,
            it.purpose,
            it.visitor,
            it.record,
            it.subject,
            it.expires_at,
            now,
            row.body,
            *UNLEASED,
        )


def enveloped(row: Row[Any]) -> Envelope:
    """Return the envelope kept in *row*, for that row's sink."""
    return Envelope(
        row.id,
        row.site,
        row.purpose,
        row.expires_at,
        (row.sink,),
        row.visitor,
        row.record,
        row.subject,
    )


def rebuilt(row: Row[Any]) -> OutboxRow:
    """Return the event and envelope kept in *row* of :data:`PENDING`, for that row's sink."""
    return OutboxRow(enveloped(row), bytes(row.body))
