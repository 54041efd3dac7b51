"""Delivery: from the outbox to sinks."""

import asyncio
import itertools
import threading
import time
from collections import Counter

import pytest

from privacykit.collect.ports import SendOutcome
from privacykit.delivery import courier as courier_module
from privacykit.delivery import owed as owed_module
from privacykit.delivery.courier import Courier
from privacykit.delivery.deliverer import Deliverer
from privacykit.delivery.owed import LONGEST_PAUSE_SECONDS, pause
from privacykit.errors import SinkError, StoreError
from privacykit.sinks.memory import MemorySink
from privacykit.sinks.sql import SQLSink
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.events import EventStore
from privacykit.stores.outbox.store import OutboxStore
from privacykit.testing.samples import NOW, ids, row
from tests.waiting import eventually


class Counts(Counter):
    """Counters in memory."""

    def count(self, name, reason="", n=1):
        """Count."""
        self[name, reason] += n


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        """Return what was set."""
        return self.now


class Consents:
    """What was stopped."""

    def __init__(self):
        self.records = set()
        self.error = None
        self.forgotten = []

    def stopped(self, envelopes):
        """Name the events of records that were withdrawn."""
        if self.error:
            raise self.error
        return {one.id for one in envelopes if one.record in self.records}

    def forget_stops(self, now):
        """Note what was in the outbox when orders were forgotten."""
        self.forgotten.append(now)
        return 0


class Scripted(MemorySink):
    """A sink that does next what it is told, and takes everything else."""

    def __init__(self, name="events", *script):
        super().__init__(name)
        self.script = list(script)
        self.closed = 0
        self.kept = []
        self.sizes = []

    async def send(self, batch):
        """Do what comes next in the script."""
        self.sizes.append(len(batch))
        step = self.script.pop(0) if self.script else None
        if isinstance(step, BaseException):
            raise step
        if step is not None:
            return await step(batch) if callable(step) else step
        return await super().send(batch)

    async def keep(self, now):
        """Note the upkeep."""
        self.kept.append(now)

    async def close(self):
        """Note the end."""
        self.closed += 1


@pytest.fixture
def clock():
    """A clock that is set by hand."""
    return Clock()


@pytest.fixture
def consents():
    """Orders to stop."""
    return Consents()


@pytest.fixture
def counts():
    """Counters in memory."""
    return Counts()


@pytest.fixture
def store(tmp_path):
    """An outbox in a file."""
    engine = open_engine(f"sqlite:///{tmp_path}/outbox.db", kind="events")
    store = OutboxStore(engine)
    store.prepare()
    yield store
    engine.dispose()


@pytest.fixture
def make(store, consents, clock, counts):
    """Makes deliverers, which are stopped at the end."""
    made = []
    names = itertools.count()

    def build(*sinks, at=clock):
        deliverer = Deliverer(
            store,
            sinks,
            consents,
            clock=at,
            chance=lambda: 1.0,
            name=lambda: f"worker-{next(names)}",
            counters=counts,
            poll=0.01,
        )
        made.append(deliverer)
        return deliverer

    yield build
    for deliverer in made:
        deliverer.stop(1)


def test_delivers_to_every_sink_that_may_take_an_event(make, store):
    """Each event goes to the sinks its envelope names, and to no other."""
    one, two = Scripted("one"), Scripted("two")
    store.add([row(1, sinks=("one",)), row(2, sinks=("one", "two"))], NOW)
    tallies = make(one, two).run_once()
    assert (list(one.bodies), list(two.bodies)) == (ids(1, 2), ids(2))
    assert (tallies["one"].delivered, store.depths()) == (2, [])


def test_delivers_more_than_a_batch(make, store, monkeypatch):
    """All that is due goes, by as many attempts as it takes."""
    monkeypatch.setattr(courier_module, "BATCH", 30)
    sink = Scripted()
    store.add([row(number) for number in range(100)], NOW)
    make(sink).run_once()
    assert sink.sizes == [30, 30, 30, 10]


def test_respects_the_batch_a_sink_wants(make, store):
    """A sink may ask for less at a time."""
    sink = Scripted()
    sink.batch = 3
    store.add([row(number) for number in range(5)], NOW)
    make(sink).run_once()
    assert sink.sizes == [3, 2]


def test_a_backlog_enters_the_event_store_by_the_usual_batch(make, store, tmp_path):
    """However much waits, what is in memory at a time stays small."""
    sizes = []

    class Noting(SQLSink):
        async def send(self, batch):
            sizes.append(len(batch))
            return await super().send(batch)

    engine = open_engine(f"sqlite:///{tmp_path}/events.db", kind="events")
    sink = Noting("events", EventStore(engine), clock=lambda: NOW)
    store.add([row(number) for number in range(courier_module.BATCH + 1)], NOW)
    make(sink).run_once()
    engine.dispose()
    assert sizes == [courier_module.BATCH, 1]


def test_nothing_withdrawn_leaves(make, store, consents, counts):
    """What was withdrawn before the attempt is gone from the outbox without being sent."""
    sink = Scripted()
    store.add([row(1), row(2)], NOW)
    consents.records.add("record-1")
    tallies = make(sink).run_once()
    assert (list(sink.bodies), store.depths()) == (ids(2), [])
    assert tallies["events"].delivered == 1
    assert counts["outbox_stopped", ""] == 1
    assert [(one.reason, one.n) for one in store.withheld.read()] == [("stopped", 1)]


def test_a_withdrawal_right_before_an_attempt_stops_it(store, consents, clock, counts):
    """The last look is the one that counts."""
    sink = Scripted()
    store.add([row(1), row(2)], NOW)
    consents.records.add("record-1")
    courier = Courier(
        store, sink, consents, owner="me", clock=clock, chance=lambda: 1.0, counters=counts
    )
    asyncio.run(courier.turn())
    assert (list(sink.bodies), store.depths()) == (ids(2), [])
    assert (courier.tally.stopped, counts["delivery_stopped", "events"]) == (1, 1)


def test_an_order_is_forgotten_only_when_nothing_of_it_is_left(make, store, consents, clock):
    """A sink that was dead for longer than the order stands gets nothing when it comes back."""
    store.add([row(1, sinks=("dead",)), row(2, sinks=("dead",))], NOW)
    make(Scripted("dead", SinkError("busy"))).run_once()
    consents.records.add("record-1")
    clock.now += 1000
    make(Scripted("dead", SinkError("busy"))).run_once()
    assert (store.depths()[0].pending, len(consents.forgotten)) == (1, 2)
    consents.error = StoreError("down")
    make(Scripted("dead")).run_once()
    assert len(consents.forgotten) == 2


def test_a_withdrawal_between_two_attempts_stops_the_second(make, store, consents, clock):
    """What a sink did not take the first time does not leave the second."""
    sink = Scripted("events", SinkError("busy"))
    store.add([row(1)], NOW)
    make(sink).run_once()
    consents.records.add("record-1")
    clock.now += 1000
    make(sink).run_once()
    assert (sink.bodies, store.depths()) == ({}, [])


def test_nothing_leaves_while_nobody_can_tell(make, store, consents, clock):
    """A consent store that fails stops delivery, and no event is lost by it."""
    sink = Scripted()
    store.add([row(1)], NOW)
    consents.error = StoreError("down")
    with pytest.raises(StoreError):
        make(sink).run_once()
    assert sink.bodies == {}
    consents.error = None
    clock.now += 1000
    make(sink).run_once()
    assert list(sink.bodies) == ids(1)


def test_nothing_expired_leaves(make, store, clock):
    """An event that expired in the outbox is gone from there."""
    sink = Scripted()
    store.add([row(1, expires_at=int(NOW) + 10)], NOW)
    clock.now += 10
    courier = make(sink)
    asyncio.run(courier._hire()[0].turn())  # without the purge before it
    assert (sink.bodies, courier.tallies["events"].expired, store.depths()) == ({}, 1, [])


@pytest.mark.parametrize(
    "error", [SinkError("busy"), ZeroDivisionError("secret"), TimeoutError(), ConnectionError()]
)
def test_a_sink_that_fails_is_left_alone_for_a_while(make, store, clock, error):
    """In whatever way it fails: the events wait, and its words are not repeated."""
    sink = Scripted("events", error)
    store.add([row(1)], NOW)
    deliverer = make(sink)
    tallies = deliverer.run_once()
    assert (tallies["events"].retried, "secret" in str(deliverer.troubles)) == (1, False)
    clock.now += 0.9
    make(sink).run_once()
    assert sink.bodies == {}
    clock.now += 0.2
    make(sink).run_once()
    assert list(sink.bodies) == ids(1)


def test_a_sink_may_ask_for_peace(make, store, clock):
    """What it asked for holds where it is longer than what we would have waited."""
    sink = Scripted("events", SinkError("later", retry_after=100.0))
    store.add([row(1)], NOW)
    make(sink).run_once()
    clock.now += 99
    make(sink).run_once()
    assert sink.bodies == {}
    clock.now += 2
    make(sink).run_once()
    assert list(sink.bodies) == ids(1)


@pytest.mark.parametrize("asked", [3601.0, 10.0**9, float("inf")])
def test_a_sink_may_not_ask_for_peace_for_ever(make, store, clock, asked):
    """An hour is the most that is believed."""
    sink = Scripted("events", SinkError("later", retry_after=asked))
    store.add([row(1)], NOW)
    make(sink).run_once()
    clock.now += 3599
    make(sink).run_once()
    assert sink.bodies == {}
    clock.now += 1
    make(sink).run_once()
    assert list(sink.bodies) == ids(1)


@pytest.mark.parametrize("hours", [2, 24, 24 * 365])
def test_a_clock_set_back_holds_up_no_sink(make, store, clock, counts, monkeypatch, hours):
    """A pause is as long as it was meant to be, whatever the clock shows after it."""
    monkeypatch.setattr(owed_module, "FIRST_PAUSE_SECONDS", 0.05)
    sink = Scripted("events", SinkError("busy"))
    store.add([row(1)], NOW)
    make(sink).start()
    assert eventually(lambda: counts["delivery_retried", "events"])
    clock.now -= hours * 3600
    assert eventually(lambda: list(sink.bodies) == ids(1))


def test_a_sink_may_take_some_and_refuse_others(make, store, clock):
    """Settled, to be sent again, rejected: each goes its way."""
    _, second, third = ids(1, 2, 3)
    sink = Scripted("events", SendOutcome(retry=(second,), rejected=((third, "status_400"),)))
    store.add([row(1), row(2), row(3)], NOW)
    tally = make(sink).run_once()["events"]
    assert (tally.delivered, tally.retried, tally.rejected) == (1, 1, 1)
    (depth,) = store.depths()
    assert (depth.pending, depth.rejected) == (1, 1)
    clock.now += 1.1
    make(sink).run_once()
    assert list(sink.bodies) == [second]


def test_a_sink_may_take_nothing_yet(make, store):
    """All of a batch may be put back without an error."""
    sink = Scripted("events", SendOutcome(retry=tuple(ids(1))))
    store.add([row(1)], NOW)
    tally = make(sink).run_once()["events"]
    assert (tally.delivered, tally.retried) == (0, 1)


def test_an_attempt_ends_before_its_lease(make, store, monkeypatch):
    """A sink that never answers does not keep a batch that others may lease by then."""
    monkeypatch.setattr(courier_module, "LEASE_SECONDS", 5.05)

    async def forever(_batch):
        await asyncio.sleep(1000)

    sink = Scripted("events", forever)
    store.add([row(1)], NOW)
    deliverer = make(sink)
    deliverer.run_once()
    assert "PK172" in deliverer.troubles["events"]


def test_what_was_taken_is_written_down_before_more_is_sent(store, clock, consents, counts):
    """While the outbox fails, a sink that took a batch does not get it again."""
    sink = Scripted()
    store.add([row(1), row(2)], NOW)
    courier = Courier(
        store, sink, consents, owner="me", clock=clock, chance=lambda: 1.0, counters=counts
    )
    settle, failures = store.settle, [StoreError("disk full")] * 2

    def settle_later(*arguments):
        if failures:
            raise failures.pop()
        return settle(*arguments)

    store.settle = settle_later
    for _ in range(2):
        with pytest.raises(StoreError):
            asyncio.run(courier.turn())
        clock.now += 1000
    asyncio.run(courier.turn())
    assert (sink.sizes, store.depths()) == ([2], [])


def _failing(*_, **__):
    raise StoreError("disk full")


def test_a_dead_sink_holds_up_no_other(make, store):
    """One that never answers, one that fails, one that works: the last gets its events."""

    async def forever(_batch):
        await asyncio.sleep(1000)

    dead, broken, well = (
        Scripted("dead", forever),
        Scripted("broken", *[ValueError()] * 99),
        Scripted("well"),
    )
    store.add([row(number, sinks=("dead", "broken", "well")) for number in range(5)], NOW)
    deliverer = make(dead, broken, well, at=time_from(NOW))
    deliverer.start()
    assert eventually(lambda: len(well.bodies) == 5)
    store.add([row(9, sinks=("dead", "broken", "well"))], NOW)
    assert eventually(lambda: len(well.bodies) == 6)
    assert "PK173" in deliverer.troubles["broken"]


def time_from(start):
    """Return a clock that goes on from *start*."""
    began = time.monotonic()
    return lambda: start + time.monotonic() - began


def test_delivers_what_comes_while_it_runs(make, store):
    """The thread looks again and again, and ends when told."""
    before = threading.enumerate()
    sink = Scripted()
    deliverer = make(sink, at=time_from(NOW))
    deliverer.start()
    deliverer.start()
    for number in range(3):
        store.add([row(number)], NOW)
        assert eventually(lambda: len(sink.bodies) == number + 1)  # noqa: B023  # called at once
    deliverer.stop(5)
    assert (sink.closed, deliverer.tallies["events"].delivered) == (1, 3)
    ours = [it for it in threading.enumerate() if it not in before]
    assert eventually(lambda: not [it for it in ours if it.is_alive()])


def test_may_be_started_again(make, store):
    """After a stop nothing is delivered until the next start."""
    sink = Scripted()
    deliverer = make(sink, at=time_from(NOW))
    deliverer.start()
    deliverer.stop(5)
    store.add([row(1)], NOW)
    time.sleep(0.05)
    assert sink.bodies == {}
    deliverer.start()
    assert eventually(lambda: len(sink.bodies) == 1)


def test_stop_lets_an_attempt_end(make, store):
    """An event on its way arrives, and is settled."""

    async def slowly(batch):
        await asyncio.sleep(0.2)
        sink.bodies[batch[0].envelope.id] = b""
        return SendOutcome()

    sink = Scripted("events", slowly)
    store.add([row(1)], NOW)
    deliverer = make(sink, at=time_from(NOW))
    deliverer.start()
    assert eventually(lambda: sink.sizes)
    deliverer.stop(5)
    assert (list(sink.bodies), store.depths()) == (ids(1), [])


def test_stop_cuts_off_at_its_deadline(make, store):
    """A sink that never answers cannot hold the process; its events stay."""

    async def forever(_batch):
        await asyncio.sleep(1000)

    sink = Scripted("events", forever)
    store.add([row(1)], NOW)
    deliverer = make(sink, at=time_from(NOW))
    deliverer.start()
    assert eventually(lambda: sink.sizes)
    deliverer.stop(0.1)
    assert (store.depths()[0].pending, sink.closed) == (1, 1)


def test_two_deliverers_deliver_each_event_once(make, store):
    """Leases keep workers apart, under load too."""
    sink = Scripted()
    sink.batch = 7
    taken = []
    keep = sink.send

    async def note(batch):
        taken.extend(one.envelope.id for one in batch)
        return await keep(batch)

    sink.send = note
    store.add([row(number) for number in range(300)], NOW)
    for deliverer in (make(sink, at=time_from(NOW)), make(sink, at=time_from(NOW))):
        deliverer.start()
    assert eventually(lambda: len(sink.bodies) == 300)
    assert sorted(taken) == ids(*range(300))


def test_does_the_upkeep_of_sinks_and_outbox(make, store, counts):
    """Sinks that have any are told to; what expired in the outbox is purged and counted."""
    sink = Scripted()
    store.add([row(1, sinks=("gone",), expires_at=int(NOW))], NOW)
    make(sink, MemorySink("plain")).run_once()
    assert (sink.kept, counts["outbox_expired", ""], store.depths()) == ([NOW], 1, [])


@pytest.mark.parametrize("error", [SinkError("PK133 no right"), ValueError("secret")])
def test_upkeep_that_fails_is_said_and_stops_nothing(make, store, counts, error):
    """Events still go; the trouble has words of ours."""
    sink = Scripted()

    async def fail(_now):
        raise error

    sink.keep = fail
    store.add([row(1)], NOW)
    deliverer = make(sink)
    deliverer.run_once()
    assert (list(sink.bodies), counts["upkeep_failed", "events"]) == (ids(1), 1)
    assert deliverer.troubles["events"].startswith(("PK133", "PK174"))


def test_upkeep_that_failed_is_tried_again_soon(make, clock, monkeypatch):
    """Periods that could not be made are made as soon as they can be, whatever the clock does."""
    monkeypatch.setattr("privacykit.delivery.deliverer.KEEP_AGAIN_SECONDS", 0.05)
    sink = Scripted()
    keep, tries = sink.keep, []

    async def fail_first(now):
        tries.append(now)
        if len(tries) == 1:
            clock.now -= 61
            raise SinkError("PK133 down")
        await keep(now)

    sink.keep = fail_first
    make(sink).start()
    assert eventually(lambda: sink.kept == [NOW - 61])


def test_upkeep_is_done_once_an_hour_and_not_at_every_turn(make, store):
    """Five deliveries later it was still done once."""
    sink = Scripted()
    make(sink).start()
    for number in range(1, 6):
        store.add([row(number)], NOW)
        assert eventually(lambda wanted=number: len(sink.bodies) == wanted)
    assert sink.kept == [NOW]


def test_an_outbox_that_fails_is_tried_again(make, store, monkeypatch, counts):
    """Delivery outlives its store; nothing is lost."""
    monkeypatch.setattr("privacykit.delivery.deliverer.STORE_PAUSE_SECONDS", 0.01)
    sink = Scripted()
    lease, purge = store.lease, store.purge
    store.lease = store.purge = _failing
    deliverer = make(sink, at=time_from(NOW))
    deliverer.start()
    assert eventually(lambda: counts["delivery_failed", "store"] > 1)
    store.lease, store.purge = lease, purge
    store.add([row(1)], NOW)
    assert eventually(lambda: list(sink.bodies) == ids(1))
    assert counts["upkeep_failed", "outbox"] == 1


def test_a_bug_in_delivery_stops_no_sink(make, store, monkeypatch, counts):
    """Even an error that nobody foresaw is only a pause."""
    monkeypatch.setattr("privacykit.delivery.deliverer.STORE_PAUSE_SECONDS", 0.01)
    sink = Scripted()
    lease, purge = store.lease, store.purge
    store.lease = store.purge = lambda *_, **__: 1 / 0
    make(sink, at=time_from(NOW)).start()
    assert eventually(lambda: counts["delivery_failed", "bug"] > 0)
    assert eventually(lambda: counts["upkeep_failed", "bug"] == 1)
    store.lease, store.purge = lease, purge
    store.add([row(1)], NOW)
    assert eventually(lambda: list(sink.bodies) == ids(1))


def test_a_sink_that_fails_to_close_is_no_error(make, counts):
    """The others are closed all the same."""
    bad, good = Scripted("bad"), Scripted("good")
    bad.close = lambda: 1 / 0
    make(bad, good).run_once()
    assert (good.closed, counts["delivery_failed", "close"]) == (1, 1)


@pytest.mark.parametrize(
    ("attempts", "chance", "seconds"),
    [(1, 0, 0.5), (1, 1, 1), (2, 1, 2), (5, 0.5, 12), (99, 1, LONGEST_PAUSE_SECONDS)],
)
def test_pauses_double_up_to_a_limit(attempts, chance, seconds):
    """Half of a pause is certain, half is chance."""
    assert pause(attempts, chance) == seconds
