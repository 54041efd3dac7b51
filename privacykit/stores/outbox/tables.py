"""The tables of the outbox, and what their rows stand for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    false,
    inspect,
    text,
)

from privacykit.collect.ports import Envelope, OutboxRow
from privacykit.stores.database.bulk import LONG_BYTES, SECONDS
from privacykit.stores.database.engine import TABLE_OPTIONS
from privacykit.stores.database.schema import Schema

OUTBOX_METADATA = MetaData()

BATCHES = Table(
    "outbox_batches",
    OUTBOX_METADATA,
    # The id of an event, and what tells it from that of the same event put back.
    Column("id", String(96), primary_key=True),
    Column("last", String(64), nullable=False),
    Column("n", Integer, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("added", SECONDS, nullable=False),
    Column("envelopes", LONG_BYTES, nullable=False),
    Column("bodies", LONG_BYTES, nullable=False),
    **TABLE_OPTIONS,
)
"""
What was committed together and goes to the same sinks: its envelopes and, apart, what sinks get.

``id`` is that of the first event, ``last`` that of the last, ``n`` how many there are, and
``expires_at`` when the first of them expires. Ids are UUIDv7, so their order is that of time.
"""

SHARES = Table(
    "outbox_shares",
    OUTBOX_METADATA,
    Column("sink", String(64), primary_key=True),
    Column("batch", String(96), primary_key=True),
    Column("start", Integer, primary_key=True, autoincrement=False),
    Column("stop", Integer, nullable=False),
    Column("owner", String(64), nullable=False),
    Column("until", SECONDS, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", SECONDS, nullable=False),
    Index("outbox_shares_batch", "batch"),
    **TABLE_OPTIONS,
)
"""What a sink still waits for: the events of a batch from ``start`` on, those before ``stop``."""

REJECTED = Table(
    "outbox_rejected",
    OUTBOX_METADATA,
    Column("sink", String(64), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("site", String(255), nullable=False),
    Column("purpose", String(255), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("visitor", String(64)),
    Column("record", String(64)),
    Column("subject", String(128)),
    Column("shared", Boolean, nullable=False, server_default=false()),
    Column("body", LONG_BYTES, nullable=False),
    Column("added", SECONDS, nullable=False),
    Column("reason", String(64), nullable=False),
    Column("since", SECONDS, nullable=False),
    **TABLE_OPTIONS,
)
"""What a sink will never take, with the sink's reason."""

ENVELOPE = [REJECTED.c[name] for name in Envelope.__struct_fields__ if name != "sinks"]
ENVELOPE.append(REJECTED.c.sink)
"""What of a rejected row an envelope is made of."""


def _add_shared(connection: Connection) -> None:
    # On MariaDB a step is not one transaction, so it may have been done before.
    if "shared" not in {it["name"] for it in inspect(connection).get_columns(REJECTED.name)}:
        added = f"alter table {REJECTED.name} add column shared boolean not null default false"
        connection.execute(text(added))


OUTBOX_SCHEMA = Schema("outbox", OUTBOX_METADATA, version=2, upgrades={1: _add_shared})


class Share(NamedTuple):
    """
    A run of events of one batch that one sink still waits for; a row of :data:`SHARES`.

    Attributes:
        sink: The sink's name.
        batch: The batch's id.
        start: The place in the batch of the first of them, from 0.
        stop: The place behind the last of them.
        owner: Who has leased it, empty for nobody.
        until: Unix seconds at which the lease ends.
        attempts: How often it has been lent and tried by itself.
        not_before: Unix seconds before which it is not lent again.
    """

    sink: str
    batch: str
    start: int
    stop: int
    owner: str = ""
    until: float = 0.0
    attempts: int = 0
    not_before: float = 0.0


class Leased(msgspec.Struct, frozen=True):
    """
    A row lent to one worker.

    Attributes:
        row: The event and its envelope.
        attempts: How often it has been lent, this time included.
    """

    row: OutboxRow
    attempts: int


class RejectedEvent(msgspec.Struct, frozen=True):
    """
    An event that a sink will never take, without what it says.

    Attributes:
        id: The event's id.
        site: The site's id.
        purpose: The one purpose of the event.
        reason: Why the sink refused it, in a word or a few without data.
        since: Unix seconds of the refusal.
        expires_at: Unix seconds; from then on it is gone.
    """

    id: str
    site: str
    purpose: str
    reason: str
    since: float
    expires_at: int


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


def envelope_of(row: Row[Any]) -> Envelope:
    """Return the envelope kept in *row* of :data:`REJECTED`, for that row's sink."""
    return Envelope(
        row.id,
        row.site,
        row.purpose,
        row.expires_at,
        (row.sink,),
        row.visitor,
        row.record,
        row.subject,
        row.shared,
    )


def rebuilt(row: Row[Any]) -> OutboxRow:
    """Return the event and envelope kept in *row* of :data:`REJECTED`, for that row's sink."""
    return OutboxRow(envelope_of(row), bytes(row.body))


def rejected_row(
    row: OutboxRow, added: float, reasons: Mapping[str, str], since: float
) -> dict[str, Any]:
    """Return the row of :data:`REJECTED` that keeps *row*, whose envelope names the sink."""
    kept = msgspec.structs.asdict(row.envelope)
    (sink,) = kept.pop("sinks")
    more = {"sink": sink, "body": row.body, "added": added, "since": since}
    return {**kept, **more, "reason": reasons[row.envelope.id]}
