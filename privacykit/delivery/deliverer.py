"""
Delivery of the outbox to all sinks, in a thread with an event loop of its own. Does I/O.

A dead sink never holds up another: each has its courier, and what blocks is done in threads.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from threading import Thread

import anyio.to_thread

from privacykit.collect.ports import Sink
from privacykit.collect.site import SinkRule
from privacykit.decide.withheld import Withheld
from privacykit.delivery.commit_batches import Counts
from privacykit.delivery.courier import Courier, Orders
from privacykit.delivery.gone_notes import GoneNotes
from privacykit.delivery.owed import FIRST_PAUSE_SECONDS
from privacykit.delivery.sink_counts import SinkCounts
from privacykit.errors import SinkError, StoreError
from privacykit.stores.outbox.store import OutboxStore

POLL_SECONDS = 0.5
"""How often an outbox that was empty is looked at again."""

KEEP_SECONDS = 3600.0
"""How often sinks do their upkeep: periods are made and dropped, the expired is purged."""

KEEP_AGAIN_SECONDS = 10.0
"""How soon upkeep that failed is tried again."""

STORE_PAUSE_SECONDS = 2.0
"""How long delivery waits when the outbox or the consent store fails."""

GRACE_SECONDS = 0.5
"""How long an attempt that was cut off may take to end."""


class Deliverer:
    """
    Delivers to all *sinks*: in a thread till :meth:`stop`, or by :meth:`run_once`.

    Any number of deliverers may work on one outbox, in any number of processes.

    Args:
        outbox: Where rows are leased.
        sinks: Where they go; closed when delivery ends.
        consents: Says what must not leave.
        clock: Returns Unix seconds.
        chance: Returns a number from 0 to 1, anew each time.
        name: Returns a name that no other worker has; asked for at every start.
        counters: Told what became of events.
        poll: Seconds between looks at an outbox that is empty.
        rules: Which events each sink takes at present; a sink that is missing takes all.
    """

    def __init__(  # noqa: PLR0913 - the parts of the whole, each by its name
        self,
        outbox: OutboxStore,
        sinks: Sequence[Sink],
        consents: Orders,
        *,
        clock: Callable[[], float],
        chance: Callable[[], float],
        name: Callable[[], str],
        counters: Counts,
        poll: float = POLL_SECONDS,
        rules: Mapping[str, SinkRule] | None = None,
    ) -> None:
        self._outbox = outbox
        self._consents = consents
        self._sinks = sinks
        self._clock = clock
        self._counters = counters
        self._poll = poll
        self._rules = rules or {}
        self._courier = partial(
            Courier, outbox, consents=consents, clock=clock, chance=chance, counters=counters
        )
        self._gone_notes = GoneNotes(outbox.withheld)
        self._name = name
        self._couriers: list[Courier] = []
        self._thread: Thread | None = None
        self._process = 0
        self._halt = asyncio.Event()
        self._main: asyncio.Task[None] | None = None

    @property
    def tallies(self) -> Mapping[str, SinkCounts]:
        """What became of events since the start, by sink."""
        return {courier.sink.name: courier.tally for courier in self._couriers}

    @property
    def troubles(self) -> Mapping[str, str]:
        """What keeps sinks from working at present, by sink; no data in the words."""
        found = {it.sink.name: it.trouble or it.upkeep_trouble for it in self._couriers}
        return {name: trouble for name, trouble in found.items() if trouble}

    def start(self) -> None:
        """Start the thread, unless it runs in this process."""
        running = self._thread is not None and self._thread.is_alive()
        if running and self._process == os.getpid():
            return
        self._process = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._halt = asyncio.Event()
        self._thread = Thread(target=self._run, name="privacykit-delivery", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve_all())

    def stop(self, deadline: float) -> None:
        """
        End the thread: attempts that run may end in *deadline* seconds, then they are cut off.

        What is not settled stays in the outbox.
        """
        thread, self._thread = self._thread, None
        if thread is None or self._process != os.getpid():
            return
        self._soon(self._halt.set)
        thread.join(deadline)
        if thread.is_alive():
            self._soon(lambda: self._main and self._main.cancel())
            thread.join(GRACE_SECONDS)

    def _soon(self, what: Callable[[], object]) -> None:
        # It raises when the loop has ended, which is what we are after.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(what)

    def run_once(self) -> Mapping[str, SinkCounts]:
        """
        Do the upkeep, deliver all that is due now, close the sinks.

        Returns:
            What became of events, by sink; those of a sink in trouble wait for their time.

        Raises:
            StoreError: The outbox or the consent store failed, for one of the sinks at least.
        """
        asyncio.run(self._drain_all())
        return self.tallies

    def _hire(self) -> list[Courier]:
        name = self._name()
        self._couriers = [
            self._courier(sink, owner=name, rule=self._rules.get(sink.name)) for sink in self._sinks
        ]
        return self._couriers

    async def _serve_all(self) -> None:
        self._main = asyncio.current_task()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._tidy_on_time())
                for courier in self._hire():
                    group.create_task(self._serve(courier))
        except asyncio.CancelledError:
            pass  # The deadline of `stop`.
        finally:
            await self._close()

    async def _serve(self, courier: Courier) -> None:
        steady = asyncio.get_running_loop().time  # never set back
        keep_at = steady()
        while not self._halt.is_set():
            if steady() >= keep_at:
                kept = await self._keep(courier)
                keep_at = steady() + (KEEP_SECONDS if kept else KEEP_AGAIN_SECONDS)
            await self._rest(await self._turn(courier))

    async def _turn(self, courier: Courier) -> float:
        """Make one attempt and return how long to wait before the next."""
        try:
            leased = await courier.turn()
        except StoreError as error:
            courier.trouble = str(error)
            self._counters.count("delivery_failed", "store")
            return STORE_PAUSE_SECONDS
        except Exception as error:  # noqa: BLE001  # the other sinks must go on
            courier.trouble = f"PK173 delivery failed ({type(error).__name__})"
            self._counters.count("delivery_failed", "bug")
            return STORE_PAUSE_SECONDS
        return courier.pause or (0.0 if leased else self._poll)

    async def _rest(self, seconds: float) -> None:
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._halt.wait(), seconds)

    async def _keep(self, courier: Courier) -> bool:
        try:
            await courier.keep(self._clock())
        except SinkError as error:
            courier.upkeep_trouble = str(error)
            self._counters.count("upkeep_failed", courier.sink.name)
            return False
        courier.upkeep_trouble = ""
        return True

    async def _tidy_on_time(self) -> None:
        while not self._halt.is_set():
            tidied = await self._tidy()
            await self._rest(KEEP_SECONDS if tidied else KEEP_AGAIN_SECONDS)

    async def _tidy(self) -> bool:
        """Erase what has expired or must not leave; then its orders may be forgotten."""
        now = self._clock()
        try:
            expired = await anyio.to_thread.run_sync(self._outbox.purge, now)
            stopped = await anyio.to_thread.run_sync(self._outbox.sweep, self._consents.stopped)
            await anyio.to_thread.run_sync(self._consents.forget_stops, now)
        except StoreError:
            self._counters.count("upkeep_failed", "outbox")
            return False
        except Exception:  # noqa: BLE001  # delivery must go on
            self._counters.count("upkeep_failed", "bug")
            return False
        self._counters.count("outbox_expired", n=expired)
        self._counters.count("outbox_stopped", n=stopped)
        for reason, n in ((Withheld.EXPIRED, expired), (Withheld.STOPPED, stopped)):
            await anyio.to_thread.run_sync(self._gone_notes.leave, reason, n, now)
        return True

    async def _drain_all(self) -> None:
        try:
            await self._tidy()
            drains = [self._drain(courier) for courier in self._hire()]
            failures = await asyncio.gather(*drains, return_exceptions=True)
        finally:
            await self._close()
        for failure in failures:
            if failure is not None:
                raise failure

    async def _drain(self, courier: Courier) -> None:
        await self._keep(courier)
        # A sink that failed once is asked again: one event may be at fault, and would be for ever.
        while await courier.turn() and courier.pause <= FIRST_PAUSE_SECONDS:
            await self._rest(courier.pause)

    async def _close(self) -> None:
        for sink in self._sinks:
            try:
                await sink.close()
            except Exception:  # noqa: BLE001  # the others are to be closed as well
                self._counters.count("delivery_failed", "close")
