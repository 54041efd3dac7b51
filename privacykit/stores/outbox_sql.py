"""
The outbox in a database: what is acknowledged and not yet settled. Does I/O; synchronous.

Laws of this file:

1. One row per event and sink; the same row added twice is one.
2. A leased row is nobody else's until its lease ends.
3. Only the owner of a lease settles, discards, puts back or rejects.
4. Nothing is lost silently: a rejected row is kept with its reason until the event expires.
5. A clock that was set back holds up no row for longer than :data:`FARTHEST_SECONDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext

from sqlalchemy import (
    ColumnElement,
    Engine,
    Table,
    and_,
    delete,
    func,
    literal,
    or_,
    select,
    true,
    update,
)

from privacykit.collect.ports import Envelope, OutboxRow, StopKind
from privacykit.stores.bulk import BulkInsert, UnstorableError
from privacykit.stores.engine import insert_absent, is_sqlite, reading, writing
from privacykit.stores.event_tables import of_person
from privacykit.stores.outbox_tables import (
    ENVELOPE,
    KEPT,
    OUTBOX_SCHEMA,
    PENDING,
    REJECTED,
    UNLEASED,
    Depth,
    Leased,
    enveloped,
    flatten,
    rebuilt,
)
from privacykit.stores.schema import prepare
from privacykit.stores.turns import Turn

FARTHEST_SECONDS = 3900.0
"""
How far ahead the end of a lease or pause may lie, to be believed.

The longest pause is an hour, and the clocks of workers differ; what ends later was written before a
clock was set back.
"""

PAGE = 900
"""Rows looked at in one transaction of a sweep."""


class OutboxStore:
    """
    The outbox's tables in one database; may be shared by threads, and by any number of processes.

    Args:
        engine: Where the tables are; they are made by :meth:`prepare`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = BulkInsert(engine, PENDING)
        self._turn = Turn() if is_sqlite(engine) else nullcontext()

    def prepare(self) -> None:
        """
        Create the tables that are missing.

        Raises:
            StoreError: The database failed.
        """
        prepare(self._engine, OUTBOX_SCHEMA)

    def add(self, rows: Sequence[OutboxRow], now: float) -> list[str]:
        """
        Keep *rows*, one for each of their sinks; committed when this returns.

        Returns:
            The ids of rows that the database can never hold, if there are any.

        Raises:
            StoreError: The database failed; nothing is kept for certain, so add them again.
        """
        if self._add(rows, now):
            return []
        return [row.envelope.id for row in rows if not self._add([row], now)]

    def _add(self, rows: Sequence[OutboxRow], now: float) -> bool:
        flat = [flattened for row in rows for flattened in flatten(row, now)]
        try:
            with self._turn:
                self._insert(flat)
        except UnstorableError:
            return False
        return True

    def lease(self, sink: str, owner: str, limit: int, *, until: float, now: float) -> list[Leased]:
        """
        Lend up to *limit* rows of *sink* to *owner*, the oldest first.

        Args:
            sink: The sink's name.
            owner: The worker's name, unlike that of any other.
            limit: At most so many rows.
            until: Unix seconds; from then on the rows may be lent again.
            now: Unix seconds.

        Raises:
            StoreError: The database failed.
        """
        free = and_(PENDING.c.sink == sink, *(_past(it, now) for it in _ENDS))
        if not self._any(free):
            return []
        wanted = (select(PENDING).where(free).order_by(PENDING.c.id).limit(limit)).with_for_update(
            skip_locked=True
        )
        with self._turn, writing(self._engine) as connection:
            found = connection.execute(wanted).all()
            ids = [row.id for row in found]
            connection.execute(
                update(PENDING)
                .where(PENDING.c.sink == sink, PENDING.c.id.in_(ids))
                .values(owner=owner, until=until, attempts=PENDING.c.attempts + 1)
            )
        return [Leased(rebuilt(row), row.attempts + 1) for row in found]

    def _any(self, condition: ColumnElement[bool]) -> bool:
        with self._turn, reading(self._engine) as connection:
            return connection.scalar(select(literal(1)).where(condition).limit(1)) is not None

    def settle(self, sink: str, ids: Sequence[str], owner: str) -> int:
        """
        Forget rows of *owner*'s that *sink* has taken, or that must not leave any more.

        Returns:
            How many there were; fewer than *ids* when a lease had ended.

        Raises:
            StoreError: The database failed.
        """
        if not ids:
            return 0
        with self._turn, writing(self._engine) as connection:
            return connection.execute(delete(PENDING).where(_lent(sink, ids, owner))).rowcount

    def retry(self, sink: str, ids: Sequence[str], owner: str, not_before: float) -> None:
        """
        Put rows of *owner*'s back, not to be lent before *not_before*.

        Raises:
            StoreError: The database failed.
        """
        if not ids:
            return
        back = update(PENDING).where(_lent(sink, ids, owner))
        with self._turn, writing(self._engine) as connection:
            connection.execute(back.values(owner="", until=0.0, not_before=not_before))

    def reject(self, sink: str, reasons: Iterable[tuple[str, str]], owner: str) -> None:
        """
        Keep rows of *owner*'s aside, which *sink* will never take.

        Args:
            sink: The sink's name.
            reasons: Event id and reason, a word or a few without data; cut after 64 characters.
            owner: Who leased them.

        Raises:
            StoreError: The database failed; nothing has changed.
        """
        by_reason: dict[str, list[str]] = {}
        for event, reason in reasons:
            by_reason.setdefault(reason[:64], []).append(event)
        kept = [PENDING.c[name] for name in KEPT]
        with self._turn, writing(self._engine) as connection:
            for reason, ids in by_reason.items():
                lent = _lent(sink, ids, owner)
                aside = select(*kept, literal(reason)).where(lent)
                insert = insert_absent(self._engine, REJECTED)
                connection.execute(insert.from_select([*KEPT, "reason"], aside))
                connection.execute(delete(PENDING).where(lent))

    def requeue(self, sink: str) -> int:
        """
        Let *sink* have once more what it had rejected: after the cause was mended.

        Returns:
            How many rows wait again.

        Raises:
            StoreError: The database failed; nothing has changed.
        """
        kept = [REJECTED.c[name] for name in KEPT]
        again = select(*kept, *map(literal, UNLEASED)).where(REJECTED.c.sink == sink)
        names = [column.name for column in PENDING.columns]
        with self._turn, writing(self._engine) as connection:
            connection.execute(insert_absent(self._engine, PENDING).from_select(names, again))
            return connection.execute(delete(REJECTED).where(REJECTED.c.sink == sink)).rowcount

    def forget(self, kind: StopKind, key: str) -> int:
        """
        Erase what is kept here of a visitor, consent record or subject, rejected rows included.

        Returns:
            How many rows there were.

        Raises:
            StoreError: The database failed; nothing has changed.
        """
        return self._delete(lambda table: of_person(table, kind, key))

    def theirs(self, kind: StopKind, key: str) -> Iterator[OutboxRow]:
        """
        Yield what is kept here of a visitor, consent record or subject, rejected rows included.

        Each row is that of one sink. Rows are read by pages: no transaction is open meanwhile.

        Raises:
            StoreError: The database failed.
        """
        for table in (PENDING, REJECTED):
            yield from self._pages(table, of_person(table, kind, key))

    def _pages(self, table: Table, condition: ColumnElement[bool]) -> Iterator[OutboxRow]:
        ordered = select(table).where(condition).order_by(table.c.sink, table.c.id).limit(PAGE)
        beyond: ColumnElement[bool] = true()
        while True:
            with self._turn, reading(self._engine) as connection:
                found = connection.execute(ordered.where(beyond)).all()
            yield from map(rebuilt, found)
            if len(found) < PAGE:
                return
            beyond = _after(table, found[-1].sink, found[-1].id)

    def purge(self, now: float) -> int:
        """
        Erase what has expired, rejected rows included.

        Returns:
            How many rows there were.

        Raises:
            StoreError: The database failed; nothing has changed.
        """
        return self._delete(lambda table: table.c.expires_at <= now)

    def sweep(self, stopped: Callable[[list[Envelope]], set[str]]) -> int:
        """
        Erase what must not leave any more, leased and rejected rows included.

        An order to stop may be forgotten after a sweep that began when it stood: nothing that it
        stops is left here.

        Args:
            stopped: Returns the event ids among envelopes that must not leave.

        Returns:
            How many rows there were.

        Raises:
            StoreError: A database failed; some rows may be gone already.
        """
        return sum(self._sweep(table, stopped) for table in (PENDING, REJECTED))

    def _sweep(self, table: Table, stopped: Callable[[list[Envelope]], set[str]]) -> int:
        columns = [table.c[name] for name in ENVELOPE]
        ordered = select(*columns).order_by(table.c.sink, table.c.id).limit(PAGE)
        beyond: ColumnElement[bool] = true()
        swept = 0
        while True:
            with self._turn, reading(self._engine) as connection:
                found = [enveloped(row) for row in connection.execute(ordered.where(beyond))]
            gone = stopped(found)
            if gone:
                ids = table.c.id.in_(gone)
                with self._turn, writing(self._engine) as connection:
                    swept += connection.execute(delete(table).where(ids)).rowcount
            if len(found) < PAGE:
                return swept
            beyond = _after(table, found[-1].sinks[0], found[-1].id)

    def _delete(self, condition: Callable[[Table], ColumnElement[bool]]) -> int:
        with self._turn, writing(self._engine) as connection:
            return sum(
                connection.execute(delete(table).where(condition(table))).rowcount
                for table in (PENDING, REJECTED)
            )

    def depths(self) -> list[Depth]:
        """
        Count what waits, and what was rejected, for each sink that has any.

        Raises:
            StoreError: The database failed.
        """
        counted = select(PENDING.c.sink, func.count(), func.min(PENDING.c.added))
        refused = select(REJECTED.c.sink, func.count().label("rows"))
        with self._turn, reading(self._engine) as connection:
            waiting = {
                sink: (count, oldest)
                for sink, count, oldest in connection.execute(counted.group_by(PENDING.c.sink))
            }
            found = connection.execute(refused.group_by(REJECTED.c.sink))
            rejected = {row.sink: int(row.rows) for row in found}
        return [
            Depth(sink, *waiting.get(sink, (0, None)), rejected.get(sink, 0))
            for sink in sorted({*waiting, *rejected})
        ]


_ENDS = PENDING.c.until, PENDING.c.not_before


def _past(end: ColumnElement[float], now: float) -> ColumnElement[bool]:
    return or_(end <= now, end > now + FARTHEST_SECONDS)


def _after(table: Table, sink: str, last: str) -> ColumnElement[bool]:
    return or_(table.c.sink > sink, and_(table.c.sink == sink, table.c.id > last))


def _lent(sink: str, ids: Sequence[str], owner: str) -> ColumnElement[bool]:
    return and_(PENDING.c.sink == sink, PENDING.c.id.in_(ids), PENDING.c.owner == owner)
