"""
Events as operators look at them: stored ones, and those that still wait in the outbox. Reads.

Laws of this file: looking makes nothing, no table and no file; what has expired is not seen; an
event that is stored and waits for another sink is one; whatever there is, memory holds a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from heapq import merge
from itertools import groupby, islice
from typing import Any

import msgspec
from msgspec.structs import asdict
from sqlalchemy import ColumnElement, Engine, Table, func, literal_column, select

from privacykit.collect.ports import Envelope, OutboxRow
from privacykit.stores.database.engine import reading
from privacykit.stores.events.layout import PeriodLayout, period_layout
from privacykit.stores.events.view import member_of
from privacykit.stores.outbox.looking import count_waiting, is_there, waiting_events

PAGE = 500
"""Rows read in one transaction."""

MOST_GROUPS = 1000
"""Groups that a count answers with; the smallest of more are not told."""

NO_PAGE = "(none)"
"""What events without a page are counted under."""

_ENVELOPE = ("id", "site", "purpose", "expires_at", "visitor", "record", "subject")
DAY_MS = 86_400_000
DAY_SECONDS = DAY_MS // 1000


class SeenEvent(msgspec.Struct, frozen=True, order=True):
    """
    An event, wherever it is.

    Attributes:
        id: Its id, which rises with time.
        body: The CloudEvents JSON; empty where only ids were asked for.
        waits_for: The sinks it still waits for, if it is not stored.
    """

    id: str
    body: str = ""
    waits_for: tuple[str, ...] = ()


class EventReader:
    """
    The events of one store and one outbox.

    Args:
        store: Returns the database of the event store, ``None`` as long as there is none.
        outbox: Returns that of the outbox.
    """

    def __init__(
        self, store: Callable[[], Engine | None], outbox: Callable[[], Engine | None]
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._layout: PeriodLayout | None = None

    def newest(self, n: int, now: float, **equal: str) -> Iterator[SeenEvent]:
        """
        Yield the *n* newest events that are alive at *now*, the oldest of them first.

        Args:
            n: How many.
            now: Unix seconds.
            equal: Columns and what they must hold: ``site``, ``purpose``.

        Raises:
            StoreError: A database failed.
        """
        ids = (one.id for one in self._seen(now, equal, "", bodies=False, newest=True))
        oldest = next(islice(ids, n - 1, None), "")
        yield from islice(self._seen(now, equal, oldest), n)

    def after(self, last: str, now: float, **equal: str) -> Iterator[SeenEvent]:
        """
        Yield the living events whose id is above *last*, in the order of ids.

        Raises:
            StoreError: A database failed.
        """
        return (one for one in self._seen(now, equal, last) if one.id > last)

    def beginning(self, start: str, now: float) -> list[SeenEvent]:
        """
        Return the living events whose id begins with *start*, at most two.

        Raises:
            StoreError: A database failed.
        """
        found: list[SeenEvent] = []
        for one in self._seen(now, {}, start):
            if not one.id.startswith(start) or len(found) > 1:
                break
            found.append(one)
        return found

    def between(
        self, start: int, end: int, now: float, equal: Mapping[str, str], *, bodies: bool = True
    ) -> Iterator[list[OutboxRow]]:
        """
        Yield pages of the stored events of some time that are alive at *now*.

        Args:
            start: Unix milliseconds, included.
            end: Unix milliseconds, not included.
            now: Unix seconds.
            equal: Columns and what they must hold.
            bodies: Whether they are read too; else they are empty.

        Raises:
            StoreError: The database failed.
        """
        for engine, table in self._tables():
            where = [*_living(table, now, equal), table.c.time >= start, table.c.time < end]
            yield from _rows(engine, table, where, bodies=bodies)

    def count(self, by: str, since: float, now: float, **equal: str) -> dict[str, int]:
        """
        Count the stored events that are alive at *now*.

        Args:
            by: ``day`` (UTC), ``page``, ``purpose`` or ``site``.
            since: Unix seconds; what happened before is not counted.
            now: Unix seconds.
            equal: Columns and what they must hold.

        Returns:
            How many there are of each day, the oldest first; of each other, the greatest first.

        Raises:
            StoreError: The database failed.
        """
        counts: dict[str, int] = {}
        for engine, table in self._tables():
            group = _group(table, by, engine.dialect.name)
            where = [*_living(table, now, equal), table.c.time >= int(since * 1000)]
            query = select(group.label("key"), func.count().label("n")).where(*where)
            query = query.group_by(group).order_by(func.count().desc()).limit(MOST_GROUPS)
            with reading(engine) as connection:
                for row in connection.execute(query):
                    key = _key(by, row.key)
                    counts[key] = counts.get(key, 0) + int(row.n)
        if by == "day":
            return dict(sorted(counts.items()))
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def waiting(self) -> int:
        """
        Return how many events wait in the outbox, for whatever sink.

        Raises:
            StoreError: The database failed.
        """
        engine = self._outbox()
        return count_waiting(engine) if engine is not None and is_there(engine) else 0

    def _seen(
        self,
        now: float,
        equal: Mapping[str, str],
        first: str,
        *,
        bodies: bool = True,
        newest: bool = False,
    ) -> Iterator[SeenEvent]:
        """Merge what is stored and what waits, by id; *first* is the least id."""
        streams = [
            _pages(engine, table, _living(table, now, equal), first, bodies=bodies, newest=newest)
            for engine, table in self._tables()
        ]
        streams.append(self._waiting(now, equal, first, newest=newest))
        ordered = merge(*streams, key=lambda one: one.id, reverse=newest)
        for _, same in groupby(ordered, key=lambda one: one.id):
            yield _one(same)

    def _tables(self) -> list[tuple[Engine, Table]]:
        engine = self._store()
        if engine is None:
            return []
        if self._layout is None:
            self._layout = period_layout(engine)
        shelves = self._layout.shelves(self._layout.existing())
        return [(shelf.engine, shelf.table) for shelf in shelves]

    def _waiting(
        self, now: float, equal: Mapping[str, str], first: str, *, newest: bool
    ) -> Iterator[SeenEvent]:
        engine = self._outbox()
        if engine is None or not is_there(engine):
            return

        def wanted(it: Envelope) -> bool:
            return it.expires_at > now and equal.items() <= asdict(it).items()

        for one in waiting_events(engine, wanted, first, newest=newest):
            yield SeenEvent(one.id, one.body.decode(), (one.sink,))


def _pages(
    engine: Engine,
    table: Table,
    where: Iterable[ColumnElement[bool]],
    first: str,
    *,
    bodies: bool,
    newest: bool,
) -> Iterator[SeenEvent]:
    """Read *table* by pages, in the order of ids: no transaction is open while the caller works."""
    columns = [table.c.id, *([table.c.body] if bodies else [])]
    ordered = select(*columns).where(*where).limit(PAGE)
    ordered = ordered.order_by(table.c.id.desc() if newest else table.c.id)
    page = ordered.where(table.c.id >= first) if first else ordered
    while True:
        with reading(engine) as connection:
            rows = connection.execute(page).all()
        for row in rows:
            yield SeenEvent(row.id, row.body if bodies else "")
        if len(rows) < PAGE:
            return
        last = rows[-1].id
        page = ordered.where(table.c.id < last if newest else table.c.id > last)


def _rows(
    engine: Engine, table: Table, where: Iterable[ColumnElement[bool]], *, bodies: bool
) -> Iterator[list[OutboxRow]]:
    """Read *table* by pages, each event with what ties it to a person."""
    keys = [table.c[name] for name in _ENVELOPE]
    columns = [*keys, *([table.c.body] if bodies else [])]
    ordered = select(*columns).where(*where).order_by(table.c.id).limit(PAGE)
    page = ordered
    while True:
        with reading(engine) as connection:
            rows = connection.execute(page).all()
        if rows:
            yield [_stored(row, bodies=bodies) for row in rows]
        if len(rows) < PAGE:
            return
        page = ordered.where(table.c.id > rows[-1].id)


def _stored(row: Any, *, bodies: bool) -> OutboxRow:  # noqa: ANN401 - a row of SQLAlchemy's
    envelope = Envelope(
        row.id, row.site, row.purpose, row.expires_at, (), row.visitor, row.record, row.subject
    )
    return OutboxRow(envelope, row.body.encode() if bodies else b"")


def _one(same: Iterable[SeenEvent]) -> SeenEvent:
    found = list(same)
    stored = next((one for one in found if not one.waits_for), None)
    sinks = tuple(sorted({sink for one in found for sink in one.waits_for}))
    return stored or SeenEvent(found[0].id, found[0].body, sinks)


def _living(table: Table, now: float, equal: Mapping[str, str]) -> list[ColumnElement[bool]]:
    return [table.c.expires_at > now, *(table.c[name] == value for name, value in equal.items())]


def _group(table: Table, by: str, dialect: str) -> ColumnElement[Any]:
    if by == "day":
        return table.c.time // DAY_MS
    return literal_column(member_of(dialect, by)) if by == "page" else table.c[by]


def _key(by: str, value: Any) -> str:  # noqa: ANN401 - what a database answers
    if by == "day":
        return f"{datetime.fromtimestamp(int(value) * DAY_SECONDS, UTC):%Y-%m-%d}"
    return NO_PAGE if value is None else str(value)
