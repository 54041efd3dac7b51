"""
Our own store of delivered events, by period. Does I/O; synchronous.

Laws of this file:

1. The same event added twice is one.
2. An event whose period does not exist is not taken, so that it stays in the outbox.
3. What has expired is neither taken nor read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Engine, Table, and_, delete, not_, select

from privacykit.collect.ports import OutboxRow, StopKind
from privacykit.errors import StoreError
from privacykit.stores.bulk import BulkInsert, UnstorableError
from privacykit.stores.engine import is_sqlite, reading, writing
from privacykit.stores.event_periods import PAGE, EventPeriods, held_by
from privacykit.stores.event_tables import (
    EVENTS_SCHEMA,
    HELD,
    HeldBy,
    Refused,
    StoredEvent,
    flatten_event,
    of_person,
)
from privacykit.stores.periods import Period
from privacykit.stores.schema import prepare


class EventStore(EventPeriods):
    """
    The events of one database; may be shared by threads, and by any number of processes.

    Args:
        engine: Where the tables are.

        record: Whether the consent record is kept beside an event. It finds the events of a
            consent again, and links the days of a daily visitor id, which is why it is off.
    """

    def __init__(self, engine: Engine, *, record: bool = False) -> None:
        super().__init__(engine)
        self._record = record
        self._inserts: dict[str, BulkInsert] = {}

    def add(self, rows: Sequence[OutboxRow], now: float) -> Refused:
        """
        Keep *rows*; committed when this returns. What has expired at *now* is left out.

        Raises:
            StoreError: The database failed; add all of them again.
        """
        unstorable: list[str] = []
        by_period: dict[Period, list[tuple[Any, ...]]] = {}
        for row in rows:
            expires_at = row.envelope.expires_at
            if expires_at <= now:
                continue
            try:
                flat = flatten_event(row, record=self._record)
            except ValueError:
                unstorable.append(row.envelope.id)
            else:
                by_period.setdefault(Period.of(expires_at), []).append(flat)
        early: list[str] = []
        if not by_period.keys() <= self._known:
            self._look()
        for period, flats in by_period.items():
            if period in self._known:
                unstorable += self._insert(period, flats)
            else:
                early += [flat[0] for flat in flats]
        return Refused(tuple(early), tuple(unstorable))

    def _insert(self, period: Period, flats: list[tuple[Any, ...]]) -> list[str]:
        """
        Insert *flats*, all of *period*.

        Returns:
            The ids of the rows that cannot be stored.

        Raises:
            StoreError: The database failed, or the period has just been dropped.
        """
        table = self._shelves.table(period)
        if table.name not in self._inserts:
            self._inserts[table.name] = BulkInsert(self._engine, table)
        insert = self._inserts[table.name]
        try:
            insert(flats)
        except UnstorableError:
            if period not in self._look():
                raise StoreError("PK152 the period was dropped meanwhile") from None
            return [flat[0] for flat in flats if not _tried(insert, flat)]
        except StoreError:
            self._known = set()
            raise
        return []

    def forget(self, kind: StopKind, key: str, holds: Sequence[HeldBy] = ()) -> int:
        """
        Erase the events of a visitor, consent record or subject; see :func:`of_person`.

        Args:
            kind: What *key* is.
            key: Whose events go.
            holds: What stays nevertheless; what was moved aside stays too.

        Returns:
            How many there were.

        Raises:
            StoreError: The database failed; some may be gone already.
        """
        forgotten = 0
        for table in self._shelves.tables(self._look()):
            theirs = and_(of_person(table, kind, key), not_(held_by(table, holds)))
            with writing(self._engine) as connection:
                forgotten += connection.execute(delete(table).where(theirs)).rowcount
        if forgotten and is_sqlite(self._engine):
            self._checkpoint()
        return forgotten

    def select(self, now: float, **equal: str | int) -> Iterator[StoredEvent]:
        """
        Yield the events that are alive at *now*, period by period, each in the order of ids.

        Rows are read by pages: no transaction is open while the caller works.

        Args:
            now: Unix seconds.
            equal: Columns and what they must hold.

        Raises:
            StoreError: The database failed.
        """
        for table in self._shelves.tables(self._look()):
            yield from self._pages(table, and_(table.c.expires_at > now, *_equal(table, equal)))

    def theirs(self, kind: StopKind, key: str) -> Iterator[StoredEvent]:
        """
        Yield what is kept of a visitor, consent record or subject: what is held or has expired too.

        Args:
            kind: What *key* is.
            key: Whose events.

        Raises:
            StoreError: The database failed.
        """
        prepare(self._engine, EVENTS_SCHEMA)
        for table in (*self._shelves.tables(self._look()), HELD):
            yield from self._pages(table, of_person(table, kind, key))

    def _pages(self, table: Table, condition: ColumnElement[bool]) -> Iterator[StoredEvent]:
        last = ""
        while True:
            page = select(table).where(condition, table.c.id > last).order_by(table.c.id)
            with reading(self._engine) as connection:
                rows = connection.execute(page.limit(PAGE)).all()
            for row in rows:
                yield StoredEvent(*row)
            if len(rows) < PAGE:
                return
            last = rows[-1].id


def _tried(insert: BulkInsert, flat: tuple[Any, ...]) -> bool:
    try:
        insert([flat])
    except UnstorableError:
        return False
    return True


def _equal(table: Table, equal: Mapping[str, str | int]) -> list[ColumnElement[bool]]:
    return [table.c[name] == value for name, value in equal.items()]
