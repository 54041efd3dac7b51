"""
A courier's debt to the outbox: what became of a sink's events, until it is there. Does I/O.

Writing may fail: what is owed stays so, in its order, and nothing is sent before it is written.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from functools import partial

import anyio.to_thread

from privacykit.collect.ports import SendOutcome
from privacykit.decide.withheld import Withheld
from privacykit.delivery.commit_batches import Counts
from privacykit.delivery.gone_notes import GoneNotes
from privacykit.delivery.sink_counts import SinkCounts
from privacykit.stores.outbox.store import OutboxStore
from privacykit.stores.outbox.tables import Leased

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 300.0

ALWAYS_TRIES = 600
"""
How often a sink said of an event that it is to come again, to be set aside while it takes others.

With pauses of 150 seconds at the least that is more than a day: until then it may have been the
quota of a day that was used up.
"""


def pause(attempts: int, chance: float) -> float:
    """
    Return how many seconds to wait after so many *attempts*.

    Args:
        attempts: At least 1.
        chance: From 0 to 1, so that workers do not come back all at once.
    """
    longest: float = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(attempts - 1, 30))
    return longest * (0.5 + chance / 2)


def event_id(one: Leased) -> str:
    """Return the id of the event in *one*."""
    return one.row.envelope.id


class Owed:
    """
    What is to be written down of the events of one sink that one worker has leased.

    Args:
        outbox: Where it is written.
        sink: The sink's name.
        owner: The name of the worker.
        clock: Returns Unix seconds.
        chance: Returns a number from 0 to 1, anew each time.
        counters: Told what became of events.
        notes: Leaves word of those that are nowhere.

    Attributes:
        tally: The same, for this sink since the start.
    """

    def __init__(
        self,
        outbox: OutboxStore,
        sink: str,
        owner: str,
        *,
        clock: Callable[[], float],
        chance: Callable[[], float],
        counters: Counts,
        notes: GoneNotes,
    ) -> None:
        self._notes = notes
        self.tally = SinkCounts()
        self._outbox = outbox
        self._sink = sink
        self._owner = owner
        self._clock = clock
        self._chance = chance
        self._counters = counters
        self._writes: deque[Callable[[], object]] = deque()

    def outcome(
        self, rows: Sequence[Leased], outcome: SendOutcome, *, leaves: bool, works: bool
    ) -> int:
        """
        Owe what a sink said of *rows*.

        Args:
            rows: What it was given.
            outcome: What it said.
            leaves: Whether what perhaps arrived is not sent again.
            works: Whether it took others lately.

        Returns:
            How many it has taken, or refused for good.
        """
        again, untried = set(outcome.retry), set(outcome.untried)
        perhaps, dropped = set(outcome.unclear), dict(outcome.dropped)
        left = again | untried | perhaps
        rejected = [(id_, reason) for id_, reason in outcome.rejected if id_ not in left]
        kept = left | {id_ for id_, _ in rejected}
        taken = [id_ for id_ in map(event_id, rows) if id_ not in kept]
        gone = Counter(dropped[id_] for id_ in taken if id_ in dropped)
        self.became("perhaps", len(perhaps))
        if leaves:
            self.give_up(outcome.unclear)
        else:
            again |= perhaps
        self.settle(taken)
        self.became("delivered", len(taken) - gone.total())
        self.became("dropped", gone.total())
        for why, n in gone.items():
            self.gone(Withheld.DROPPED, n, why)
        works = works or bool(taken or rejected)
        self._again([one for one in rows if event_id(one) in again], works=works)
        waiting = [one for one in rows if event_id(one) in untried - again]
        self.back(waiting, 0.0, tried=False, counted=False)
        self.aside(rejected)
        return len(taken) + len(rejected)

    def settle(self, ids: Sequence[str]) -> None:
        """Owe that *ids* are forgotten."""
        self._later(self._outbox.settle, ids)

    def give_up(self, ids: Sequence[str]) -> None:
        """Owe that *ids*, which perhaps arrived, are forgotten, and that this is known."""
        self.settle(ids)
        self.became("given_up", len(ids))
        self.gone(Withheld.GIVEN_UP, len(ids))

    def gone(self, reason: Withheld, n: int, why: str = "") -> None:
        """Owe word of *n* events that are gone for *reason*."""
        self.note(partial(self._notes.leave, reason, n, self._clock(), why))

    def aside(self, reasons: Sequence[tuple[str, str]]) -> None:
        """Owe that events are set aside, each with its reason."""
        self._later(self._outbox.reject, reasons, self._clock())
        self.became("rejected", len(reasons))

    def back(
        self, rows: Sequence[Leased], seconds: float, *, tried: bool, counted: bool = True
    ) -> None:
        """
        Owe that *rows* are put back.

        Args:
            rows: Of this worker.
            seconds: How long they wait.
            tried: Whether the attempt was one of theirs.
            counted: Whether they count as sent again.
        """
        retry = partial(self._outbox.retry, tried=tried)
        self._later(retry, list(map(event_id, rows)), self._clock() + seconds)
        self.became("retried", len(rows) if counted else 0)

    def back_by_tries(self, rows: Sequence[Leased]) -> None:
        """Owe that *rows* are put back, each for as long as it was tried often."""
        for tries in sorted({one.attempts for one in rows}):
            same = [one for one in rows if one.attempts == tries]
            self.back(same, pause(tries, self._chance()), tried=True)

    def _again(self, rows: Sequence[Leased], *, works: bool) -> None:
        """Put *rows* back, or set those aside that came again for ever where the sink *works*."""
        aside = [one for one in rows if works and one.attempts >= ALWAYS_TRIES]
        self.aside([(event_id(one), "always_again") for one in aside])
        self.back_by_tries([one for one in rows if one not in aside])

    def release(self) -> None:
        """Owe that whatever else is leased is put back, as it was: a turn broke off."""

        def release() -> None:
            at = self._clock() + pause(1, self._chance())
            n = self._outbox.retry(self._sink, None, self._owner, at, tried=False)
            self.became("retried", n)

        self.note(release)

    def note(self, write: Callable[[], object]) -> None:
        """Owe whatever *write* writes."""
        self._writes.append(write)

    def became(self, what: str, n: int) -> None:
        """Count *n* events that became *what*."""
        setattr(self.tally, what, getattr(self.tally, what) + n)
        if n:
            self._counters.count(f"delivery_{what}", self._sink, n)

    async def write(self) -> None:
        """
        Write down what is owed.

        Raises:
            StoreError: The outbox failed; what is not written is still owed.
        """
        while self._writes:
            await anyio.to_thread.run_sync(self._writes[0])
            self._writes.popleft()

    def _later(self, write: Callable[..., object], ids: Sequence[object], *rest: object) -> None:
        if ids:
            self.note(partial(write, self._sink, ids, self._owner, *rest))
