"""
Consent records, orders to stop, and leases, in SQLite, PostgreSQL or MariaDB. Does I/O.

What was committed here stops an event whose delivery begins later. An event whose consent record is
not found is stopped too: without the record there is no proof that it may exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Double,
    Engine,
    MetaData,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from privacykit.collect.ports import ConsentRecord, Envelope, StopKind
from privacykit.stores.engine import TABLE_OPTIONS, insert_absent, reading, writing
from privacykit.stores.schema import Schema, prepare

CHUNK = 500
"""How many keys are asked for in one query."""

ALL_PURPOSES = ""
"""Stands in the purpose of an order that stops everything."""

_TABLES = MetaData()
_CONSENTS = Table(
    "consents",
    _TABLES,
    Column("record", String(64), primary_key=True),
    Column("site", String(63), nullable=False),
    Column("purposes", Text, nullable=False),
    Column("text_version", String(190), nullable=False),
    Column("policies", Text, nullable=False),
    Column("given_at", Double, nullable=False, index=True),
    Column("withdrawn_at", Double),
    Column("gpc_seen", Boolean, nullable=False),
    **TABLE_OPTIONS,
)
_STOPS = Table(
    "stops",
    _TABLES,
    Column("kind", String(8), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("purpose", String(63), primary_key=True),
    Column("at", Double, nullable=False),
    Column("until", Double, index=True),
    **TABLE_OPTIONS,
)
SCHEMA = Schema("consents", _TABLES)

_KINDS: tuple[StopKind, ...] = ("visitor", "record", "subject")
"""Each is also the name of its key in an envelope."""


class SqlConsentStore:
    """
    Consent records and orders to stop.

    Args:
        engine: Of the ``[records]`` database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._prepared = False

    def prepare(self) -> None:
        """
        Create the tables where they are missing; done by itself at the first use.

        Raises:
            StoreError: The database failed.
        """
        prepare(self._engine, SCHEMA)
        self._prepared = True

    def add(self, consent: ConsentRecord) -> None:
        """
        Keep *consent*; committed when this returns.

        Raises:
            StoreError: It is not kept, so it must not be used.
        """
        row = msgspec.structs.asdict(consent)
        for name in ("purposes", "policies"):
            row[name] = msgspec.json.encode(row[name]).decode()
        self._ready()
        with writing(self._engine) as connection:
            connection.execute(insert(_CONSENTS).values(row))

    def get(self, record: str) -> ConsentRecord | None:
        """
        Return the consent *record*, withdrawn or not, or ``None``.

        Raises:
            StoreError: The database failed.
        """
        self._ready()
        with reading(self._engine) as connection:
            found = connection.execute(
                select(_CONSENTS).where(_CONSENTS.c.record == record)
            ).one_or_none()
        if found is None:
            return None
        row = dict(found._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
        for name in ("purposes", "policies"):
            row[name] = msgspec.json.decode(row[name], type=tuple[str, ...])
        return ConsentRecord(**row)

    def withdraw(self, record: str, at: float) -> bool:
        """
        Withdraw *record*; committed when this returns; ``False`` when there is none.

        Done twice, the first time counts.

        Raises:
            StoreError: The database failed: the withdrawal has to be repeated.
        """
        this = _CONSENTS.c.record == record
        self._ready()
        with writing(self._engine) as connection:
            standing = this & _CONSENTS.c.withdrawn_at.is_(None)
            connection.execute(update(_CONSENTS).where(standing).values(withdrawn_at=at))
            return bool(connection.scalar(select(func.count()).where(this)))

    def stop(
        self,
        kind: StopKind,
        key: str,
        *,
        at: float,
        until: float | None,
        purposes: Sequence[str] = (),
    ) -> None:
        """
        Let nothing of *key* leave from now on, pending events included.

        Done twice, the first order counts and the later end.

        Args:
            kind: What *key* is.

            key: A visitor id, consent record or subject reference.

            at: Unix seconds of the order.

            until: Unix seconds when the order may be forgotten; ``None`` is never.

            purposes: The purposes stopped; none given means all.

        Raises:
            StoreError: The database failed: the order has to be repeated.
        """
        self._ready()
        with writing(self._engine) as connection:
            for purpose in purposes or (ALL_PURPOSES,):
                order = {"kind": kind, "key": key, "purpose": purpose, "at": at, "until": until}
                connection.execute(insert_absent(self._engine, _STOPS).values(order))
                _prolong(connection, kind, key, purpose, until)

    def stopped(self, envelopes: Iterable[Envelope]) -> set[str]:
        """
        Return the event ids among *envelopes* that must not leave.

        Raises:
            StoreError: The database failed: nothing may leave.
        """
        asked = list(envelopes)
        if not asked:
            return set()
        self._ready()
        with reading(self._engine) as connection:
            standing = _standing(connection, {e.record for e in asked if e.record})
            orders = {kind: _orders(connection, kind, asked) for kind in _KINDS}
        return {
            e.id
            for e in asked
            if (e.record and e.record not in standing)
            or any(_is_stopped(orders[kind], getattr(e, kind), e) for kind in _KINDS)
        }

    def forget_stops(self, now: float) -> int:
        """
        Delete the orders whose end has come; return how many.

        Raises:
            StoreError: The database failed.
        """
        self._ready()
        with writing(self._engine) as connection:
            return connection.execute(delete(_STOPS).where(_STOPS.c.until <= now)).rowcount

    def _ready(self) -> None:
        if not self._prepared:
            self.prepare()


def _prolong(
    connection: Connection, kind: StopKind, key: str, purpose: str, until: float | None
) -> None:
    this = (_STOPS.c.kind == kind) & (_STOPS.c.key == key) & (_STOPS.c.purpose == purpose)
    if until is None:
        change = update(_STOPS).where(this).values(until=None)
    else:
        change = update(_STOPS).where(this & (_STOPS.c.until < until)).values(until=until)
    connection.execute(change)


def _standing(connection: Connection, records: set[str]) -> set[str]:
    column = _CONSENTS.c.record
    query = select(column).where(_CONSENTS.c.withdrawn_at.is_(None))
    return {
        record
        for chunk in _chunks(records)
        for record in connection.scalars(query.where(column.in_(chunk)))
    }


def _orders(
    connection: Connection, kind: StopKind, envelopes: Sequence[Envelope]
) -> set[tuple[str, str]]:
    keys = {key for e in envelopes if (key := getattr(e, kind))}
    query = select(_STOPS.c.key, _STOPS.c.purpose).where(_STOPS.c.kind == kind)
    return {
        (key, purpose)
        for chunk in _chunks(keys)
        for key, purpose in connection.execute(query.where(_STOPS.c.key.in_(chunk)))
    }


def _is_stopped(orders: set[tuple[str, str]], key: str | None, envelope: Envelope) -> bool:
    return bool(key) and ((key, ALL_PURPOSES) in orders or (key, envelope.purpose) in orders)


def _chunks(keys: set[str]) -> Iterator[list[str]]:
    ordered = sorted(keys)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]
