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

from sqlalchemy import (
    ColumnElement,
    Engine,
    Table,
    and_,
    case,
    delete,
    false,
    func,
    not_,
    or_,
    select,
)

from privacykit.collect.ports import OutboxRow, StopKind
from privacykit.errors import StoreError
from privacykit.stores.database.bulk import BulkInsert, UnstorableError
from privacykit.stores.database.engine import reading, writing
from privacykit.stores.database.erased_bytes import empty_log
from privacykit.stores.events.event_periods import PAGE, EventPeriods, held_by
from privacykit.stores.events.event_tables import (
    HELD,
    HeldBy,
    Refused,
    StoredEvent,
    flatten_event,
    of_person,
)
from privacykit.stores.events.periods import DAY_SECONDS, Period
from privacykit.stores.events.shelves import Shelf


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

    def add(self, rows: Sequence[OutboxRow], now: float) -> Refused:
        """
        Keep *rows*; committed when this returns. What has expired at *now* is left out.

        Raises:
            StoreError: The database failed; add all of them again.
        """
        unstorable: list[str] = []
        by_day: dict[int, list[tuple[Any, ...]]] = {}
        for row in rows:
            expires_at = row.envelope.expires_at
            if expires_at <= now:
                continue
            try:
                flat = flatten_event(row, record=self._record)
            except ValueError:
                unstorable.append(row.envelope.id)
            else:
                by_day.setdefault(expires_at // DAY_SECONDS, []).append(flat)
        by_period: dict[Period, list[tuple[Any, ...]]] = {}
        for day, flats in by_day.items():
            by_period.setdefault(Period.of(day * DAY_SECONDS), []).extend(flats)
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
        insert = self._layout.shelf(period).insert
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
        for shelf in self._layout.shelves(self._look()):
            table = shelf.table
            theirs = and_(of_person(table, kind, key), not_(held_by(table, holds)))
            with writing(shelf.engine) as connection:
                gone = connection.execute(delete(table).where(theirs)).rowcount
            if gone:
                empty_log(shelf.engine)
            forgotten += gone
        return forgotten

    def erasable(self, kind: StopKind, key: str, holds: Sequence[HeldBy] = ()) -> Iterator[str]:
        """
        Yield the ids of what :meth:`forget` would erase.

        Args:
            kind: What *key* is.
            key: Whose events.
            holds: What would stay nevertheless.

        Raises:
            StoreError: The database failed.
        """
        for shelf in self._layout.shelves(self._look()):
            theirs = and_(of_person(shelf.table, kind, key), not_(held_by(shelf.table, holds)))
            yield from (event.id for event in self._pages(shelf, theirs))

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
        for shelf in self._layout.shelves(self._look()):
            alive = shelf.table.c.expires_at > now
            yield from self._pages(shelf, and_(alive, *_equal(shelf.table, equal)))

    def count(self, now: float, **equal: str | int) -> int:
        """
        Return how many events are alive at *now*.

        Args:
            now: Unix seconds.
            equal: Columns and what they must hold.

        Raises:
            StoreError: The database failed.
        """
        found = 0
        for shelf in self._layout.shelves(self._look()):
            alive = and_(shelf.table.c.expires_at > now, *_equal(shelf.table, equal))
            with reading(shelf.engine) as connection:
                query = select(func.count()).select_from(shelf.table).where(alive)
                found += connection.execute(query).scalar_one()
        return found

    def of_subject(self, kind: StopKind, key: str) -> Iterator[StoredEvent]:
        """
        Yield what is kept of a visitor, consent record or subject: what is held or has expired too.

        Args:
            kind: What *key* is.
            key: Whose events.

        Raises:
            StoreError: The database failed.
        """
        self.prepare()
        for shelf in (*self._layout.shelves(self._look()), Shelf(self._engine, HELD)):
            yield from self._pages(shelf, of_person(shelf.table, kind, key))

    def shared(self, visitors: Sequence[str], keys: Sequence[tuple[StopKind, str]]) -> set[str]:
        """
        Return those of *visitors* under which there are events of somebody else.

        Args:
            visitors: Visitor ids.
            keys: By what one person is known; see :func:`of_person` for what is theirs.

        Raises:
            StoreError: The database failed.
        """
        self.prepare()
        found: set[str] = set()
        for shelf in (*self._layout.shelves(self._look()), Shelf(self._engine, HELD)):
            table = shelf.table
            theirs = or_(false(), *(of_person(table, kind, key) for kind, key in keys))
            for start in range(0, len(visitors), PAGE):
                some = table.c.visitor.in_(visitors[start : start + PAGE])
                # What compares with nothing is neither true nor false, so it is counted as false.
                others = select(table.c.visitor).where(some, case((theirs, 1), else_=0) == 0)
                with reading(shelf.engine) as connection:
                    found.update(connection.scalars(others.distinct()))
        return found

    def of_others(
        self, keys: Sequence[tuple[StopKind, str]], purposes: Sequence[str], said: Sequence[str]
    ) -> Iterator[StoredEvent]:
        """
        Yield events of somebody else, or of nobody known, in whose body a word of *said* stands.

        No index helps: every event of *purposes* is looked at by the database.

        Args:
            keys: By what one person is known; see :func:`of_person` for what is theirs.
            purposes: Of which events.
            said: What is looked for, as the body spells it.

        Raises:
            StoreError: The database failed.
        """
        self.prepare()
        for shelf in (*self._layout.shelves(self._look()), Shelf(self._engine, HELD)):
            table = shelf.table
            theirs = or_(false(), *(of_person(table, kind, key) for kind, key in keys))
            words = (table.c.body.contains(word, autoescape=True) for word in said)
            other = (case((theirs, 1), else_=0) == 0, table.c.purpose.in_(purposes))
            yield from self._pages(shelf, and_(*other, or_(false(), *words)))

    def _pages(self, shelf: Shelf, condition: ColumnElement[bool]) -> Iterator[StoredEvent]:
        table, last = shelf.table, ""
        while True:
            page = select(table).where(condition, table.c.id > last).order_by(table.c.id)
            with reading(shelf.engine) as connection:
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
