"""
Groups of events on their way to one commit, and the tasks that wait for it. No I/O.

A task may wait on any event loop, and a thread without one; the thread that commits has none.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Protocol

from privacykit.collect.ports import OutboxRow
from privacykit.errors import StoreError

RANDOM_BYTES = 8
"""Random bytes handed to `finish` for each item."""

Finish = Callable[[list[Any], bytes], Sequence[OutboxRow]]
"""Items, in order, and :data:`RANDOM_BYTES` for each of them -> their rows, one each."""


class Durable(Protocol):
    """Where rows are kept for good: :class:`~privacykit.stores.outbox.store.OutboxStore`."""

    def prepare(self) -> None:
        """Create what is missing."""

    def add(self, rows: Sequence[OutboxRow], now: float) -> list[str]:
        """Commit *rows*; return the ids of those that can never be stored."""
        ...


class Counts(Protocol):
    """What happened, counted for the operator."""

    def count(self, name: str, reason: str = "", n: int = 1) -> None:
        """Add *n* to the counter *name* and *reason*."""


class Acknowledgement(Protocol):
    """
    One item whose producer waits for it. Made in the waiting task.

    Attributes:
        item: What was put.
        kept: Whether the item is committed, once that is known.
        soon: Runs a function soon in the task's loop; called from any thread.
    """

    item: object
    kept: bool
    soon: Callable[..., object]

    async def answered(self, patience: float) -> None:
        """Wait for the answer, for *patience* seconds at most."""

    def answer(self) -> None:
        """Wake the task. Called in its loop."""


class _OnAsyncio:
    """A bare future: half the price of a portable event, and there is one for each event."""

    __slots__ = ("_future", "_loop", "item", "kept", "soon")

    def __init__(self, item: object) -> None:
        self.item = item
        self.kept = False
        self._loop = asyncio.get_running_loop()
        self._future: asyncio.Future[None] = self._loop.create_future()
        self.soon: Callable[..., object] = self._loop.call_soon_threadsafe

    async def answered(self, patience: float) -> None:
        timer = self._loop.call_later(patience, self.answer)
        try:
            await self._future
        finally:
            timer.cancel()

    def answer(self) -> None:
        if not self._future.done():
            self._future.set_result(None)


class _OnTrio:
    __slots__ = ("_event", "_trio", "item", "kept", "soon")

    def __init__(self, item: object, trio: ModuleType) -> None:
        self.item = item
        self.kept = False
        self._trio = trio
        self._event = trio.Event()
        self.soon: Callable[..., object] = trio.lowlevel.current_trio_token().run_sync_soon

    async def answered(self, patience: float) -> None:
        with self._trio.move_on_after(patience):
            await self._event.wait()

    def answer(self) -> None:
        self._event.set()


class OnThread:
    """A promise to a thread that may wait, whatever loop runs in it (gevent shares its threads)."""

    __slots__ = ("_event", "item", "kept", "soon")

    def __init__(self, item: object) -> None:
        self.item = item
        self.kept = False
        self._event = threading.Event()  # looked up now: gevent may have put its own there
        self.soon: Callable[..., object] = _at_once

    async def answered(self, patience: float) -> None:
        """Wait in the thread, for *patience* seconds at most."""
        self.wait(patience)

    def wait(self, patience: float) -> None:
        """Wait for the answer, for *patience* seconds at most."""
        self._event.wait(patience)

    def answer(self) -> None:
        """Wake the thread."""
        self._event.set()


def _at_once(work: Callable[..., object], *arguments: object) -> None:
    work(*arguments)


def promise(item: object) -> Acknowledgement:
    """Return a promise about *item* to the running task, whatever its loop."""
    trio = sys.modules.get("trio")
    if trio is not None and trio.lowlevel.in_trio_run():
        return _OnTrio(item, trio)
    return _OnAsyncio(item)


PROMISES = (_OnAsyncio, _OnTrio, OnThread)
"""The kinds of promise, to tell them from bare items."""


def check_kept(waits: Acknowledgement) -> None:
    """
    Return where the item that *waits* is about was committed.

    Raises:
        StoreError: It was not, or not in time.
    """
    if not waits.kept:
        raise StoreError("PK151 the event was not acknowledged")


@dataclass(slots=True)
class CommitBatch:
    """
    Rows to be committed together.

    Attributes:
        rows: The rows.
        promises: Who waits, each with the id of the event.
    """

    rows: list[OutboxRow] = field(default_factory=list)
    promises: list[tuple[str, Acknowledgement]] = field(default_factory=list)


NOTHING = CommitBatch()
"""A group without rows; never added to."""


def form(
    items: Sequence[object], finish: Finish, random: Callable[[int], bytes]
) -> tuple[CommitBatch, int]:
    """
    Make a group of *items*, some of which may be promises.

    Returns:
        The group, and how many items `finish` failed on: a bug in one must not take the others
        along. Whoever waits for one of those has been told.
    """
    bare = [item.item if isinstance(item, PROMISES) else item for item in items]
    rows = _try_finish(bare, finish, random)
    found = rows if rows is not None else [_one(item, finish, random) for item in bare]
    group = CommitBatch([row for row in found if row is not None])
    for item, row in zip(items, found, strict=True):
        if isinstance(item, PROMISES) and row is not None:
            group.promises.append((row.envelope.id, item))
        elif isinstance(item, PROMISES):
            answer([item])
    return group, len(items) - len(group.rows)


def _one(item: object, finish: Finish, random: Callable[[int], bytes]) -> OutboxRow | None:
    rows = _try_finish([item], finish, random)
    return rows[0] if rows else None


def _try_finish(
    items: list[Any], finish: Finish, random: Callable[[int], bytes]
) -> list[OutboxRow] | None:
    try:
        rows = list(finish(items, random(RANDOM_BYTES * len(items))))
    except Exception:  # noqa: BLE001  # whatever it is, it is not the other events' fault
        return None
    return rows if len(rows) == len(items) else None


def answer(promises: Iterable[Acknowledgement]) -> None:
    """Wake the tasks of *promises*; one call for each of their loops, whatever their number."""
    by_loop: dict[Callable[..., object], list[Acknowledgement]] = {}
    for promise in promises:
        by_loop.setdefault(promise.soon, []).append(promise)
    for soon, group in by_loop.items():
        try:
            soon(_wake, group)
        except RuntimeError:
            continue  # That loop has ended, and its tasks with it.


def _wake(promises: list[Acknowledgement]) -> None:
    for promise in promises:
        promise.answer()
