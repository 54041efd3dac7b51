"""
Turns at one SQLite file among the threads of a process, and a fork's turn before all. No I/O.

SQLite waits by sleeping and looking again, so threads that write take turns. And it keeps the locks
of its files in the memory of the process: a child born while any thread reads or writes would wait
for it for ever. So a fork waits until no file is in use, and meanwhile nobody begins.
"""

from __future__ import annotations

import time
from threading import Condition, Lock, local

from privacykit import forks

FORK_SECONDS = 2.0
"""How long a fork waits for transactions to end, and a transaction for a fork."""


class WriteLock:
    """A lock that is free in a child, whoever had it in the parent."""

    def __init__(self) -> None:
        self.after_fork_in_child()
        forks.renew(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """Forget who had the turn: that thread is not here."""
        self._lock = Lock()


class _Mine(local):
    """How deep this thread is in transactions."""

    depth = 0


class FilesInUse:
    """How many threads of the process are in a transaction on a SQLite file."""

    def __init__(self) -> None:
        self._threads = 0
        self.after_fork_in_child()
        forks.wait_for(self)

    def one_more(self) -> FileInUse:
        """Be in a transaction; one within another is not counted: it cannot wait for itself."""
        return FileInUse(self)

    def deeper(self) -> int:
        """Begin a transaction of this thread; return in how many others it is."""
        mine = self._mine
        depth = mine.depth
        mine.depth = depth + 1
        if not depth:
            self._enter()
        return depth

    def back(self, depth: int) -> None:
        """End that which was in *depth* others: of a child's own, if it began before the fork."""
        self._mine.depth = depth
        if not depth:
            self._leave()

    def _enter(self) -> None:
        with self._changed:
            if self._forking:
                self._changed.wait_for(lambda: not self._forking, FORK_SECONDS)
            self._threads += 1

    def _leave(self) -> None:
        with self._changed:
            # A transaction that began in the parent may end in the child that began in it.
            self._threads = max(0, self._threads - 1)
            if self._forking:
                self._changed.notify_all()

    def before_fork(self) -> None:
        """Wait until no file is in use, except by the thread that forks."""
        own = self._mine.depth > 0
        end = time.monotonic() + FORK_SECONDS
        self._forking = True
        if self._changed.acquire(timeout=FORK_SECONDS):
            while self._threads > own and (left := end - time.monotonic()) > 0:
                self._changed.wait(left)
            self._changed.release()

    def after_fork(self) -> None:
        """Let the threads of the parent go on."""
        self._forking = False
        if self._changed.acquire(timeout=FORK_SECONDS):
            self._changed.notify_all()
            self._changed.release()

    def after_fork_in_child(self) -> None:
        """Nobody is in a transaction: those threads are not here."""
        self._changed = Condition(Lock())
        self._mine = _Mine()
        self._threads = 0
        self._forking = False


class FileInUse:
    """A transaction of this thread among *files*, as long as the block lasts."""

    __slots__ = ("_depth", "_files")

    def __init__(self, files: FilesInUse) -> None:
        self._files = files

    def __enter__(self) -> None:
        self._depth = self._files.deeper()

    def __exit__(self, *_: object) -> None:
        self._files.back(self._depth)


FILES_IN_USE = FilesInUse()
