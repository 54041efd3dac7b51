"""
Forks of the process: what of ours is brought in order before, and renewed in the child. Does I/O.

A child has one thread and every lock as it was: what another thread held stays held for ever. So
each object that owns a lock, an event or a thread is told in the child and makes them anew; what
must not be in the middle of anything is waited for, and files that may not be shared are closed.
There is one list of each and one place that the operating system calls. What libraries import at
their first use is imported before our threads start: a fork in the middle of an import leaves the
child half a module, and for ever held the lock of its import.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Protocol
from weakref import WeakSet


class Renewed(Protocol):
    """What makes its locks, events and threads anew in a child."""

    def after_fork_in_child(self) -> None:
        """Forget who held what: those threads are not here."""
        ...


class Turn(Renewed, Protocol):
    """What a fork waits for, and holds meanwhile."""

    def before_fork(self) -> None:
        """Wait for the thread that has the turn, within bounds, and take it."""
        ...

    def after_fork(self) -> None:
        """Let the threads of the parent go on."""
        ...


FORK_SECONDS = 30.0
"""How long a fork waits for one thread to come to the end of what a child cannot inherit."""

_AT_FIRST_USE = ("anyio._backends._asyncio", "concurrent.futures.thread", "encodings.idna")

_renewed: WeakSet[Renewed] = WeakSet()
_turns: WeakSet[Turn] = WeakSet()
_closers: list[Callable[[], object]] = []
_abandoners: list[Callable[[], object]] = []


def import_ahead() -> None:
    """Import what our threads would import at the first use; called before they start."""
    for module in _AT_FIRST_USE:
        import_module(module)


def renew(owner: Renewed) -> None:
    """Tell *owner* in every child of this process, as long as it lives."""
    _renewed.add(owner)


def wait_for(turn: Turn) -> None:
    """Let every fork wait for *turn*, as long as it lives."""
    _turns.add(turn)


def close(before: Callable[[], object], in_child: Callable[[], object]) -> None:
    """Call *before* once every turn is taken, and *in_child* in the child; for ever."""
    _closers.append(before)
    _abandoners.append(in_child)


def renews(owner: object) -> bool:
    """Tell whether *owner* is told in a child."""
    return owner in _renewed or owner in _turns


class TurnLock(Turn):
    """
    A lock that a fork waits for, and that is free in the child.

    It stands around what a library does with locks of its own that it renews in no child.

    Args:
        seconds: How long a fork waits at most; then it happens all the same.
    """

    def __init__(self, seconds: float = FORK_SECONDS) -> None:
        self._seconds = seconds
        self.after_fork_in_child()
        wait_for(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def before_fork(self) -> None:
        """Take it."""
        self._taken = self._lock.acquire(timeout=self._seconds)

    def after_fork(self) -> None:
        """Give it back."""
        if self._taken:
            self._lock.release()

    def after_fork_in_child(self) -> None:
        """Forget who had it."""
        self._lock = threading.Lock()
        self._taken = False


def _before() -> None:
    for turn in list(_turns):
        turn.before_fork()
    for closer in _closers:
        closer()


def _after() -> None:
    for turn in list(_turns):
        turn.after_fork()


def _in_child() -> None:
    for owner in (*_turns, *_renewed):
        owner.after_fork_in_child()
    for abandon in _abandoners:
        abandon()


if os.name == "posix":  # pragma: no branch
    os.register_at_fork(before=_before, after_in_parent=_after, after_in_child=_in_child)
