"""The outbox's way in: memory, groups, waiting tasks."""

import asyncio
import gc
import os
import threading
import time
import weakref
from collections import Counter
from threading import Thread

import anyio
import pytest

from privacykit import forks
from privacykit.collect.ports import Envelope, OutboxRow
from privacykit.delivery import commit_batches as groups
from privacykit.delivery import writer as outbox
from privacykit.delivery.writer import Outbox
from privacykit.errors import StoreError
from tests.waiting import eventually

LATER = 2_000_000_000


class Kept:
    """A store in memory that can be told to fail."""

    def __init__(self):
        self.commits: list[list[OutboxRow]] = []
        self.error: BaseException | None = None
        self.unstorable: set[str] = set()
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    def prepare(self):
        """Need nothing."""

    def add(self, rows, _now):
        """Keep *rows*, or fail as told."""
        self.entered.set()
        self.gate.wait(10)
        if self.error:
            raise self.error
        good = [row for row in rows if row.envelope.id not in self.unstorable]
        self.commits.append(good)
        return [row.envelope.id for row in rows if row.envelope.id in self.unstorable]

    @property
    def ids(self):
        """All that is committed, in order."""
        return [row.envelope.id for commit in self.commits for row in commit]


class Counts(Counter):
    """Counters in memory."""

    def count(self, name, reason="", n=1):
        """Count."""
        self[name, reason] += n


def finish(items, random):
    """Make a row of each item; the item ``"bug"`` is one that fails."""
    assert len(random) == 8 * len(items)
    if "bug" in items:
        raise ZeroDivisionError
    return [OutboxRow(Envelope(i, "shop", "analytics", LATER, ("e",)), b"{}") for i in items]


@pytest.fixture
def kept():
    """A store in memory."""
    return Kept()


@pytest.fixture
def counts():
    """Counters in memory."""
    return Counts()


@pytest.fixture
def make(kept, counts):
    """Makes outboxes that are stopped at the end of the test."""
    made = []

    def build(**options):
        options.setdefault("window", 0.01)
        box = Outbox(
            kept,
            finish=finish,
            random=os.urandom,
            clock=time.time,
            counters=counts,
            **options,
        )
        made.append(box)
        return box

    yield build
    kept.error = None
    kept.gate.set()
    for box in made:
        box.stop(1)


def test_commits_what_was_put_in_order(make, kept):
    """Every accepted event is committed, in the order of arrival."""
    box = make()
    wanted = [f"e{number:04d}" for number in range(2000)]
    assert all(box.put(item) for item in wanted)
    box.stop()
    assert kept.ids == wanted


def test_commits_in_groups_no_larger_than_a_batch(make, kept):
    """What comes together is committed together, up to the batch."""
    box = make(batch=100)
    for number in range(250):
        box.put(f"e{number}")
    box.stop()
    assert max(len(commit) for commit in kept.commits) <= 100


def test_loses_nothing_with_many_producers(make, kept):
    """Threads that put at the same time lose nothing between them."""
    box = make(window=0.001, batch=16)

    def produce(name):
        for number in range(2000):
            box.put(f"{name}-{number}")

    threads = [Thread(target=produce, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    box.stop()
    assert len(set(kept.ids)) == 8000


def test_an_idle_writer_wakes_for_the_next_event(make, kept):
    """After a pause of any length an event is committed within about a window."""
    box = make()
    for number in range(5):
        box.put(f"e{number}")
        assert eventually(lambda: len(kept.ids) == number + 1, 2)  # noqa: B023  # called at once


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_durable_put_returns_after_the_commit(make, kept, backend):
    """On either library the task sees its event committed when it goes on."""
    box = make(window=30)

    async def main():
        async with anyio.create_task_group() as group:
            for number in range(64):
                group.start_soon(box.put_durably, f"e{number}")
        return len(kept.ids)

    assert anyio.run(main, backend=backend) == 64


def test_waiting_tasks_are_committed_in_groups(make, kept):
    """What arrives during a commit shares the next one."""
    box = make(window=30)
    kept.gate.clear()

    async def main():
        async with anyio.create_task_group() as group:
            for number in range(64):
                group.start_soon(box.put_durably, f"e{number}")
            await anyio.sleep(0.05)
            kept.gate.set()

    anyio.run(main)
    assert len(kept.commits) <= 2


def test_what_cannot_be_committed_is_not_acknowledged(make, kept, counts):
    """While the store fails a waiting task gets an error, and the event stays for later."""
    box = make()
    kept.error = StoreError("disk full")
    with pytest.raises(StoreError, match="PK151"):
        anyio.run(box.put_durably, "e1", 0.05)
    kept.error = None
    assert eventually(lambda: kept.ids == ["e1"])
    assert counts["outbox_failed", "store"] > 0


def test_a_late_acknowledgement_reaches_nobody(make, kept):
    """A task that gave up waiting is not disturbed by the commit that comes after all."""
    box = make()
    kept.error = StoreError("disk full")

    async def main():
        with pytest.raises(StoreError, match="PK151"):
            await box.put_durably("e1", 0.01)
        kept.error = None
        await box.put_durably("e2")

    anyio.run(main)
    assert kept.ids == ["e1", "e2"]


def test_a_bug_in_the_store_does_not_end_the_writer(make, kept, counts):
    """Even an error that nobody foresaw is only an attempt that failed."""
    box = make()
    kept.error = ZeroDivisionError()
    box.put("e1")
    assert eventually(lambda: counts["outbox_failed", "bug"] > 0)
    kept.error = None
    assert eventually(lambda: kept.ids == ["e1"])


def test_a_full_memory_refuses_and_counts(make, kept, counts):
    """The producer is told at once, and goes on."""
    box = make(limit=3, batch=1, window=0)
    kept.gate.clear()
    box.put("first")
    kept.entered.wait(5)
    assert [box.put(f"e{number}") for number in range(5)] == [True, True, True, False, False]
    assert counts["outbox_refused", "full"] == 2
    with pytest.raises(StoreError, match="PK150"):
        anyio.run(box.put_durably, "e9")


def test_an_event_that_cannot_be_finished_harms_no_other(make, kept, counts):
    """A bug in one event drops and counts that one alone."""
    box = make()
    for item in ("e1", "bug", "e2"):
        box.put(item)
    assert eventually(lambda: len(kept.ids) == 2)
    assert counts["outbox_dropped", "unfinished"] == 1


def test_who_waits_for_an_unfinished_event_is_told(make):
    """The task gets an error at once, not after its patience."""
    box = make()
    with pytest.raises(StoreError, match="PK151"):
        anyio.run(box.put_durably, "bug", 60)


def test_a_good_event_is_acknowledged_beside_a_bad_one(make, kept):
    """Tasks whose events could be committed are told so."""
    box = make(window=0.2)
    box.put("bug")
    anyio.run(box.put_durably, "e1")
    assert kept.ids == ["e1"]


def test_an_unstorable_event_is_dropped_and_said(make, kept, counts):
    """What the database can never hold does not block what follows."""
    kept.unstorable = {"e1"}
    box = make()
    with pytest.raises(StoreError, match="PK151"):
        anyio.run(box.put_durably, "e1")
    anyio.run(box.put_durably, "e2")
    assert counts["outbox_dropped", "unstorable"] == 1


def test_stop_commits_what_is_in_memory(make, kept):
    """The end of the process does not wait for the window."""
    box = make(window=60)
    box.put("e1")
    assert box.stop()
    assert kept.ids == ["e1"]


def test_stop_gives_up_at_its_deadline_and_counts(make, kept, counts):
    """A store that stays broken cannot hold the process, and the loss is said."""
    box = make(batch=1, window=0)
    kept.error = StoreError("disk full")
    for number in range(3):
        box.put(f"e{number}")
    assert not box.stop(0.2)
    assert counts["outbox_dropped", "stopped"] == 3


def test_who_waits_at_the_end_is_told(make, kept):
    """A task that waits when the outbox gives up gets an error."""
    box = make()
    kept.error = StoreError("disk full")

    async def main():
        async with anyio.create_task_group() as group:
            group.start_soon(expect_refusal)
            group.start_soon(expect_refusal)
            await anyio.sleep(0.1)
            await anyio.to_thread.run_sync(box.stop, 0.1)

    async def expect_refusal():
        with pytest.raises(StoreError, match="PK151"):
            await box.put_durably("e1", 60)

    anyio.run(main)


def test_a_stopped_outbox_refuses_until_started(make, kept, counts):
    """After a stop nothing is taken; after a start it is again."""
    box = make()
    box.start()
    box.stop()
    assert not box.put("e1")
    box.start()
    assert box.put("e2")
    assert eventually(lambda: kept.ids == ["e2"])
    assert counts["outbox_refused", "closing"] == 1


def writers():
    """Return the writer threads that live."""
    return [thread for thread in threading.enumerate() if thread.name == "privacykit-outbox"]


def test_stopping_an_outbox_never_used_is_nothing(make):
    """No thread is started only to be stopped."""
    before = len(writers())
    assert make().stop()
    assert len(writers()) == before


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dead_writer_is_replaced(make, kept):
    """Whatever killed the thread, the next event starts another, and nothing is lost."""
    box = make()
    before = len(writers())
    kept.error = SystemExit()
    box.put("e1")
    assert eventually(lambda: kept.entered.is_set() and len(writers()) == before)
    kept.error = None
    box.put("e2")
    assert eventually(lambda: kept.ids == ["e1", "e2"])


def test_no_thread_to_be_had_is_no_error(make, kept, counts, monkeypatch):
    """An event is accepted even then, and committed as soon as a thread can be started."""
    box = make()

    def refuse(_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(outbox.Thread, "start", refuse)
        assert box.put("e1")
    assert counts["outbox_failed", "no_thread"] == 1
    box.put("e2")
    assert eventually(lambda: kept.ids == ["e1", "e2"])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_fork_leaves_the_parents_events_to_the_parent(make, kept):
    """The child starts empty and can commit events of its own."""
    box = make()
    kept.gate.clear()
    box.put("parent")
    box.put("parent too")
    kept.entered.wait(5)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        kept.gate.set()
        box.put("child")
        box.stop()
        os.write(write, ",".join(kept.ids).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 99) == b"child"
    os.close(read)
    os.close(write)
    kept.gate.set()
    assert eventually(lambda: kept.ids == ["parent", "parent too"])


def test_a_child_starts_empty(make, kept):
    """What the fork's hook does, seen from within."""
    kept.gate.clear()
    box = make()
    box.put("parent")
    kept.entered.wait(5)
    box.put("parent too")
    forks._in_child()
    box.put("child")
    kept.gate.set()
    assert box.stop()
    assert "parent too" not in kept.ids


def test_an_answer_to_a_loop_that_has_ended_is_no_error():
    """A task that died with its loop is not waited for; others are woken."""

    async def promise():
        return groups.promise("e1")

    late = asyncio.run(promise())

    async def woken():
        alive = groups.promise("e2")
        groups.answer([late, alive])
        async with asyncio.timeout(5):
            await alive.answered(60)
        return True

    assert asyncio.run(woken())


def test_an_outbox_can_be_collected(kept):
    """No list of ours keeps an outbox alive."""
    box = Outbox(kept, finish=finish, random=os.urandom, clock=time.time, counters=Counts())
    gone = weakref.ref(box)
    del box
    gc.collect()
    assert gone() is None


def test_a_thread_that_may_wait_sees_its_event_committed(make, kept):
    """As a task does, from many threads at once; and an error where it was not."""
    box = make(window=30)
    threads = [Thread(target=box.put_durably_sync, args=(f"e{number}",)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept.ids) == 32
    kept.error = StoreError("disk full")
    with pytest.raises(StoreError, match="PK151"):
        box.put_durably_sync("late", 0.05)
    box.stop(0)
    with pytest.raises(StoreError, match="PK150"):
        box.put_durably_sync("closed")


def test_a_thread_that_runs_a_loop_may_wait_too(make, kept):
    """Under gevent a thread that runs somebody's loop serves requests between its turns."""
    box = make(window=30)

    async def main():
        box.put_durably_sync("e1")

    anyio.run(main)
    assert kept.ids == ["e1"]
