"""
Consent records, orders to stop, and leases, in SQLite, PostgreSQL or MariaDB. Does I/O.

What was committed here stops an event whose delivery begins later. An event whose consent record is
not found is stopped too: without the record there is no proof that it may exist. An order about a
person does not stop what rests on a consent given after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Double,
    Engine,
    Index,
    MetaData,
    Select,
    String,
    Table,
    Text,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from privacykit.collect.ports import ConsentRecord, Envelope, StopKind
from privacykit.collect.suppressed import ALL_PURPOSES, Suppressed
from privacykit.signals.choice import GRANT_SECONDS
from privacykit.stores.engine import TABLE_OPTIONS, insert_absent, reading, writing
from privacykit.stores.schema import Schema, prepare

CHUNK = 500
"""How many keys are asked for in one query."""

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
_BY_TIME = Index("stops_kind_at", _STOPS.c.kind, _STOPS.c.at)
SCHEMA = Schema(
    "consents",
    _TABLES,
    version=2,
    upgrades={1: lambda connection: _BY_TIME.create(connection, checkfirst=True)},
)

_KINDS: tuple[StopKind, ...] = ("visitor", "record", "subject")
"""Each is also the name of its key in an envelope."""

_LASTING = _STOPS.c.kind.in_(("record", "subject"))
"""Orders that outlive a day, so that collection has to know them."""


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

        Done twice, the later order counts and the later end.

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
                _prolong(connection, kind, key, purpose, at, until)

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
        return {e.id for e in asked if _is_stopped(e, orders, standing)}

    def orders_mark(self) -> tuple[float, ...]:
        """
        Return what changes when :meth:`suppressed` does; cheap enough to ask for all the time.

        Raises:
            StoreError: The database failed.
        """
        at = _STOPS.c.at
        wanted = select(func.count(), func.max(at), func.sum(at)).where(_LASTING)
        self._ready()
        with reading(self._engine) as connection:
            return tuple(value or 0.0 for value in connection.execute(wanted).one())

    def suppressed(self) -> Suppressed:
        """
        Return the orders about persons and consents, for requests to look up in memory.

        Raises:
            StoreError: The database failed.
        """
        wanted = select(_STOPS.c.key, _STOPS.c.purpose, _STOPS.c.at).where(_LASTING)
        self._ready()
        with reading(self._engine) as connection:
            return Suppressed({(key, to): at for key, to, at in connection.execute(wanted)})

    def forget_stops(self, now: float) -> int:
        """
        Delete the orders whose end has come; return how many.

        Raises:
            StoreError: The database failed.
        """
        self._ready()
        with writing(self._engine) as connection:
            return connection.execute(delete(_STOPS).where(_STOPS.c.until <= now)).rowcount

    def any_ended(self, before: float) -> bool:
        """
        Tell whether a consent ended at *before* or earlier; see :meth:`forget_ended`.

        Raises:
            StoreError: The database failed.
        """
        self._ready()
        with reading(self._engine) as connection:
            return connection.scalar(_ended(before).limit(1)) is not None

    def forget_ended(self, before: float) -> int:
        """
        Erase the consents that ended at *before* or earlier, by pages; return how many.

        One ends when it is withdrawn, else when the cookie that shows it does.

        Args:
            before: Unix seconds.

        Raises:
            StoreError: The database failed; some may be gone already.
        """
        self._ready()
        gone = 0
        while True:
            with writing(self._engine) as connection:
                records = connection.scalars(_ended(before).limit(CHUNK)).all()
                this = _CONSENTS.c.record.in_(records)
                gone += connection.execute(delete(_CONSENTS).where(this)).rowcount
            if len(records) < CHUNK:
                return gone

    def _ready(self) -> None:
        if not self._prepared:
            self.prepare()


def _ended(before: float) -> Select[Any]:
    given, withdrawn = _CONSENTS.c.given_at, _CONSENTS.c.withdrawn_at
    # The first comparison is the index's: nothing is withdrawn before it is given.
    ended = and_(given <= before, or_(withdrawn <= before, given <= before - GRANT_SECONDS))
    return select(_CONSENTS.c.record).where(ended)


def _prolong(
    connection: Connection, kind: StopKind, key: str, purpose: str, at: float, until: float | None
) -> None:
    this = (_STOPS.c.kind == kind) & (_STOPS.c.key == key) & (_STOPS.c.purpose == purpose)
    connection.execute(update(_STOPS).where(this & (_STOPS.c.at < at)).values(at=at))
    if until is None:
        change = update(_STOPS).where(this).values(until=None)
    else:
        change = update(_STOPS).where(this & (_STOPS.c.until < until)).values(until=until)
    connection.execute(change)


def _standing(connection: Connection, records: set[str]) -> dict[str, float]:
    """Return when those of *records* were given that are not withdrawn."""
    column = _CONSENTS.c.record
    query = select(column, _CONSENTS.c.given_at).where(_CONSENTS.c.withdrawn_at.is_(None))
    return {
        record: given_at
        for chunk in _chunks(records)
        for record, given_at in connection.execute(query.where(column.in_(chunk)))
    }


def _orders(connection: Connection, kind: StopKind, envelopes: Sequence[Envelope]) -> Suppressed:
    keys = {key for e in envelopes if (key := getattr(e, kind))}
    query = select(_STOPS.c.key, _STOPS.c.purpose, _STOPS.c.at).where(_STOPS.c.kind == kind)
    return Suppressed(
        {
            (key, purpose): at
            for chunk in _chunks(keys)
            for key, purpose, at in connection.execute(query.where(_STOPS.c.key.in_(chunk)))
        }
    )


def _is_stopped(
    envelope: Envelope, orders: Mapping[StopKind, Suppressed], standing: Mapping[str, float]
) -> bool:
    record, purpose = envelope.record, envelope.purpose
    if record and record not in standing:
        return True
    at = orders["subject"].since(envelope.subject, purpose)
    if at is not None and not (record and standing[record] > at):
        return True
    others = (
        orders["visitor"].since(envelope.visitor, purpose),
        orders["record"].since(record, purpose),
    )
    return any(at is not None for at in others)


def _chunks(keys: set[str]) -> Iterator[list[str]]:
    ordered = sorted(keys)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]
