"""The columns of stored events, and what their rows stand for. Pure."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    MetaData,
    String,
    Table,
    Text,
    and_,
)

from privacykit.collect.events.format import members_of, moment
from privacykit.collect.ports import OutboxRow, StopKind
from privacykit.stores.database.engine import TABLE_OPTIONS
from privacykit.stores.database.schema import Schema

EVENTS = "events"
"""The name of the view of all periods, and the stem of the name of each period's table."""

WHOLE = "event_periods"
"""The name of the partitioned table on a server."""

_JSON = Text().with_variant(Text(4_194_303), "mysql", "mariadb")
"""Of so many characters of four bytes MariaDB makes a medium text; its plain one ends at 64 KiB."""

_FOUND_BY = ("visitor", "record", "subject")


class StoredEvent(msgspec.Struct, frozen=True):
    """
    One event as it is kept.

    Attributes:
        id: The event's id.
        site: The site's id.
        name: The event's name.
        purpose: The one purpose of the event.
        time: Unix milliseconds.
        visitor: The daily or consented visitor id, if there is one.
        record: The consent record, where the store is told to keep it.
        subject: Keyed hash of the identified person, if there is one.
        expires_at: Unix seconds; from then on it is not read any more, and soon gone.
        body: The CloudEvents JSON.
    """

    id: str
    site: str
    name: str
    purpose: str
    time: int
    visitor: str | None
    record: str | None
    subject: str | None
    expires_at: int
    body: str


class Refused(msgspec.Struct, frozen=True):
    """
    What an event store did not take.

    Attributes:
        early: Ids of events whose period does not exist yet: to be sent again.
        unstorable: Ids of events that it can never hold.
    """

    early: tuple[str, ...] = ()
    unstorable: tuple[str, ...] = ()


class Dropped(msgspec.Struct, frozen=True):
    """
    What the end of retention took.

    Attributes:
        periods: Names of the periods dropped whole.
        rows: Rows deleted from periods in which others are still alive.
        held: Rows moved aside before that.
    """

    periods: tuple[str, ...] = ()
    rows: int = 0
    held: int = 0


class HeldBy(msgspec.Struct, frozen=True):
    """
    Which events must not be dropped, whatever their retention.

    Attributes:
        column: A column of the events: ``site``, ``purpose``, ``visitor``, ``subject``, …; empty
            is every event.
        value: What it holds.
    """

    column: str
    value: str


_time_and_name = members_of("time", "data.name")


def flatten_event(row: OutboxRow, *, record: bool) -> tuple[Any, ...]:
    """
    Return the columns that hold *row*.

    Args:
        row: The event.
        record: Whether the consent record is kept: it links the days of a daily visitor id.

    Raises:
        ValueError: The body is not an event of ours.
    """
    it = row.envelope
    time, name = _time_and_name(row.body)
    return (
        it.id,
        it.site,
        name,
        it.purpose,
        round(moment(time).timestamp() * 1000),
        it.visitor,
        it.record if record else None,
        it.subject,
        it.expires_at,
        row.body.decode(),
    )


def events_table(name: str, **options: str) -> Table:
    """Return the table *name* of events, in a metadata of its own."""
    of_dialects: dict[str, Any] = {**TABLE_OPTIONS, **options}
    table: Table = Table(
        name,
        MetaData(),
        Column("id", String(64), primary_key=True),
        Column("site", String(255), nullable=False),
        Column("name", String(255), nullable=False),
        Column("purpose", String(255), nullable=False),
        Column("time", BigInteger, nullable=False),
        Column("visitor", String(64)),
        Column("record", String(64)),
        Column("subject", String(128)),
        # In the key since a partitioned table wants it there; it is stamped once, so that an id
        # that comes again comes with the same one.
        Column("expires_at", BigInteger, primary_key=True, autoincrement=False),
        Column("body", _JSON, nullable=False),
        **of_dialects,
    )
    for found_by in _FOUND_BY:
        column = table.c[found_by]
        there = column.is_not(None)
        Index(f"{name}_{found_by}", column, sqlite_where=there, postgresql_where=there)
    return table


def of_person(table: Table, kind: StopKind, key: str) -> ColumnElement[bool]:
    """
    Return the condition that a row of *table* is of the visitor, consent record or subject *key*.

    A visitor or consent names only events of nobody known: several people share an address or a
    browser, and an event with a subject is that person's.
    """
    theirs = table.c[kind] == key
    return theirs if kind == "subject" else and_(theirs, table.c.subject.is_(None))


HELD = events_table(f"{EVENTS}_held")
"""Events under a legal hold, moved out of a period before it is dropped."""

EVENTS_SCHEMA = Schema("events", HELD.metadata)
"""The periods are not in it: they come and go."""
