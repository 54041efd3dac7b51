"""
Upkeep of the outbox: a person's events, the expired and what must not leave are erased. Does I/O.

Only the envelopes of a batch are read to find out whether it has such an event; a batch that has
one is rewritten without it, and with it goes what every sink has taken already.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, select, tuple_, update

from privacykit.collect.ports import Envelope, OutboxRow, StopKind
from privacykit.stores.database.engine import reading, writing
from privacykit.stores.database.erased_bytes import empty_log
from privacykit.stores.events.event_tables import of_person
from privacykit.stores.outbox.batches import envelopes_in, is_of
from privacykit.stores.outbox.rejected import PAGE, RejectedEvents
from privacykit.stores.outbox.shares import erase, hold, owed_in
from privacykit.stores.outbox.tables import (
    BATCHES,
    ENVELOPE,
    REJECTED,
    SHARES,
    Depth,
    envelope_of,
    rebuilt,
)

BATCHES_A_PAGE = 32
"""Batches whose envelopes are read in one transaction of a sweep."""

_OWED = (
    select(SHARES.c.batch, func.sum(SHARES.c.stop - SHARES.c.start).label("owed"))
    .group_by(SHARES.c.batch, SHARES.c.sink)
    .subquery()
)


class OutboxUpkeep(RejectedEvents):
    """What is kept of events on their way, counted, found, shown and erased."""

    def depths(self) -> list[Depth]:
        """
        Count what waits, and what was rejected, for each sink that has any.

        Raises:
            StoreError: The database failed.
        """
        owed = func.sum(SHARES.c.stop - SHARES.c.start)
        counted = select(SHARES.c.sink, owed, func.min(BATCHES.c.added))
        counted = counted.join(BATCHES, BATCHES.c.id == SHARES.c.batch).group_by(SHARES.c.sink)
        refused = select(REJECTED.c.sink, func.count()).group_by(REJECTED.c.sink)
        with self._turn, reading(self._engine) as connection:
            waiting = {
                sink: (int(count), oldest) for sink, count, oldest in connection.execute(counted)
            }
            rejected = {sink: int(count) for sink, count in connection.execute(refused)}
        return [
            Depth(sink, *waiting.get(sink, (0, None)), rejected.get(sink, 0))
            for sink in sorted({*waiting, *rejected})
        ]

    def hurry(self, sink: str) -> None:
        """
        Let *sink* have at once what was put back for later.

        Raises:
            StoreError: The database failed; nothing has changed.
        """
        theirs = SHARES.c.sink == sink, SHARES.c.owner == ""
        with self._turn, writing(self._engine) as connection:
            connection.execute(update(SHARES).where(*theirs).values(not_before=0.0))

    def forget(self, kind: StopKind, key: str) -> int:
        """
        Erase what is kept here of a visitor, consent record or subject, rejected rows included.

        Returns:
            How many events there were, each counted for each sink.

        Raises:
            StoreError: The database failed; nothing has changed.
        """
        with self._turn, writing(self._engine) as connection:
            theirs = _batches_of(connection, kind, key)
            found = _erase(connection, theirs, lambda envelope: is_of(envelope, kind, key))
            gone = delete(REJECTED).where(of_person(REJECTED, kind, key))
            found += connection.execute(gone).rowcount
        if found:
            empty_log(self._engine)
        return found

    def of_subject(self, kind: StopKind, key: str) -> Iterator[OutboxRow]:
        """
        Yield what is kept here of a visitor, consent record or subject, rejected rows included.

        Each row is that of one sink. Rows are read by pages: no transaction is open meanwhile.

        Raises:
            StoreError: The database failed.
        """
        with self._turn, reading(self._engine) as connection:
            theirs = _batches_of(connection, kind, key)
        yield from self._owed(theirs, lambda envelope: is_of(envelope, kind, key))
        for page in self._rejected_pages([*REJECTED.columns], of_person(REJECTED, kind, key)):
            yield from map(rebuilt, page)

    def of_others(self, keys: Sequence[tuple[StopKind, str]]) -> Iterator[OutboxRow]:
        """
        Yield what is kept here of somebody else or of nobody known, rejected rows included.

        Args:
            keys: By what one person is known.

        Raises:
            StoreError: The database failed.
        """
        with self._turn, reading(self._engine) as connection:
            every = list(connection.scalars(select(BATCHES.c.id)))
        yield from self._owed(every, lambda envelope: not any(is_of(envelope, *k) for k in keys))
        for page in self._rejected_pages([*REJECTED.columns]):
            rows = map(rebuilt, page)
            yield from (it for it in rows if not any(is_of(it.envelope, *k) for k in keys))

    def _owed(
        self, batches: Iterable[str], wanted: Callable[[Envelope], bool]
    ) -> Iterator[OutboxRow]:
        for id_ in batches:
            with self._turn, reading(self._engine) as connection:
                owed = list(owed_in(connection, id_))
            for batch, place, sink in owed:
                if wanted(batch.envelopes[place]):
                    yield batch.row(place, sink)

    def shared(self, visitors: Collection[str], keys: Sequence[tuple[StopKind, str]]) -> set[str]:
        """
        Return those of *visitors* under which events of somebody else are on their way.

        Args:
            visitors: Visitor ids.
            keys: By what one person is known.

        Raises:
            StoreError: The database failed.
        """
        written = [visitor.encode() for visitor in visitors]
        found: set[str] = set()
        with self._turn, reading(self._engine) as connection:
            for packed in connection.scalars(select(BATCHES.c.envelopes)):
                if any(visitor in packed for visitor in written):
                    found.update(_others(envelopes_in(packed), visitors, keys))
        for page in self._rejected_pages(ENVELOPE, REJECTED.c.visitor.is_not(None)):
            found.update(_others(map(envelope_of, page), visitors, keys))
        return found

    def purge(self, now: float) -> int:
        """
        Erase what has expired, rejected rows included, and what every sink has taken.

        Returns:
            How many events had expired, each counted for each sink.

        Raises:
            StoreError: The database failed; nothing has changed.
        """
        expired = select(BATCHES.c.id).where(BATCHES.c.expires_at <= now)
        taken = select(_OWED.c.batch).join(BATCHES, BATCHES.c.id == _OWED.c.batch)
        taken = taken.group_by(_OWED.c.batch, BATCHES.c.n)
        taken = taken.having(func.max(_OWED.c.owed) < BATCHES.c.n)
        with self._turn, writing(self._engine) as connection:
            ids = {*connection.scalars(expired), *connection.scalars(taken)}
            found = _erase(connection, ids, lambda envelope: envelope.expires_at <= now)
            gone = delete(REJECTED).where(REJECTED.c.expires_at <= now)
            found += connection.execute(gone).rowcount
        if found:
            empty_log(self._engine)
        return found

    def sweep(self, stopped: Callable[[list[Envelope]], set[str]]) -> int:
        """
        Erase what must not leave any more, leased and rejected rows included.

        An order to stop may be forgotten after a sweep that began when it stood: nothing that it
        stops is left here.

        Args:
            stopped: Returns the event ids among envelopes that must not leave.

        Returns:
            How many events there were, each counted for each sink.

        Raises:
            StoreError: A database failed; some rows may be gone already.
        """
        return self._sweep_batches(stopped) + self._sweep_rejected(stopped)

    def _sweep_batches(self, stopped: Callable[[list[Envelope]], set[str]]) -> int:
        ordered = (
            select(BATCHES.c.id, BATCHES.c.envelopes).order_by(BATCHES.c.id).limit(BATCHES_A_PAGE)
        )
        last, swept = "", 0
        while True:
            with self._turn, reading(self._engine) as connection:
                found = connection.execute(ordered.where(BATCHES.c.id > last)).all()
            for id_, packed in found:
                gone = stopped(envelopes_in(packed))
                if gone:
                    with self._turn, writing(self._engine) as connection:
                        swept += _erase(connection, [id_], partial(_is_among, gone))
            if len(found) < BATCHES_A_PAGE:
                return swept
            last = found[-1].id

    def _sweep_rejected(self, stopped: Callable[[list[Envelope]], set[str]]) -> int:
        swept = 0
        for page in self._rejected_pages(ENVELOPE):
            gone = stopped([envelope_of(row) for row in page])
            if gone:
                with self._turn, writing(self._engine) as connection:
                    theirs = delete(REJECTED).where(REJECTED.c.id.in_(gone))
                    swept += connection.execute(theirs).rowcount
        return swept

    def _rejected_pages(
        self, columns: Sequence[ColumnElement[Any]], *condition: ColumnElement[bool]
    ) -> Iterator[Sequence[Row[Any]]]:
        key = tuple_(REJECTED.c.sink, REJECTED.c.id)
        ordered = select(*columns).where(*condition).order_by(*key).limit(PAGE)
        page = ordered
        while True:
            with self._turn, reading(self._engine) as connection:
                found = connection.execute(page).all()
            yield found
            if len(found) < PAGE:
                return
            page = ordered.where(key > (found[-1].sink, found[-1].id))


def _others(
    envelopes: Iterable[Envelope], visitors: Collection[str], keys: Sequence[tuple[StopKind, str]]
) -> Iterator[str]:
    for envelope in envelopes:
        if envelope.visitor in visitors and not any(is_of(envelope, *key) for key in keys):
            yield envelope.visitor or ""


def _is_among(ids: set[str], envelope: Envelope) -> bool:
    return envelope.id in ids


def _batches_of(connection: Connection, kind: StopKind, key: str) -> list[str]:
    """Return the ids of the batches that have events of a person."""
    found = connection.execute(select(BATCHES.c.id, BATCHES.c.envelopes))
    written = key.encode()
    return [
        id_
        for id_, packed in found
        # To look for the bytes is a hundred times faster than to read the envelopes.
        if written in packed and any(is_of(it, kind, key) for it in envelopes_in(packed))
    ]


def _erase(connection: Connection, ids: Iterable[str], unwanted: Callable[[Envelope], bool]) -> int:
    erased = 0
    for id_ in sorted(ids):
        # One at a time, as each may be as large as a commit.
        for batch in hold(connection, [id_]).values():
            erased += erase(connection, batch, unwanted)
    return erased
