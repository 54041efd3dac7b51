"""
Turns at one SQLite file among the threads of a process, and a fork's turn before all. No I/O.

SQLite waits by sleeping and looking again; and it keeps locks in the memory of the process,
so that a child born in the middle of a write could never write.
"""

from __future__ import annotations

import os
from threading import Lock
from weakref import WeakSet

FORK_SECONDS = 2.0
"""How long a fork waits for a write to end."""

_turns: WeakSet[Turn] = WeakSet()


class Turn:
    """A lock that a fork takes, and that is free afterwards in parent and child."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._forking = False
        _turns.add(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def before_fork(self) -> None:
        """Wait for the thread that has the turn."""
        self._forking = self._lock.acquire(timeout=FORK_SECONDS)

    def after_fork(self) -> None:
        """Let the threads of the parent go on."""
        if self._forking:
            self._lock.release()

    def after_fork_in_child(self) -> None:
        """Forget who had the turn: that thread is not here."""
        self._lock = Lock()


def _before_fork() -> None:
    for turn in list(_turns):
        turn.before_fork()


def _after_fork() -> None:
    for turn in list(_turns):
        turn.after_fork()


def _after_fork_in_child() -> None:
    for turn in list(_turns):
        turn.after_fork_in_child()


if hasattr(os, "register_at_fork"):  # pragma: no branch
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child
    )
