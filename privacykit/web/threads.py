"""
Threads of our own for our own I/O, so that the application's stay free whatever our stores do.

anyio lends every application forty threads. If a locked store of ours held them, the application's
own files and databases would wait with it; so ours are apart, and where all of them wait the next
is refused at once instead of queued. They stay for the next form: to lend one anew takes four times
as long as to hand work over.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, Generic, TypeVar, TypeVarTuple

import anyio.to_thread
from anyio import CapacityLimiter

from privacykit import forks
from privacykit.errors import BackendError

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

THREADS = 8
"""Threads of a process that may wait for our stores at once."""
PATIENCE_SECONDS = 20.0
"""
How long a request waits for one: longer than databases let us wait for a lock or a connection, as
the time for which a server that is silent in the middle of an answer holds its thread has no end.
"""


async def in_thread(work: Callable[[*Ts], T], *arguments: *Ts) -> T:
    """
    Run *work* in one of our threads and return what it does.

    Whoever is cancelled meanwhile, or has waited too long, waits no longer; *work* comes to its
    end, if it has one.

    Raises:
        BackendError: All of our threads are at work and nothing was begun, or there is no answer
            yet and *work* goes on.
    """
    answer: _Answer[T] = _Answer()
    run = copy_context().run

    def job() -> Callable[[], object]:
        try:
            answer.result = run(work, *arguments)
        except BaseException as error:  # noqa: BLE001 - whoever waits is told, whatever it is
            answer.error = error
        return answer.arrive

    if not _threads.take(job):
        raise BackendError("PK153 all our threads wait for a store")
    await answer.wait()
    if not answer.arrived:
        raise BackendError("PK435 a store has not answered in time")
    return answer.outcome()


async def always_in_thread(work: Callable[[*Ts], T], *arguments: *Ts) -> T:
    """Run *work* in a thread of its own, however many are at work: for starting and stopping."""
    return await anyio.to_thread.run_sync(work, *arguments, limiter=CapacityLimiter(1))


class _Answer(Generic[T]):
    """What comes of work in a thread, for the task that made this; on asyncio or trio."""

    __slots__ = ("_soon", "_wake", "arrived", "error", "result", "wait")

    def __init__(self) -> None:
        self.arrived = False
        self.error: BaseException | None = None
        self.wait: Callable[[], Awaitable[object]]
        """Waits for the work, for :data:`PATIENCE_SECONDS` at most."""
        self._wake: Callable[[], object]
        trio = sys.modules.get("trio")
        if trio is not None and trio.lowlevel.in_trio_run():
            event = trio.Event()
            self.wait, self._wake = lambda: _set_in_time(event), event.set
            self._soon = trio.lowlevel.current_trio_token().run_sync_soon
        else:
            loop = asyncio.get_running_loop()
            future = loop.create_future()
            self.wait, self._wake = lambda: _settled_in_time(future), lambda: _settle(future)
            self._soon = loop.call_soon_threadsafe

    def arrive(self) -> None:
        """Wake the task; called in the thread."""
        self.arrived = True
        try:
            self._soon(self._wake)
        except RuntimeError:
            return  # that loop has ended, and its tasks with it

    def outcome(self) -> T:
        """Return what the work returned, or raise what it raised."""
        if self.error is not None:
            try:
                raise self.error
            finally:
                self.error = None  # or it would hold its own frame
        return self.result

    result: T


async def _settled_in_time(future: asyncio.Future[None]) -> None:
    # A scope that can be cancelled takes 34 thousand instructions more than this timer.
    timer = future.get_loop().call_later(PATIENCE_SECONDS, _settle, future)
    try:
        await future
    finally:
        timer.cancel()


async def _set_in_time(event: Any) -> None:  # noqa: ANN401 - of a library that is not needed
    with sys.modules["trio"].move_on_after(PATIENCE_SECONDS):
        await event.wait()


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():  # else whoever waited was cancelled
        future.set_result(None)


class _Threads:
    """Up to :data:`THREADS` threads, begun as they are needed and kept."""

    def __init__(self) -> None:
        self.after_fork_in_child()
        forks.renew(self)

    def after_fork_in_child(self) -> None:
        """Begin with none: those of the parent are not here."""
        self._lock = Lock()
        self._jobs: SimpleQueue[Callable[[], Callable[[], object]]] = SimpleQueue()
        self._begun = self._busy = 0

    def take(self, job: Callable[[], Callable[[], object]]) -> bool:
        """Have a thread run *job*, and then what that returns; ``False`` where all are at work."""
        with self._lock:
            if self._busy == THREADS:
                return False
            self._busy += 1
            if self._busy > self._begun:
                try:
                    Thread(target=self._work, args=(self._jobs,), daemon=True).start()
                except RuntimeError:  # the system lends no more
                    self._busy -= 1
                    return False
                self._begun += 1
        self._jobs.put(job)
        return True

    def _work(self, jobs: SimpleQueue[Callable[[], Callable[[], object]]]) -> None:
        while True:
            done = jobs.get()()
            with self._lock:
                self._busy -= 1
            done()


_threads = _Threads()
