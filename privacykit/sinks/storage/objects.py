"""
Events into objects: Parquet or JSON lines, in a bucket or a folder. Does I/O through a store.

Laws of this file:

1. An event is in one object. Before a batch is written, the objects of the same days whose names
   say that they may hold one of its events are looked through; of those written last the ids are
   in memory.
2. What perhaps arrived goes into an object of the same name when it comes again, as long as all of
   it does: whichever of the two comes first is the only one.
3. An object that has lost rows keeps its name, so that a put of it which comes late creates none.
4. An object whose last event has ended goes; one whose first has is written anew without it.
5. Small objects are joined when their day is over and nothing can still be on its way to them: the
   whole is created before its parts go, so that a process that dies leaves an event twice and never
   none. No erasure is at work meanwhile.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from privacykit.collect.ports import (
    Batches,
    Gathers,
    Maintains,
    OutboxRow,
    Reachable,
    SendOutcome,
    Sink,
)
from privacykit.errors import SinkError
from privacykit.sinks.compaction import Compacts, weight
from privacykit.sinks.storage.object_forms import Doomed, ObjectForm, form_of
from privacykit.sinks.storage.object_names import ObjectName, folder_of, moments_of
from privacykit.sinks.storage.object_store import ObjectMemory, ObjectStore
from privacykit.sinks.storage.turns import StoreTurn, turn_at

ATTEMPTS = 5
"""How often an object is read again that somebody else changes at the same time."""

DAY_SECONDS = 86_400

QUIET_SECONDS = 3600.0
"""How long an object has to be as it is before it is joined with others."""

MOST_JOINED = 64 * 1024 * 1024
"""What the parts of one object weigh; one of half that is large enough."""

_UNREADABLE = "PK181 an object is not what its name says"
_CHANGING = "PK182 an object is changed by others all the time"


class ObjectsSink(Sink, Batches, Gathers, Maintains, Reachable, Compacts):
    """
    Writes batches as objects.

    Args:
        name: The sink's name.
        store: The bucket or folder.
        form: How events are written.
        batch: Events in one object, at most.
        gather: Seconds to wait for more, after an object that was not full.
        clock: Returns Unix seconds.
    """

    def __init__(
        self,
        name: str,
        store: ObjectStore,
        form: ObjectForm,
        *,
        batch: int,
        gather: float,
        clock: Callable[[], float],
    ) -> None:
        self.name = name
        self.batch = batch
        self.gather = gather
        self._store = store
        self._form = form
        self._clock = clock
        self._memory = ObjectMemory()
        self._unsure: list[frozenset[str]] = []

    async def send(self, batch: Sequence[OutboxRow]) -> SendOutcome:
        """
        Write *batch*: an object for each day of events, and for each day of their ends.

        Raises:
            SinkError: The store does not answer, or refuses us.
        """
        rejected: list[tuple[str, str]] = []
        groups: dict[tuple[str, int], dict[str, OutboxRow]] = {}
        for row in batch:
            try:
                date = self._form.dated(row)
            except ValueError:
                rejected.append((row.envelope.id, "unreadable"))
                continue
            ends = row.envelope.expires_at // DAY_SECONDS
            groups.setdefault((date, ends), {})[row.envelope.id] = row
        unsure, self._unsure = self._unsure, []
        for (date, _), rows in groups.items():
            for portion in _portions(rows, unsure):
                await self._write(date, portion)
        return SendOutcome(rejected=tuple(rejected))

    async def _write(self, date: str, portion: Sequence[OutboxRow]) -> None:
        known = await self._known(date, portion)
        rows = [row for row in portion if row.envelope.id not in known]
        if not rows:
            return
        ids = frozenset(row.envelope.id for row in rows)
        ends = [row.envelope.expires_at for row in rows]
        key = ObjectName.of(date, ends, ids, self._form.suffix).key
        try:
            await self._store.put_new(key, self._form.encode(rows))
        except BaseException:
            self._unsure.append(ids)
            raise
        self._memory.keep(key, ids)

    async def _known(self, date: str, rows: Sequence[OutboxRow]) -> set[str]:
        """
        Return those ids of *rows* that are in objects already.

        Raises:
            SinkError: The store does not answer, or others join its objects all the time.
        """
        wanted = {row.envelope.id for row in rows}
        moments, known = moments_of(wanted), set[str]()
        for _ in range(ATTEMPTS):
            gone = False
            async for key in self._store.keys(folder_of(date)):
                name = ObjectName.parse(key)
                if name and name.may_hold(moments):
                    ids = await self._ids(key, name)
                    known |= wanted & (ids or set())
                    gone |= ids is None
            if not gone:
                return known
        raise SinkError(_CHANGING)

    async def _ids(self, key: str, name: ObjectName) -> frozenset[str] | None:
        """
        Return the ids in an object; ``None`` where it went meanwhile, perhaps into another.

        Raises:
            SinkError: It cannot be read.
        """
        ids = self._memory.ids(key)
        if ids is None:
            found = await self._store.get(key)
            if found is None:
                return None
            try:
                ids = form_of(name.suffix).ids(found.body)
            except ValueError:
                raise SinkError(_UNREADABLE) from None
            self._memory.keep(key, ids)
        return ids

    async def keep(self, now: float) -> None:
        """
        Remove the objects that have ended, and what has expired at *now* from others.

        Raises:
            SinkError: The store does not answer, or refuses us.
        """
        await self._store.tidy()
        async for key in self._store.keys(""):
            name = ObjectName.parse(key)
            if name and name.ends[1] <= now:
                await self._store.delete(key)
            elif name and name.ends[0] <= now:
                await self._rewrite(key, name, Doomed(now))

    async def erase(self, ids: Collection[str]) -> int:
        """
        Write every object anew that holds one of *ids*, without them.

        Only objects are read whose names say that they may hold one.

        Returns:
            How many events went.

        Raises:
            SinkError: Some may be left: it has to be repeated.
        """
        doomed, moments, gone = Doomed(ids=frozenset(ids)), moments_of(ids), 0
        async with turn_at(self._store, self._clock) as turn:
            async for key in self._store.keys(""):
                name = ObjectName.parse(key)
                if name and name.may_hold(moments):
                    await turn.go_on(self._store, self._clock())
                    gone += await self._rewrite(key, name, doomed)
        return gone

    async def compact(self, now: float) -> tuple[int, int]:
        """
        Join the small objects of days that are over.

        Returns:
            How many objects became how many.

        Raises:
            SinkError: The store does not answer, or refuses us; what is joined already is right.
        """
        groups: dict[tuple[str, int, str], list[str]] = {}
        before = after = 0
        async with turn_at(self._store, self._clock) as turn:
            async for key in self._store.keys(""):
                name = ObjectName.parse(key)
                if name and name.date < _day_before(now):
                    group = name.date, name.ends[1] // DAY_SECONDS, name.suffix
                    groups.setdefault(group, []).append(key)
            for (date, _, suffix), keys in groups.items():
                async for parts in self._small(sorted(keys), now):
                    await self._join(date, form_of(suffix), parts, turn)
                    before, after = before + len(parts), after + 1
        return before, after

    async def _small(self, keys: Sequence[str], now: float) -> AsyncIterator[dict[str, bytes]]:
        """Yield those objects of *keys* that are to be joined, as many at a time as make one."""
        parts: dict[str, bytes] = {}
        for key in keys if len(keys) > 1 else ():
            found = await self._store.get(key)
            if found is None or found.changed > now - QUIET_SECONDS:
                continue
            size = weight(found.body)
            if size > MOST_JOINED // 2:
                continue
            if size + sum(map(weight, parts.values())) > MOST_JOINED:
                yield parts
                parts = {}
            parts[key] = found.body
        if len(parts) > 1:
            yield parts

    async def _join(
        self, date: str, form: ObjectForm, parts: Mapping[str, bytes], turn: StoreTurn
    ) -> None:
        try:
            joined = form.joined(list(parts.values()))
        except ValueError:
            raise SinkError(_UNREADABLE) from None
        key = ObjectName.of(date, joined.ends, joined.ids, form.suffix).key
        turn.check(self._clock())
        # Where it is there already, it is of a compaction that died before its parts went.
        await self._store.put_new(key, joined.body)
        self._memory.keep(key, joined.ids)
        for part in parts.keys() - {key}:
            turn.check(self._clock())
            await self._store.delete(part)

    async def _rewrite(self, key: str, name: ObjectName, doomed: Doomed) -> int:
        for _ in range(ATTEMPTS):
            found = await self._store.get(key)
            if found is None:
                return 0
            try:
                body, gone = form_of(name.suffix).without(found.body, doomed)
            except ValueError:
                raise SinkError(_UNREADABLE) from None
            if body is None:
                await self._store.delete(key)
                return gone
            if not gone or await self._store.replace(key, body, found.tag):
                return gone
        raise SinkError(_CHANGING)

    async def answers(self) -> None:
        """
        Ask the store whether it would take objects.

        Raises:
            SinkError: It would not.
        """
        await self._store.answers()

    async def close(self) -> None:
        """Close the store."""
        await self._store.close()


def _day_before(now: float) -> str:
    return datetime.fromtimestamp(now - DAY_SECONDS, UTC).date().isoformat()


def _portions(
    rows: dict[str, OutboxRow], unsure: Sequence[frozenset[str]]
) -> Iterator[list[OutboxRow]]:
    """Yield *rows* as objects: what was sent together and is *unsure* stays together."""
    left = dict(rows)
    for together in unsure:
        if together <= left.keys():
            yield [left.pop(id_) for id_ in sorted(together)]
    if left:
        yield list(left.values())
