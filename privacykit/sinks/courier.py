"""
One sink's share of the outbox: lease, ask once more, send, settle. Does I/O.

Laws of this file:

1. What must not leave is asked for right before each attempt; while nobody can tell, none is made.
2. An attempt ends before its lease does.
3. What a sink has taken is owed to the outbox: it is written down there before more is sent.
4. Whatever a sink does harms no other sink.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol

import anyio.to_thread
import msgspec

from privacykit.collect.ports import Envelope, OutboxRow, Outcome, Sink
from privacykit.errors import SinkError
from privacykit.stores.outbox import Counts
from privacykit.stores.outbox_sql import OutboxStore
from privacykit.stores.outbox_tables import Leased

LEASE_SECONDS = 60.0
"""How long a batch is ours; a worker that dies keeps it so long from the others."""

MARGIN_SECONDS = 5.0
"""How long before the end of its lease an attempt is given up."""

BATCH = 500
"""Rows in one attempt, unless the sink wants fewer."""

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 300.0
LONGEST_WAIT_SECONDS = 3600.0
"""The longest that a sink may ask to be left alone; see ``outbox_sql.FARTHEST_SECONDS``."""


class Orders(Protocol):
    """The part of a consent store that delivery asks."""

    def stopped(self, envelopes: Iterable[Envelope]) -> set[str]:
        """Return the event ids among *envelopes* that must not leave."""
        ...

    def forget_stops(self, now: float) -> int:
        """Delete the orders whose end has come: all that they stop is gone."""
        ...


class Tally(msgspec.Struct):
    """
    What became of one sink's events.

    Attributes:
        delivered: Taken by the sink.
        retried: Put back to be sent again.
        rejected: Refused for good; kept aside with the reason.
        stopped: Withdrawn or stopped before they were sent; gone.
        expired: Expired before they were sent; gone.
    """

    delivered: int = 0
    retried: int = 0
    rejected: int = 0
    stopped: int = 0
    expired: int = 0


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
    ) -> None:
        self.sink = sink
        self.tally = Tally()
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
        self._owed: deque[Callable[[], object]] = deque()

    async def turn(self) -> int:
        """
        Make one attempt, if there is anything to send.

        Returns:
            How many rows were leased.

        Raises:
            StoreError: The outbox or the consent store failed; nothing was sent since.
        """
        await self._pay()
        self.pause = 0.0
        # By a clock that never jumps, as the attempt must end before the lease does.
        ends = asyncio.get_running_loop().time() + LEASE_SECONDS - MARGIN_SECONDS
        now = self._clock()
        until = now + LEASE_SECONDS
        limit = getattr(self.sink, "batch", BATCH)
        lease = partial(self._outbox.lease, until=until, now=now)
        leased = await anyio.to_thread.run_sync(lease, self.sink.name, self._owner, limit)
        if leased:
            await self._attempt(leased, ends)
            await self._pay()
        return len(leased)

    async def _attempt(self, leased: Sequence[Leased], ends: float) -> None:
        attempts = {one.row.envelope.id: one.attempts for one in leased}
        try:
            stopped = await anyio.to_thread.run_sync(
                self._consents.stopped, [one.row.envelope for one in leased]
            )
        except Exception:
            self._put_back({self._clock() + pause(1, self._chance()): list(attempts)})
            raise
        now = self._clock()
        gone: list[str] = []
        rows: list[OutboxRow] = []
        for one in leased:
            id_ = one.row.envelope.id
            if id_ in stopped:
                self._count("stopped")
            elif one.row.envelope.expires_at <= now:
                self._count("expired")
            else:
                rows.append(one.row)
                continue
            gone.append(id_)
        self._owe(self._outbox.settle, gone, self._owner)
        if not rows:
            return
        try:
            outcome = await self._send(rows, ends)
        except SinkError as error:
            self.trouble = str(error)
            self._leave_alone([row.envelope.id for row in rows], error.retry_after)
        else:
            self.trouble = ""
            self._failures = 0
            self._write_down([row.envelope.id for row in rows], outcome, attempts)

    async def _send(self, rows: Sequence[OutboxRow], ends: float) -> Outcome:
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
            raise SinkError("PK172 the sink took too long") from None
        except Exception as error:  # noqa: BLE001  # law 4
            # Somebody else's code may fail in any way; its words may hold data.
            raise SinkError(f"PK173 the sink failed ({type(error).__name__})") from None

    def _write_down(self, ids: Sequence[str], outcome: Outcome, attempts: dict[str, int]) -> None:
        again = set(outcome.retry)
        rejected = {id_: reason for id_, reason in outcome.rejected if id_ not in again}
        taken = [id_ for id_ in ids if id_ not in again and id_ not in rejected]
        now = self._clock()
        later: dict[float, list[str]] = {}
        for tries in sorted({attempts[id_] for id_ in ids if id_ in again}):
            same = [id_ for id_ in ids if id_ in again and attempts[id_] == tries]
            later[now + pause(tries, self._chance())] = same
        self._owe(self._outbox.settle, taken, self._owner)
        self._count("delivered", len(taken))
        self._put_back(later)
        if rejected:
            self._owe(self._outbox.reject, list(rejected.items()), self._owner)
            self._count("rejected", len(rejected))

    def _leave_alone(self, ids: Sequence[str], asked: float | None) -> None:
        self._failures += 1
        asked = min(asked or 0.0, LONGEST_WAIT_SECONDS)
        self.pause = max(asked, pause(self._failures, self._chance()))
        self._put_back({self._clock() + self.pause: list(ids)})

    def _put_back(self, later: dict[float, list[str]]) -> None:
        for not_before, ids in later.items():
            self._owe(self._outbox.retry, ids, self._owner, not_before)
            self._count("retried", len(ids))

    def _owe(self, write: Callable[..., object], ids: Sequence[object], *rest: object) -> None:
        if ids:
            self._owed.append(partial(write, self.sink.name, ids, *rest))

    async def _pay(self) -> None:
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
        upkeep = getattr(self.sink, "keep", None)
        if upkeep is None:
            return
        try:
            await upkeep(now)
        except SinkError:
            raise
        except Exception as error:  # noqa: BLE001  # law 4
            raise SinkError(f"PK174 upkeep failed ({type(error).__name__})") from None
