"""
The outbox's way in: producers leave events in memory, one thread commits them in groups. Does I/O.

Laws of this file:

1. :meth:`Outbox.put` never blocks, never raises and touches no disk.
2. What is in memory is bounded; what does not fit is refused and counted.
3. Nobody is told "acknowledged" before the commit; what cannot be committed is tried again.
4. Nothing here belongs to an event loop, and nothing in memory crosses a fork: it is the parent's.
"""

from __future__ import annotations

import atexit
import time
from collections import deque
from collections.abc import Callable, Sequence
from threading import Event, Lock, Thread
from typing import Any

from privacykit import forks
from privacykit.collect.ports import OutboxRow
from privacykit.delivery.commit_batches import (
    NOTHING,
    PROMISES,
    Acknowledgement,
    CommitBatch,
    Counts,
    Durable,
    OnThread,
    answer,
    check_kept,
    form,
    promise,
)
from privacykit.errors import StoreError

WINDOW_SECONDS = 0.05
"""How long an event may wait in memory for company; a crash loses that and two commits' worth."""

BATCH = 512
"""Events in one commit, at most."""

LIMIT = 100_000
"""Events in memory, at most: about 100 MB when nothing can be committed."""

PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds between attempts to commit while the store fails; the last one repeats."""

PATIENCE_SECONDS = 10.0
"""How long `put_durably` waits for the commit."""

DEADLINE_SECONDS = 5.0
"""How long the end of the process waits for the last commit."""

GRACE_SECONDS = 0.5
"""How much longer it waits for an attempt that is already running."""


class Outbox:
    """
    Takes events from any thread or event loop and has them committed in groups.

    The writer thread starts with the first event, in each process of its own, and again should it
    ever have died.

    Args:
        store: Where rows are kept.
        finish: Makes rows of the items that were put, in their order, one each, given 8 random
            bytes for each item. Pure.
        random: Returns so many random bytes.
        clock: Returns Unix seconds.
        counters: Told what was acknowledged, refused or dropped, and each failed commit.
        window: Seconds an event may wait for company.
        batch: Events in one commit, at most.
        limit: Events in memory, at most.
    """

    def __init__(
        self,
        store: Durable,
        *,
        finish: Callable[[list[Any], bytes], Sequence[OutboxRow]],
        random: Callable[[int], bytes],
        clock: Callable[[], float],
        counters: Counts,
        window: float = WINDOW_SECONDS,
        batch: int = BATCH,
        limit: int = LIMIT,
    ) -> None:
        self._store = store
        self._finish = finish
        self._random = random
        self._clock = clock
        self._counters = counters
        self._window = window
        self._batch = batch
        self._limit = limit
        self._closing = False
        self._forget_all()
        forks.renew(self)

    def _forget_all(self) -> None:
        # Not a list that is swapped: a producer may still hold the old one and append to it.
        self._waiting: deque[Any] = deque()
        self._group = NOTHING
        self._wake = Event()
        self._starting = Lock()
        self._thread: Thread | None = None
        self._asleep = True
        self._lingering = False
        self._urgent = False
        self._prepared = False
        self._lost = False
        self._give_up_at = 0.0

    def put(self, item: object) -> bool:
        """
        Accept *item*, to be committed within the window.

        Returns:
            Whether it was accepted; ``False`` when memory is full or the outbox is closing.
        """
        held = len(self._waiting)
        if held >= self._limit or self._closing:
            self._counters.count("outbox_refused", "closing" if self._closing else "full")
            return False
        self._waiting.append(item)
        # The writer says that it sleeps before it looks once more, so one of us sees the other.
        if self._asleep or held == self._batch:
            self._rouse()
        return True

    async def put_durably(self, item: object, patience: float = PATIENCE_SECONDS) -> None:
        """
        Accept *item* and return when it is committed. Runs on asyncio and trio.

        Args:
            item: What `finish` makes a row of.
            patience: Seconds to wait.

        Raises:
            StoreError: It was refused, can never be stored, or was not committed in time. In the
                last case it stays in memory and may be committed later.
        """
        waits = promise(item)
        self._hurry(waits)
        await waits.answered(patience)
        check_kept(waits)

    def put_durably_sync(self, item: object, patience: float = PATIENCE_SECONDS) -> None:
        """
        Do what :meth:`put_durably` does in a thread that may wait.

        Args:
            item: What `finish` makes a row of.
            patience: Seconds to wait.

        Raises:
            StoreError: The same.
        """
        waits = OnThread(item)
        self._hurry(waits)
        waits.wait(patience)
        check_kept(waits)

    def _hurry(self, waits: Acknowledgement) -> None:
        """
        Accept what somebody waits for, and let the writer not linger.

        Raises:
            StoreError: It was refused.
        """
        if not self.put(waits):
            raise StoreError("PK150 the outbox takes no events now")
        self._urgent = True
        # While the writer commits it need not be woken: it looks again by itself.
        if self._lingering:
            self._wake.set()

    def start(self) -> None:
        """Start the writer thread, or take events again after :meth:`stop`."""
        self._closing = False
        self._rouse()

    def stop(self, deadline: float = DEADLINE_SECONDS) -> bool:
        """
        Refuse new events and commit what is in memory, for *deadline* seconds at most.

        Returns:
            Whether all of it is committed; what is not is dropped, and counted.
        """
        self._give_up_at = time.monotonic() + deadline
        self._closing = True
        if self._waiting or self._group.rows:
            self._rouse()
        self._wake.set()
        thread = self._thread
        if thread is not None:
            thread.join(deadline + GRACE_SECONDS)
        atexit.unregister(self.stop)
        return not (self._waiting or self._group.rows or self._lost)

    def _rouse(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._spawn()
        self._wake.set()

    def _spawn(self) -> None:
        thread = Thread(target=self._run, name="privacykit-outbox", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # No thread to be had: the events stay, and the next one tries again.
            self._counters.count("outbox_failed", "no_thread")
            return
        self._thread = thread
        self._lost = False
        atexit.unregister(self.stop)
        atexit.register(self.stop)

    def _run(self) -> None:
        try:
            while self._await_events():
                if not self._group.rows:
                    self._group = self._take()
                self._commit(self._group)
                self._group = NOTHING
        finally:
            self._asleep = True

    def _await_events(self) -> bool:
        """Sleep until there is something to commit; ``False`` when there never will be."""
        self._asleep = True
        while not (self._waiting or self._group.rows or self._closing):
            self._wake.wait()
            self._wake.clear()
        self._asleep = False
        # Cleared and said before the looks below, so that what comes after them still wakes us.
        self._wake.clear()
        self._lingering = True
        if not (self._urgent or self._closing or len(self._waiting) >= self._batch):
            self._wake.wait(self._window)
        self._lingering = False
        return bool(self._waiting or self._group.rows)

    def _take(self) -> CommitBatch:
        self._urgent = False
        items = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._batch))]
        group, unfinished = form(items, self._finish, self._random)
        if unfinished:
            self._counters.count("outbox_dropped", "unfinished", unfinished)
        return group

    def _commit(self, group: CommitBatch) -> None:
        pauses = iter(PAUSES)
        pause = 0.0
        while (refused := self._try_commit(group.rows)) is None:
            if self._closing and time.monotonic() > self._give_up_at:
                self._drop(group)
                return
            pause = PAUSES[0] if self._closing else next(pauses, pause)
            time.sleep(pause)
        if refused:
            self._counters.count("outbox_dropped", "unstorable", len(refused))
        self._counters.count("outbox_acknowledged", n=len(group.rows) - len(refused))
        for event, waits in group.promises:
            waits.kept = event not in refused
        answer(waits for _, waits in group.promises)

    def _drop(self, group: CommitBatch) -> None:
        left = list(self._waiting)
        self._waiting.clear()
        self._lost = True
        self._counters.count("outbox_dropped", "stopped", len(group.rows) + len(left))
        answer(waits for _, waits in group.promises)
        answer(item for item in left if isinstance(item, PROMISES))

    def _try_commit(self, rows: list[OutboxRow]) -> list[str] | None:
        try:
            if not self._prepared:
                self._store.prepare()
                self._prepared = True
            return self._store.add(rows, self._clock())
        except StoreError:
            self._counters.count("outbox_failed", "store")
        except Exception:  # noqa: BLE001  # the thread must live; the events stay and are counted
            self._counters.count("outbox_failed", "bug")
        return None

    def after_fork_in_child(self) -> None:
        """Start anew: what is in memory is the parent's, and so is the writer."""
        self._forget_all()
