"""
The outbox in a database: what is acknowledged and not yet settled. Does I/O; synchronous.

Laws of this file:

1. What was committed together is one row, whatever number of sinks it goes to; the same commit
   added twice is one.
2. A leased event is nobody else's until its lease ends.
3. Only the owner of a lease settles, discards, puts back or rejects.
4. Nothing is lost silently: a rejected event is kept with its reason until it expires.
5. A clock that was set back holds up no event for longer than :data:`FARTHEST_SECONDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from operator import attrgetter

from sqlalchemy import ColumnElement, Connection, and_, or_, select
from sqlalchemy.exc import DataError, IntegrityError

from privacykit.collect.ports import OutboxRow
from privacykit.errors import StoreError
from privacykit.stores.database.engine import reading, writing
from privacykit.stores.database.insert import insert_absent
from privacykit.stores.database.schema import prepare
from privacykit.stores.outbox.batches import Batch, form_batches
from privacykit.stores.outbox.shares import (
    add_shares,
    change_shares,
    hold,
    keep,
    part,
    shares_of,
)
from privacykit.stores.outbox.tables import (
    BATCHES,
    OUTBOX_SCHEMA,
    REJECTED,
    SHARES,
    Leased,
    Share,
    rejected_row,
)
from privacykit.stores.outbox.upkeep import OutboxUpkeep

FARTHEST_SECONDS = 3900.0
"""
How far ahead the end of a lease or pause may lie, to be believed.

The longest pause is an hour, and the clocks of workers differ; what ends later was written before a
clock was set back.
"""

MOST_READ = 8
"""How many times as many events as it lends a lease reads at most, while others wait for them."""


class _UnstorableError(StoreError):
    """The database works, but will never take one of the rows."""


class _ThereError(StoreError):
    """A batch of that id is there already."""


class OutboxStore(OutboxUpkeep):
    """
    The outbox's tables in one database; may be shared by threads, and by any number of processes.

    Args:
        engine: Where the tables are; they are made by :meth:`prepare`.
    """

    def prepare(self) -> None:
        """
        Create the tables that are missing.

        Raises:
            StoreError: The database failed.
        """
        prepare(self._engine, OUTBOX_SCHEMA)

    def add(self, rows: Sequence[OutboxRow], now: float) -> list[str]:
        """
        Keep *rows*, for each of their sinks; committed when this returns.

        What was added before and still waits is left out where *rows* begin as they did then.

        Returns:
            The ids of rows that the database can never hold, if there are any.

        Raises:
            StoreError: The database failed; nothing is kept for certain, so add them again.
        """
        if self._add(rows, now):
            return []
        return [row.envelope.id for row in rows if not self._add([row], now)]

    def _add(self, rows: Sequence[OutboxRow], now: float) -> bool:
        while rows:
            batches = form_batches(rows, now)
            try:
                self._keep(batches)
            except _UnstorableError:
                return False
            except _ThereError:
                there = self._there([row.envelope.id for row in rows])
                rows = [row for row in rows if row.envelope.id not in there]
            else:
                break
        return True

    def _keep(self, batches: Sequence[Batch]) -> None:
        """
        Commit *batches*.

        Raises:
            _UnstorableError: One of them cannot be stored; none is.
            _ThereError: One of them is there already; none is stored.
            StoreError: The database failed.
        """
        with self._turn, writing(self._engine) as connection:
            try:
                keep(connection, batches)
            except IntegrityError:
                raise _ThereError from None
            except (DataError, OverflowError, ValueError):
                raise _UnstorableError from None

    def _there(self, ids: Sequence[str]) -> set[str]:
        """Return *ids* that batches begin with, and the ids of all events in those."""
        with self._turn, writing(self._engine) as connection:
            found = hold(connection, ids)
        # The first event is among them even if its sinks have had it.
        return {*found, *(it.id for batch in found.values() for it in batch.envelopes)}

    def lease(self, sink: str, owner: str, limit: int, *, until: float, now: float) -> list[Leased]:
        """
        Lend up to *limit* events of *sink* to *owner*, those of the oldest commits first.

        Args:
            sink: The sink's name.
            owner: The worker's name, unlike that of any other.
            limit: At most so many events.
            until: Unix seconds; from then on they may be lent again.
            now: Unix seconds.

        Raises:
            StoreError: The database failed.
        """
        free = and_(SHARES.c.sink == sink, *(_past(it, now) for it in _ENDS))
        leased: list[Leased] = []
        while not leased and (wanted := self._next(free, limit)):
            # Another worker may have been faster; then there may be more beyond.
            with self._turn, writing(self._engine) as connection:
                batches = hold(connection, wanted)
                chosen, rest = _first(shares_of(connection, wanted, free), limit)
                lent = [
                    share._replace(owner=owner, until=until, attempts=share.attempts + 1)
                    for share in chosen
                ]
                change_shares(connection, lent)
                add_shares(connection, rest)
            leased = [
                Leased(batches[share.batch].row(place, sink), share.attempts)
                for share in lent
                for place in range(share.start, share.stop)
            ]
        # Batches of several processes overlap.
        return sorted(leased, key=_id)

    def _next(self, free: ColumnElement[bool], limit: int) -> set[str]:
        """Return the batches in which the *limit* oldest events are that are *free*."""
        columns = (SHARES.c.batch, SHARES.c.start, SHARES.c.stop, BATCHES.c.n)
        oldest = select(*columns).join(BATCHES, BATCHES.c.id == SHARES.c.batch).where(free)
        oldest = oldest.order_by(SHARES.c.batch, SHARES.c.start).limit(limit)
        wanted: set[str] = set()
        found = read = 0
        with self._turn, reading(self._engine) as connection:
            for batch, start, stop, n in connection.execute(oldest):
                if found >= limit or read > limit * MOST_READ:
                    break
                read += 0 if batch in wanted else n
                found += stop - start
                wanted.add(batch)
        return wanted

    def settle(self, sink: str, ids: Sequence[str], owner: str) -> int:
        """
        Forget events of *owner*'s that *sink* has taken, or that must not leave any more.

        Returns:
            How many there were; fewer than *ids* when a lease had ended.

        Raises:
            StoreError: The database failed.
        """
        if not ids:
            return 0
        with self._turn, writing(self._engine) as connection:
            return len(_take(connection, sink, ids, owner))

    def retry(
        self,
        sink: str,
        ids: Sequence[str] | None,
        owner: str,
        not_before: float,
        *,
        tried: bool = True,
    ) -> int:
        """
        Put events of *owner*'s back, not to be lent before *not_before*.

        Args:
            sink: The sink's name.
            ids: Ids of events; ``None`` is all that *owner* has leased.
            owner: Who leased them.
            not_before: Unix seconds.
            tried: Whether the attempt counts as one of theirs; not where the sink failed for all.

        Returns:
            How many there were.

        Raises:
            StoreError: The database failed.
        """
        if ids is not None and not ids:
            return 0

        def back(share: Share) -> Share:
            attempts = share.attempts if tried else share.attempts - 1
            return share._replace(owner="", until=0.0, attempts=attempts, not_before=not_before)

        with self._turn, writing(self._engine) as connection:
            return len(_take(connection, sink, ids, owner, back))

    def reject(self, sink: str, reasons: Iterable[tuple[str, str]], owner: str, now: float) -> None:
        """
        Keep events of *owner*'s aside, which *sink* will never take.

        Args:
            sink: The sink's name.
            reasons: Event id and reason, a word or a few without data; cut after 64 characters.
            owner: Who leased them.
            now: Unix seconds.

        Raises:
            StoreError: The database failed; nothing has changed.
        """
        why = {event: reason[:64] for event, reason in reasons}
        if not why:
            return
        with self._turn, writing(self._engine) as connection:
            aside = [
                rejected_row(batch.row(place, sink), batch.added, why, now)
                for batch, place in _take(connection, sink, why, owner)
            ]
            if aside:
                connection.execute(insert_absent(self._engine, REJECTED), aside)


_id = attrgetter("row.envelope.id")
_ENDS = SHARES.c.until, SHARES.c.not_before


def _past(end: ColumnElement[float], now: float) -> ColumnElement[bool]:
    return or_(end <= now, end > now + FARTHEST_SECONDS)


def _first(shares: Iterable[Share], limit: int) -> tuple[list[Share], list[Share]]:
    """Return shares of the first *limit* events of *shares*, and of what one of them is cut off."""
    chosen: list[Share] = []
    rest: list[Share] = []
    for share in shares:
        stop = min(share.stop, share.start + limit)
        if stop > share.start:
            chosen.append(share._replace(stop=stop))
            limit -= stop - share.start
            if stop < share.stop:
                rest.append(share._replace(start=stop))
    return chosen, rest


def _take(
    connection: Connection,
    sink: str,
    ids: Collection[str] | None,
    owner: str,
    become: Callable[[Share], Share] | None = None,
) -> list[tuple[Batch, int]]:
    """Take the events *ids* out of what *owner* has leased for *sink*; see :func:`part`."""
    theirs = and_(SHARES.c.sink == sink, SHARES.c.owner == owner)
    wanted = set(connection.scalars(select(SHARES.c.batch).where(theirs)))
    batches = hold(connection, wanted)
    events = None if ids is None else set(ids)
    return part(connection, batches, shares_of(connection, wanted, theirs), events, become)
