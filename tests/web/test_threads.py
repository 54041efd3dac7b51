"""Threads of our own: work comes back on any loop, and nobody queues behind a store that hangs."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from threading import Event

import anyio
import pytest

from privacykit.errors import BackendError
from privacykit.web import threads
from privacykit.web.threads import THREADS, in_thread

SAID: ContextVar[str] = ContextVar("said", default="")
LOOPS = pytest.mark.parametrize("loop", ["asyncio", "trio"])


@LOOPS
def test_what_work_returns_or_raises_comes_back(loop):
    """In another thread, which sees the context of whoever asked."""

    def fail():
        raise LookupError("theirs")

    async def ask():
        SAID.set("here")
        said, where = await in_thread(lambda: (SAID.get(), threading.get_ident()))
        with pytest.raises(LookupError, match="theirs"):
            await in_thread(fail)
        return said, where != threading.get_ident()

    assert anyio.run(ask, backend=loop) == ("here", True)


@LOOPS
def test_where_all_threads_work_the_next_is_refused_at_once(loop):
    """And served again once one of them is done."""
    end = Event()

    async def ask():
        async with anyio.create_task_group() as group:
            for _ in range(THREADS):
                group.start_soon(in_thread, end.wait)
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(BackendError, match="PK153"):
                await in_thread(end.wait)
            end.set()
        return await in_thread(lambda: "served")

    assert anyio.run(ask, backend=loop) == "served"


@LOOPS
def test_nobody_waits_for_ever(loop, monkeypatch):
    """The work goes on in its thread, and what it answers then is nobody's."""
    monkeypatch.setattr(threads, "PATIENCE_SECONDS", 0.05)
    end, ended = Event(), Event()

    def work():
        end.wait()
        ended.set()

    async def ask():
        with pytest.raises(BackendError, match="PK435"):
            await in_thread(work)
        end.set()
        return await in_thread(ended.wait, 5)

    assert anyio.run(ask, backend=loop)


@LOOPS
def test_who_is_cancelled_waits_no_longer(loop):
    """The work comes to its end, and its thread serves the next."""
    begun, end, ended = Event(), Event(), Event()

    def work():
        begun.set()
        end.wait(5)
        ended.set()

    async def ask():
        with anyio.move_on_after(0.05) as scope:
            await in_thread(work)
        early = ended.is_set()
        end.set()
        return scope.cancelled_caught, early, ended.wait(5), await in_thread(lambda: 1)

    assert anyio.run(ask, backend=loop) == (True, False, True, 1)


def test_a_child_begins_threads_of_its_own():
    """Those of the parent are not there, whatever they were at."""
    pool, end, done = threads._Threads(), Event(), Event()
    taken = [pool.take(lambda: (end.wait(5), lambda: None)[1]) for _ in range(THREADS + 1)]
    pool.after_fork_in_child()
    assert pool.take(lambda: done.set)
    assert done.wait(5)
    end.set()
    assert taken == [True] * THREADS + [False]


def test_a_thread_that_the_system_does_not_lend_is_one_that_works(monkeypatch):
    """Nothing was begun, and the next may try again."""
    pool = threads._Threads()
    with monkeypatch.context() as patch:
        patch.setattr(threads.Thread, "start", _no_more)
        assert not pool.take(lambda: lambda: None)
    done = Event()
    assert pool.take(lambda: done.set)
    assert done.wait(5)


def _no_more(_thread):
    raise RuntimeError("can't start new thread")


def test_work_whose_loop_has_ended_ends_all_the_same():
    """Nobody is there to be told."""
    end, ended = Event(), Event()

    async def ask():
        with anyio.move_on_after(0.01):
            await in_thread(lambda: (end.wait(5), ended.set()))

    anyio.run(ask)
    end.set()
    assert ended.wait(5)
    assert anyio.run(in_thread, lambda: 1) == 1
