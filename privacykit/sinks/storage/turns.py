"""Turns at a folder, taken by processes of this machine, and at objects, by any. Does I/O."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from privacykit.errors import SinkError

if TYPE_CHECKING:
    from privacykit.sinks.storage.object_store import ObjectStore

TURN = "privacykit-turn.json"
"""The name of the object that says whose turn it is."""

TURN_SECONDS = 900.0


@contextmanager
def folder_turn(folder: Path) -> Iterator[None]:
    """
    Hold the lock of *folder*; whoever else takes it waits.

    Raises:
        OSError: It cannot be opened.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        # Said, and not only closed: a child forked meanwhile has the descriptor as well.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


class StoreTurn(msgspec.Struct):
    """
    The turn of one process to take objects away, which it has until a time.

    Attributes:
        owner: Its name, random.
        until: Unix seconds.
    """

    owner: str
    until: float

    def check(self, now: float) -> None:
        """
        Check that it is not over at *now*, nor will be before one more call has ended.

        Raises:
            SinkError: It is.
        """
        if now > self.until - TURN_SECONDS / 2:
            raise SinkError("PK182 it took too long for one turn at the objects")

    async def go_on(self, store: ObjectStore, now: float) -> None:
        """
        Have it as long again where half of it is over at *now*.

        Raises:
            SinkError: It is another's meanwhile, or the store does not answer.
        """
        if now <= self.until - TURN_SECONDS / 2:
            return
        found, longer = await store.get(TURN), StoreTurn(self.owner, now + TURN_SECONDS)
        ours = found is not None and _told(found.body).owner == self.owner
        body = msgspec.json.encode(longer)
        if not ours or found is None or not await store.replace(TURN, body, found.tag):
            raise SinkError(_AT_WORK)
        self.until = longer.until


_AT_WORK = "PK182 an erasure or a compaction is at work on the objects"


@asynccontextmanager
async def turn_at(store: ObjectStore, clock: Callable[[], float]) -> AsyncIterator[StoreTurn]:
    """
    Have the turn at the objects of *store*: an erasure and a compaction are never at once.

    It is an object of its own, created and replaced on conditions like any other. Who dies with it
    leaves it to others when its time is over.

    Args:
        store: The bucket or folder.
        clock: Returns Unix seconds.

    Raises:
        SinkError: It is another's, or the store does not answer.
    """
    now = clock()
    turn = StoreTurn(secrets.token_hex(8), now + TURN_SECONDS)
    body = msgspec.json.encode(turn)
    ours = await store.put_new(TURN, body)
    if not ours and (found := await store.get(TURN)) is not None:
        ours = _told(found.body).until <= now and await store.replace(TURN, body, found.tag)
    if not ours:
        raise SinkError(_AT_WORK)
    try:
        yield turn
    finally:
        if clock() < turn.until:
            await store.delete(TURN)


def _told(written: bytes) -> StoreTurn:
    try:
        return msgspec.json.decode(written, type=StoreTurn)
    except msgspec.MsgspecError:
        raise SinkError(f"PK181 {TURN} is not what its name says") from None
