"""
The life of periods: made ahead, dropped when they end, what is held put aside. Does I/O.

Laws of this file:

1. What has expired is gone at the next :meth:`EventPeriods.drop_expired`, in whatever period.
2. Held events are moved aside before their period is dropped: in one transaction where they lie in
   one database; on SQLite they are committed first, and a crash in between does it once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Table,
    and_,
    delete,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)

from privacykit.errors import StoreError
from privacykit.stores.database.engine import reading, writing
from privacykit.stores.database.erased_bytes import empty_log
from privacykit.stores.database.insert import insert_absent
from privacykit.stores.database.schema import prepare
from privacykit.stores.events.event_tables import EVENTS_SCHEMA, HELD, Dropped, HeldBy
from privacykit.stores.events.layout import period_layout
from privacykit.stores.events.periods import Period, periods_from

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
        self._layout = period_layout(engine)
        self._known: set[Period] = set()
        self._prepared = False

    def prepare(self) -> None:
        """
        Create what holds put aside, once.

        Raises:
            StoreError: The database failed, or may not be changed by this user.
        """
        if not self._prepared:
            prepare(self._engine, EVENTS_SCHEMA)
            self._prepared = True

    def ensure_periods(self, now: float, ahead: int) -> list[str]:
        """
        Make room for events that expire in the month of *now* and in *ahead* more.

        On a server it needs the right to create tables, which an application needs not have.

        Returns:
            Names of the periods that were missing.

        Raises:
            StoreError: The database failed, or may not be changed by this user.
        """
        self.prepare()
        wanted = list(periods_from(now, ahead))
        missing = [period for period in wanted if period not in self._look()]
        for period in missing:
            try:
                self._layout.create(period)
            except StoreError:
                # Somebody else may have been faster.
                if period not in self._look():
                    raise
        if self._look():
            self._layout.show()
        return [period.name for period in missing]

    def forget_ids(self, ids: Sequence[str], holds: Sequence[HeldBy] = ()) -> int:
        """
        Erase events by their *ids*, *holds* excepted; return how many there were.

        Raises:
            StoreError: The database failed; some may be gone already.
        """
        forgotten = 0
        for shelf in self._layout.shelves(self._look()):
            for start in range(0, len(ids), PAGE):
                these = shelf.table.c.id.in_(ids[start : start + PAGE])
                wanted = and_(these, not_(held_by(shelf.table, holds)))
                with writing(shelf.engine) as connection:
                    gone = connection.execute(delete(shelf.table).where(wanted)).rowcount
                if gone:
                    empty_log(shelf.engine)
                forgotten += gone
        return forgotten

    def count_from(self, first: str) -> int:
        """
        Return how many events there are whose id is *first* or above, expired ones too.

        Ids rise with time and are the key, so that the newest are counted without the others.

        Raises:
            StoreError: The database failed.
        """
        found = 0
        for shelf in self._layout.shelves(self._look()):
            wanted = select(func.count()).select_from(shelf.table).where(shelf.table.c.id >= first)
            with reading(shelf.engine) as connection:
                found += connection.execute(wanted).scalar_one()
        return found

    def ask(self) -> None:
        """
        Ask the database which periods there are; nothing is made.

        Raises:
            StoreError: It does not answer, or refuses us.
        """
        self._look()

    def _look(self) -> set[Period]:
        self._known = self._layout.existing()
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
        self.prepare()
        dropped: list[str] = []
        rows = held = 0
        for period in sorted(self._look()):
            if period.start > now:
                break
            aside, alive = self._end(period, now, holds)
            swept = self._sweep(period, now) if alive else 0
            held += aside
            rows += swept
            if alive is False:
                dropped.append(period.name)
            if period.end > now and (aside or swept or alive is False):
                empty_log(self._layout.shelf(period).engine)
        self._look()
        return Dropped(tuple(dropped), rows, held)

    def _end(self, period: Period, now: float, holds: Sequence[HeldBy]) -> tuple[int, bool | None]:
        """
        Move aside what is held, and drop *period* if nothing in it is alive.

        Returns:
            How many rows were moved; whether others are alive, ``None`` if it has no rows at all.
        """
        put_aside = partial(self._put_aside, period=period, now=now, holds=holds)
        if period.end <= now:
            return self._layout.drop(period, put_aside if holds else None), False
        shelf = self._layout.shelf(period)
        inside = _inside(shelf.table, period)
        with writing(shelf.engine) as connection:
            aside = put_aside(connection) if holds else 0
            if _any(connection, and_(inside, shelf.table.c.expires_at > now)):
                return aside, True
            if not _any(connection, inside):
                return aside, None
            self._layout.empty(connection, period)
        return aside, False

    def _put_aside(
        self, connection: Connection, period: Period, now: float, holds: Sequence[HeldBy]
    ) -> int:
        shelf = self._layout.shelf(period)
        table = shelf.table
        held = and_(_inside(table, period), table.c.expires_at <= now, held_by(table, holds))
        names = [column.name for column in table.columns]
        aside = insert_absent(self._engine, HELD)
        if shelf.engine is self._engine:
            connection.execute(aside.from_select(names, select(table).where(held)))
        else:
            for page in connection.execute(select(table).where(held)).partitions(PAGE):
                with writing(self._engine) as main:
                    main.execute(aside, [row._asdict() for row in page])
        return connection.execute(delete(table).where(held)).rowcount

    def _sweep(self, period: Period, now: float) -> int:
        """Delete what has expired in *period*, by pages, so that writers get their turn."""
        shelf = self._layout.shelf(period)
        table = shelf.table
        gone = table.c.expires_at.between(period.start, now)
        swept = 0
        while True:
            with writing(shelf.engine) as connection:
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
        self.prepare()
        free = and_(HELD.c.expires_at <= now, not_(held_by(HELD, holds)))
        swept = 0
        while True:
            with writing(self._engine) as connection:
                ids = connection.scalars(select(HELD.c.id).where(free).limit(PAGE)).all()
                connection.execute(delete(HELD).where(free, HELD.c.id.in_(ids)))
            swept += len(ids)
            if len(ids) < PAGE:
                return swept


def _inside(table: Table, period: Period) -> ColumnElement[bool]:
    return table.c.expires_at.between(period.start, period.end - 1)


def _any(connection: Connection, condition: ColumnElement[bool]) -> bool:
    return connection.scalar(select(literal(1)).where(condition).limit(1)) is not None


def held_by(table: Table, holds: Sequence[HeldBy]) -> ColumnElement[bool]:
    """Return the condition that a row of *table* is under one of *holds*; it is never NULL."""
    if any(not hold.column for hold in holds):
        return true()
    return (
        or_(*(table.c[hold.column].is_not_distinct_from(hold.value) for hold in holds))
        if holds
        else false()
    )
