"""
One sink's share of the outbox: lease, ask once more, send, settle. Does I/O.

Laws of this file:

1. What must not leave is asked for right before each attempt; while nobody can tell, none is made.
2. An attempt ends before its lease does.
3. What a sink has taken is owed to the outbox: it is written down there before more is sent; after
   a turn that broke off, what else was leased is given back with it.
4. Whatever a sink does harms no other sink.
5. What perhaps arrived is sent again, unless the other end cannot tell and it is to be left.
6. An event that fails whenever it is sent, or is to come again for ever, holds up no other, and is
   set aside in the end.
"""

from __future__ import annotations

import asyncio
from collections import Counter
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
from privacykit.delivery.isolation import FIRST_ALONE, Isolation
from privacykit.delivery.last_look import last_look
from privacykit.delivery.owed import LONGEST_PAUSE_SECONDS, Owed, event_id, pause
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

SET_ASIDE_TRIES = 10
"""How often an event was tried in vain, by itself, to be set aside while the sink takes others."""

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
        notes = GoneNotes(outbox.withheld, sink.name, outbox.losses)
        self._owed = Owed(
            outbox, sink.name, owner, clock=clock, chance=chance, counters=counters, notes=notes
        )
        self.tally = self._owed.tally
        self.pause = 0.0
        self.trouble = ""
        self.upkeep_trouble = ""
        self._outbox = outbox
        self._consents = consents
        self._owner = owner
        self._clock = clock
        self._chance = chance
        self._failures = 0
        self._took_at: float | None = None
        self._notes = TroubleNotes(outbox.troubles, sink.name)

    async def turn(self) -> int:
        """
        Make one attempt, if there is anything to send.

        Returns:
            How many events were leased.

        Raises:
            StoreError: The outbox or the consent store failed; nothing was sent since.
        """
        await self._owed.write()
        self.pause = 0.0
        try:
            return await self._attempt()
        except Exception:
            self._owed.release()
            raise

    async def _attempt(self) -> int:
        """Lease, send and settle; return how many events were leased."""
        # By a clock that never jumps, as the attempt must end before the lease does.
        ends = asyncio.get_running_loop().time() + LEASE_SECONDS - MARGIN_SECONDS
        now = self._clock()
        wanted = self._batches.batch if self._batches else BATCH
        limit = max(wanted, FIRST_ALONE) if self._failures else wanted
        lease = partial(self._outbox.lease, until=now + LEASE_SECONDS, now=now)
        leased = await anyio.to_thread.run_sync(lease, self.sink.name, self._owner, limit)
        if leased:
            if await self._deliver(leased, wanted, ends):
                self._owed.note(partial(self._notes.leave, self.trouble, self._clock(), self.pause))
            await self._owed.write()
            self.pause = max(self.pause, self._gather if len(leased) < limit else 0.0)
        return len(leased)

    async def _deliver(self, leased: Sequence[Leased], most: int, ends: float) -> bool:
        """Send *leased* group by group; return whether anything was sent."""
        search = Isolation(leased, most, self._failures)
        try:
            error = await self._search(search, ends)
        except Exception:
            self._set_apart(search)
            raise
        self._judge(search, error)
        return search.worked or error is not None

    async def _search(self, search: Isolation, ends: float) -> SinkError | None:
        """Send what *search* gives until it is over; return the last failure of the sink."""
        error: SinkError | None = None
        while group := search.next():
            rows = await self._look(group)
            if not rows:
                continue
            try:
                outcome = await self._send([one.row for one in rows], ends)
            except SinkError as failed:
                error = failed
                search.failed(self._still(rows, error))
                if _asks_for_rest(error):
                    search.end()
            else:
                self.trouble = ""
                works = search.worked or self._took_lately()
                if self._owed.outcome(rows, outcome, leaves=self._leaves(), works=works):
                    search.taken()
            if asyncio.get_running_loop().time() >= ends:
                search.end()
            await self._owed.write()
        return error

    async def _look(self, group: Sequence[Leased]) -> Sequence[Leased]:
        """Return those of *group* that may leave, and settle the others."""
        stopped = await anyio.to_thread.run_sync(
            self._consents.stopped, [one.row.envelope for one in group]
        )
        rows, gone = last_look(group, stopped, self._rule, self._clock())
        self._owed.settle(list(gone))
        for reason, n in Counter(gone.values()).items():
            self._owed.became("expired" if reason is Withheld.EXPIRED else "stopped", n)
            self._owed.gone(reason, n)
        return rows

    async def _send(self, rows: Sequence[OutboxRow], ends: float) -> SendOutcome:
        """
        Send *rows* while they are ours.

        Raises:
            SinkError: They are to be sent again, whatever happened.
        """
        try:
            async with asyncio.timeout_at(ends):
                outcome = await self.sink.send(rows)
        except SinkError:
            raise
        except TimeoutError:
            raise SinkError("PK172 the sink took too long", unclear=True) from None
        except Exception as error:  # noqa: BLE001  # law 4
            # Somebody else's code may fail in any way; its words may hold data.
            told = f"PK173 the sink failed ({type(error).__name__})"
            raise SinkError(told, unclear=True) from None
        if not isinstance(outcome, SendOutcome):
            raise SinkError("PK173 the sink failed (it does not say what it did)", unclear=True)
        return outcome

    def _still(self, rows: Sequence[Leased], error: SinkError) -> Sequence[Leased]:
        """Return those of *rows* that are to be sent again after *error*; forget the others."""
        perhaps = self._perhaps([event_id(one) for one in rows]) if error.unclear else []
        self._owed.became("perhaps", len(perhaps))
        if not perhaps or not self._leaves():
            return rows
        self._owed.give_up(perhaps)
        return [one for one in rows if event_id(one) not in set(perhaps)]

    def _judge(self, search: Isolation, error: SinkError | None) -> None:
        """Put back what was not delivered in a turn, and say how long the sink is left alone."""
        if search.worked or error is None:
            self._failures = 0
        self._set_apart(search)
        self.trouble = ""
        if error is not None and not search.worked:
            self.trouble = str(error)
        if error is not None and (search.left or not search.alone or _asks_for_rest(error)):
            self.trouble = str(error)
            self._failures += 1
            asked = min(error.retry_after or 0.0, LONGEST_WAIT_SECONDS)
            self.pause = max(asked, pause(self._failures, self._chance()))
        self._owed.back(search.left, self.pause, tried=False)

    def _set_apart(self, search: Isolation) -> None:
        """Put back what failed alone, or set it aside where it has often and the sink works."""
        if search.worked:
            self._took_at = self._clock()
        sure = search.worked or (self._took_lately() and len(search.alone) == 1)
        aside = [one for one in search.alone if sure and one.attempts >= SET_ASIDE_TRIES]
        self._owed.aside([(event_id(one), "fails_alone") for one in aside])
        self._owed.back_by_tries([one for one in search.alone if one not in aside])

    def _took_lately(self) -> bool:
        """Tell whether the sink took something no longer ago than the longest pause of an event."""
        since = None if self._took_at is None else self._clock() - self._took_at
        return since is not None and 0 <= since <= LONGEST_PAUSE_SECONDS

    def _leaves(self) -> bool:
        return self._unsure is not None and self._unsure.unclear == "leave"

    def _perhaps(self, ids: Sequence[str]) -> list[str]:
        """Return those of *ids* that may have left: what did not fit into a message did not."""
        if self._unsure is None:
            return list(ids)
        sent = set(self._unsure.sent)
        return [id_ for id_ in ids if id_ in sent]

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


def _asks_for_rest(error: SinkError) -> bool:
    """Say whether it is the sink that wants a pause, and not we that make one."""
    return bool(error.retry_after) and not error.refuses
