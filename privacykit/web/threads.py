"""
Threads of our own for our own I/O, so that the application's stay free whatever our stores do.

anyio lends every application forty threads. If a locked store of ours held them, the application's
own files and databases would wait with it; so we count ours apart, and where all of them wait the
next is refused at once instead of queued.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

import anyio.to_thread
from anyio import CapacityLimiter, WouldBlock
from anyio.lowlevel import RunVar

from privacykit.errors import BackendError

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

THREADS = 8
"""Threads of a loop that may wait for our stores at once."""

_limiter: RunVar[CapacityLimiter] = RunVar("privacykit.web.threads")


async def in_thread(work: Callable[[*Ts], T], *arguments: *Ts) -> T:
    """
    Run *work* in one of our threads and return what it does.

    Raises:
        BackendError: All of our threads are at work; nothing was begun.
    """
    limiter, borrower = _ours(), object()
    try:
        # Before anything is awaited, so that of many who ask at once only so many get one.
        limiter.acquire_on_behalf_of_nowait(borrower)
    except WouldBlock:
        raise BackendError("PK153 all our threads wait for a store") from None
    try:
        return await always_in_thread(work, *arguments)
    finally:
        limiter.release_on_behalf_of(borrower)


async def always_in_thread(work: Callable[[*Ts], T], *arguments: *Ts) -> T:
    """Run *work* in a thread of its own, however many are at work: for starting and stopping."""
    return await anyio.to_thread.run_sync(work, *arguments, limiter=CapacityLimiter(1))


def _ours() -> CapacityLimiter:
    try:
        return _limiter.get()
    except LookupError:
        made = CapacityLimiter(THREADS)
        _limiter.set(made)
        return made
