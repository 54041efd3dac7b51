"""
One sink's share of the outbox: lease, ask once more, send, settle. Does I/O.

Laws of this file:

1. What must not leave is asked for right before each attempt; while nobody can tell, none is made.
2. An attempt ends before its lease does.
3. What a sink has taken is owed to the outbox: it is written down there before more is sent.
4. Whatever a sink does harms no other sink.
5. What perhaps arrived is sent again, unless the other end cannot tell and it is to be left.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol

import anyio.to_thread

from privacykit.collect.ports import (
    Batches,
    Envelope,
    Gathers,
    Maintains,
    OutboxRow,
    SendOutcome,
    Sink,
    Unsure,
)
from privacykit.collect.site import SinkRule
from privacykit.decide.withheld import Withheld
from privacykit.delivery.commit_batches import Counts
from privacykit.delivery.gone_notes import GoneNotes
from privacykit.delivery.last_look import last_look
from privacykit.delivery.sink_counts import SinkCounts
from privacykit.delivery.trouble_notes import TroubleNotes
from privacykit.errors import SinkError
from privacykit.stores.outbox.store import OutboxStore
from privacykit.stores.outbox.tables import Leased

LEASE_SECONDS = 60.0
"""How long a batch is ours; a worker that dies keeps it so long from the others."""
MARGIN_SECONDS = 5.0
"""How long before the end of its lease an attempt is given up."""
BATCH = 512
"""Events in one attempt, unless the sink wants fewer: as many as one commit, to lend it whole."""

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 300.0
LONGEST_WAIT_SECONDS = 3600.0
"""The longest that a sink may ask to be left alone; see ``outbox.store.FARTHEST_SECONDS``."""


class Orders(Protocol):
    """The part of a consent store that delivery asks."""

    def stopped(self, envelopes: Iterable[Envelope]) -> set[str]:
        """Return the event ids among *envelopes* that must not leave."""
        ...

    def forget_stops(self, now: float) -> int:
        """Delete the orders whose end has come: all that they stop is gone."""
        ...


def pause(attempts: int, chance: float) -> float:
    """
    Return how many seconds to wait after so many *attempts*.

    Args:
        attempts: At least 1.
        chance: From 0 to 1, so that workers do not come back all at once.
    """
    longest: float = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(attempts - 1, 30))
    return longest * (0.5 + chance / 2)


class Courier:
    """
    Delivers to one sink.

    Args:
        outbox: Where rows are leased.
        sink: Where they go.
        consents: Says what must not leave.
        owner: The name of this worker, unlike that of any other.
        clock: Returns Unix seconds.
        chance: Returns a number from 0 to 1, anew each time.
        counters: Told what became of events.
        rule: Which events the sink takes at present; ``None`` for all.

    Attributes:
        tally: The same, for this sink since the start.
        pause: Seconds that the sink is to be left alone after this turn.
        trouble: What keeps it from taking events at present, in words without data.
        upkeep_trouble: What kept it from doing its upkeep the last time.
    """

    def __init__(
        self,
        outbox: OutboxStore,
        sink: Sink,
        consents: Orders,
        *,
        owner: str,
        clock: Callable[[], float],
        chance: Callable[[], float],
        counters: Counts,
        rule: SinkRule | None = None,
    ) -> None:
        self.sink = sink
        self._batches = sink if isinstance(sink, Batches) else None
        self._gather = sink.gather if isinstance(sink, Gathers) else 0.0
        self._unsure = sink if isinstance(sink, Unsure) else None
        self._rule = rule
        self._upkeep = sink if isinstance(sink, Maintains) else None
        self.tally = SinkCounts()
        self.pause = 0.0
        self.trouble = ""
        self.upkeep_trouble = ""
        self._outbox = outbox
        self._consents = consents
        self._owner = owner
        self._clock = clock
        self._chance = chance
        self._counters = counters
        self._failures = 0
        self._notes = TroubleNotes(outbox.troubles, sink.name)
        self._gone_notes = GoneNotes(outbox.withheld, sink.name)
        self._owed: deque[Callable[[], object]] = deque()

    async def turn(self) -> int:
        """
        Make one attempt, if there is anything to send.

        Returns:
            How many events were leased.

        Raises:
            StoreError: The outbox or the consent store failed; nothing was sent since.
        """
        await self._write_down_all()
        self.pause = 0.0
        # By a clock that never jumps, as the attempt must end before the lease does.
        ends = asyncio.get_running_loop().time() + LEASE_SECONDS - MARGIN_SECONDS
        now = self._clock()
        limit = self._batches.batch if self._batches else BATCH
        lease = partial(self._outbox.lease, until=now + LEASE_SECONDS, now=now)
        leased = await anyio.to_thread.run_sync(lease, self.sink.name, self._owner, limit)
        if leased:
            if await self._attempt(leased, ends):
                self._owed.append(
                    partial(self._notes.leave, self.trouble, self._clock(), self.pause)
                )
            await self._write_down_all()
            self.pause = max(self.pause, self._gather if len(leased) < limit else 0.0)
        return len(leased)

    async def _attempt(self, leased: Sequence[Leased], ends: float) -> bool:
        attempts = {one.row.envelope.id: one.attempts for one in leased}
        try:
            stopped = await anyio.to_thread.run_sync(
                self._consents.stopped, [one.row.envelope for one in leased]
            )
        except Exception:
            self._put_back({self._clock() + pause(1, self._chance()): list(attempts)})
            raise
        now = self._clock()
        rows, gone = last_look(leased, stopped, self._rule, now)
        self._write_later(self._outbox.settle, list(gone), self._owner)
        for reason, n in Counter(gone.values()).items():
            self._count("expired" if reason is Withheld.EXPIRED else "stopped", n)
            self._owed.append(partial(self._gone_notes.leave, reason, n, now))
        if not rows:
            return False
        try:
            outcome = await self._send(rows, ends)
        except SinkError as error:
            self.trouble = str(error)
            self._leave_alone([row.envelope.id for row in rows], error)
        else:
            self.trouble = ""
            self._failures = 0
            self._write_down([row.envelope.id for row in rows], outcome, attempts)
        return True

    async def _send(self, rows: Sequence[OutboxRow], ends: float) -> SendOutcome:
        """
        Send *rows* while they are ours.

        Raises:
            SinkError: They are to be sent again, whatever happened.
        """
        try:
            async with asyncio.timeout_at(ends):
                return await self.sink.send(rows)
        except SinkError:
            raise
        except TimeoutError:
            raise SinkError("PK172 the sink took too long", unclear=True) from None
        except Exception as error:  # noqa: BLE001  # law 4
            # Somebody else's code may fail in any way; its words may hold data.
            told = f"PK173 the sink failed ({type(error).__name__})"
            raise SinkError(told, unclear=True) from None

    def _write_down(
        self, ids: Sequence[str], outcome: SendOutcome, attempts: dict[str, int]
    ) -> None:
        again, untried = set(outcome.retry), set(outcome.untried)
        perhaps, dropped = set(outcome.unclear), dict(outcome.dropped)
        left = again | untried | perhaps
        rejected = {id_: reason for id_, reason in outcome.rejected if id_ not in left}
        taken = [id_ for id_ in ids if id_ not in left and id_ not in rejected]
        gone = sum(id_ in dropped for id_ in taken)
        self._count("perhaps", len(perhaps))
        if self._leaves():
            self._write_later(self._outbox.settle, outcome.unclear, self._owner)
        else:
            again |= perhaps
        now = self._clock()
        later: dict[float, list[str]] = {}
        for tries in sorted(set(attempts.values())):
            same = [id_ for id_ in ids if id_ in again and attempts[id_] == tries]
            later.setdefault(now + pause(tries, self._chance()), []).extend(same)
        self._write_later(self._outbox.settle, taken, self._owner)
        self._count("delivered", len(taken) - gone)
        self._count("dropped", gone)
        self._put_back(later)
        waiting = [id_ for id_ in ids if id_ in untried and id_ not in again]
        self._write_later(self._outbox.retry, waiting, self._owner, now)
        self._write_later(self._outbox.reject, list(rejected.items()), self._owner, now)
        self._count("rejected", len(rejected))

    def _leave_alone(self, ids: Sequence[str], error: SinkError) -> None:
        self._failures += 1
        asked = min(error.retry_after or 0.0, LONGEST_WAIT_SECONDS)
        self.pause = max(asked, pause(self._failures, self._chance()))
        perhaps = self._perhaps(ids) if error.unclear else []
        self._count("perhaps", len(perhaps))
        if perhaps and self._leaves():
            self._write_later(self._outbox.settle, perhaps, self._owner)
            ids = sorted(set(ids) - set(perhaps))
        self._put_back({self._clock() + self.pause: list(ids)})

    def _leaves(self) -> bool:
        return self._unsure is not None and self._unsure.unclear == "leave"

    def _perhaps(self, ids: Sequence[str]) -> list[str]:
        """Return those of *ids* that may have left: what did not fit into a message did not."""
        if self._unsure is None:
            return list(ids)
        sent = set(self._unsure.sent)
        return [id_ for id_ in ids if id_ in sent]

    def _put_back(self, later: dict[float, list[str]]) -> None:
        for not_before, ids in later.items():
            self._write_later(self._outbox.retry, ids, self._owner, not_before)
            self._count("retried", len(ids))

    def _write_later(
        self, write: Callable[..., object], ids: Sequence[object], *rest: object
    ) -> None:
        if ids:
            self._owed.append(partial(write, self.sink.name, ids, *rest))

    async def _write_down_all(self) -> None:
        while self._owed:
            await anyio.to_thread.run_sync(self._owed[0])
            self._owed.popleft()

    def _count(self, what: str, n: int = 1) -> None:
        setattr(self.tally, what, getattr(self.tally, what) + n)
        if n:
            self._counters.count(f"delivery_{what}", self.sink.name, n)

    async def keep(self, now: float) -> None:
        """
        Let the sink do its upkeep, if it has any.

        Raises:
            SinkError: It failed, in whatever way.
        """
        if self._upkeep is None:
            return
        try:
            await self._upkeep.keep(now)
        except SinkError:
            raise
        except Exception as error:  # noqa: BLE001  # law 4
            raise SinkError(f"PK174 upkeep failed ({type(error).__name__})") from None
