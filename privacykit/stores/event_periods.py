"""
The life of periods: made ahead, dropped when they end, what is held put aside. Does I/O.

Laws of this file:

1. What has expired is gone at the next :meth:`EventPeriods.drop_expired`, in whatever period.
2. Held events are moved aside in the transaction that drops their period.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Table,
    and_,
    delete,
    false,
    literal,
    not_,
    or_,
    select,
    true,
)

from privacykit.errors import StoreError
from privacykit.stores.engine import insert_absent, is_sqlite, reading, writing
from privacykit.stores.event_tables import EVENTS_SCHEMA, HELD, Dropped, HeldBy
from privacykit.stores.periods import Period, periods_from
from privacykit.stores.schema import prepare
from privacykit.stores.shelves import shelves

PAGE = 900
"""Rows read, or swept away, in one transaction."""


class EventPeriods:
    """
    The periods of one database; may be shared by threads, and by any number of processes.

    Args:
        engine: Where the tables are.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._shelves = shelves(engine)
        self._known: set[Period] = set()

    def ensure_periods(self, now: float, ahead: int) -> list[str]:
        """
        Make room for events that expire in the month of *now* and in *ahead* more.

        On a server it needs the right to create tables, which an application needs not have.

        Returns:
            Names of the periods that were missing.

        Raises:
            StoreError: The database failed, or may not be changed by this user.
        """
        prepare(self._engine, EVENTS_SCHEMA)
        wanted = list(periods_from(now, ahead))
        missing = [period for period in wanted if period not in self._look()]
        for period in missing:
            try:
                with writing(self._engine) as connection:
                    self._shelves.create(connection, period)
            except StoreError:
                # Somebody else may have been faster.
                if period not in self._look():
                    raise
        self._look()
        return [period.name for period in missing]

    def _look(self) -> set[Period]:
        with reading(self._engine) as connection:
            self._known = self._shelves.existing(connection)
        return self._known

    def drop_expired(self, now: float, holds: Sequence[HeldBy] = ()) -> Dropped:
        """
        Drop what has expired: whole periods where nothing is alive, rows elsewhere.

        Args:
            now: Unix seconds.
            holds: What is moved aside instead.

        Raises:
            StoreError: The database failed, or may not be changed by this user.
        """
        prepare(self._engine, EVENTS_SCHEMA)
        dropped: list[str] = []
        rows = held = 0
        for period in sorted(self._look()):
            if period.start > now:
                break
            aside, alive = self._end(period, now, holds)
            held += aside
            if alive:
                rows += self._sweep(period, now)
            elif alive is False:
                dropped.append(period.name)
        self._look()
        if (dropped or rows) and is_sqlite(self._engine):
            self._checkpoint()
        return Dropped(tuple(dropped), rows, held)

    def _end(self, period: Period, now: float, holds: Sequence[HeldBy]) -> tuple[int, bool | None]:
        """
        Move aside what is held, and drop *period* if nothing in it is alive.

        Returns:
            How many rows were moved; whether others are alive, ``None`` if it has no rows at all.
        """
        table = self._shelves.table(period)
        inside = table.c.expires_at.between(period.start, period.end - 1)
        with writing(self._engine) as connection:
            aside = _put_aside(connection, table, and_(inside, table.c.expires_at <= now), holds)
            if period.end <= now:
                self._shelves.drop(connection, period)
                return aside, False
            if _any(connection, and_(inside, table.c.expires_at > now)):
                return aside, True
            if not _any(connection, inside):
                return aside, None
            self._shelves.empty(connection, period)
            return aside, False

    def _sweep(self, period: Period, now: float) -> int:
        """Delete what has expired in *period*, by pages, so that writers get their turn."""
        table = self._shelves.table(period)
        gone = table.c.expires_at.between(period.start, now)
        swept = 0
        while True:
            with writing(self._engine) as connection:
                page = select(table.c.id).where(gone).limit(PAGE)
                ids = connection.scalars(page).all()
                connection.execute(delete(table).where(gone, table.c.id.in_(ids)))
            swept += len(ids)
            if len(ids) < PAGE:
                return swept

    def drop_released(self, now: float, holds: Sequence[HeldBy]) -> int:
        """
        Delete what was moved aside and is held no longer, by pages; return how many rows.

        Raises:
            StoreError: The database failed.
        """
        prepare(self._engine, EVENTS_SCHEMA)
        free = and_(HELD.c.expires_at <= now, not_(held_by(HELD, holds)))
        swept = 0
        while True:
            with writing(self._engine) as connection:
                ids = connection.scalars(select(HELD.c.id).where(free).limit(PAGE)).all()
                connection.execute(delete(HELD).where(free, HELD.c.id.in_(ids)))
            swept += len(ids)
            if len(ids) < PAGE:
                return swept

    def _checkpoint(self) -> None:
        """Overwrite what the write-ahead log still holds of the dropped, unless somebody reads."""
        with closing(self._engine.raw_connection()) as connection, suppress(sqlite3.Error):
            connection.cursor().execute("pragma wal_checkpoint(truncate)")


def _any(connection: Connection, condition: ColumnElement[bool]) -> bool:
    return connection.scalar(select(literal(1)).where(condition).limit(1)) is not None


def _put_aside(
    connection: Connection, table: Table, gone: ColumnElement[bool], holds: Sequence[HeldBy]
) -> int:
    if not holds:
        return 0
    held = and_(gone, held_by(table, holds))
    names = [column.name for column in table.columns]
    aside = insert_absent(connection.engine, HELD).from_select(names, select(table).where(held))
    connection.execute(aside)
    return connection.execute(delete(table).where(held)).rowcount


def held_by(table: Table, holds: Sequence[HeldBy]) -> ColumnElement[bool]:
    """Return the condition that a row of *table* is under one of *holds*; it is never NULL."""
    if any(not hold.column for hold in holds):
        return true()
    return (
        or_(*(table.c[hold.column].is_not_distinct_from(hold.value) for hold in holds))
        if holds
        else false()
    )
