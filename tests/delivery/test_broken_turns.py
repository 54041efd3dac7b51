"""Turns that break off, as the outbox fails in the middle: what was leased does not wait for it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from privacykit.collect.ports import SendOutcome
from privacykit.delivery.courier import LEASE_SECONDS
from privacykit.delivery.isolation import SUSPECT_TRIES
from privacykit.delivery.owed import ALWAYS_TRIES, LONGEST_PAUSE_SECONDS, pause
from privacykit.errors import SinkError, StoreError
from privacykit.stores.database.engine import writing
from privacykit.stores.outbox.store import OutboxStore
from privacykit.stores.outbox.tables import SHARES
from privacykit.testing.samples import ids
from tests.delivery.test_courier import Forgetful, Plain, World, turn


class Failing(OutboxStore):
    """An outbox of which some calls fail, by their number: before they did it, or after."""

    fails: dict[int, bool]
    calls = 0

    def _may_fail(self, do):
        late = self.fails.get(self.calls)
        self.calls += 1
        if late is False:
            raise StoreError("the outbox is gone")
        done = do()
        if late:
            raise StoreError("the outbox is gone, and did it before")
        return done

    def lease(self, *given, **more):
        """Lend."""
        return self._may_fail(lambda: super(Failing, self).lease(*given, **more))

    def settle(self, *given):
        """Forget."""
        return self._may_fail(lambda: super(Failing, self).settle(*given))

    def retry(self, *given, **more):
        """Put back."""
        return self._may_fail(lambda: super(Failing, self).retry(*given, **more))

    def reject(self, *given):
        """Keep aside."""
        return self._may_fail(lambda: super(Failing, self).reject(*given))


class Picky(Plain):
    """A sink that wants four at a time, fails at *bad* and wants *slow* again."""

    batch = 4

    def __init__(self, bad, slow) -> None:
        super().__init__()
        self.bad, self.slow, self.taken = set(bad), set(slow), []

    async def send(self, batch):
        """Take them, but those."""
        found = [one.envelope.id for one in batch]
        if self.bad & set(found):
            raise SinkError("PK168 the endpoint answered 500")
        self.taken += [id_ for id_ in found if id_ not in self.slow]
        return SendOutcome(retry=tuple(id_ for id_ in found if id_ in self.slow))


@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(1, 14),
    fails=st.dictionaries(st.integers(0, 12), st.booleans(), max_size=3),
    bad=st.sets(st.integers(0, 13), max_size=2),
    slow=st.sets(st.integers(0, 13), max_size=2),
)
def test_what_a_broken_turn_leased_is_sent_soon(n, fails, bad, slow):
    """Long before its lease ends, once for each event that the sink has taken; none is lost."""
    with TemporaryDirectory() as folder:
        world = World(folder)
        world.store = Failing(world.engine)
        world.store.fails = fails
        world.add(*range(n))
        sink = Picky(ids(*bad), ids(*slow - bad))
        courier = world.courier(sink, chance=0.0)
        good = sorted(set(ids(*range(n))) - sink.bad - sink.slow)
        began = world.now
        while sorted(sink.taken) != good and world.now - began < LEASE_SECONDS / 2:
            with suppress(StoreError):
                turn(courier)
            world.now += max(courier.pause, 0.5)
        assert sorted(sink.taken) == good
        world.store.fails = {}
        asyncio.run(courier._owed.write())
        assert set(world.waiting("owner")) <= {""}
        assert set(world.waiting("id")) == set(ids(*range(n))) - set(good)
        world.engine.dispose()


@pytest.fixture
def world(tmp_path):
    """An outbox in a file and all that is beside it."""
    made = World(tmp_path)
    yield made
    made.engine.dispose()


def test_a_turn_that_broke_off_counts_against_what_failed_alone_only(world):
    """What was not sent was not tried."""
    world.store = Failing(world.engine)
    # It lends and puts back; lends, forgets the first, and fails to forget the third.
    world.store.fails = {4: False}
    world.add(1, 2, 3, 4, 5)
    refused = SinkError("PK168 the endpoint answered 500")
    sink = Plain(refused, SendOutcome(), refused, refused, refused, SendOutcome())
    courier = world.courier(sink)
    turn(courier)
    world.now += courier.pause
    with pytest.raises(StoreError):
        turn(courier)
    asyncio.run(courier._owed.write())
    assert sink.given[-2:] == [ids(2), ids(3)]
    assert (world.waiting("id"), world.waiting("attempts")) == (ids(2, 4, 5), [1, 0, 0])
    assert world.waiting("not_before") == [world.now + 1.0] * 3


class Unsaying(Plain):
    """A sink that does not say what it did."""

    async def send(self, batch):
        """Say nothing."""
        await super().send(batch)


def test_a_sink_that_does_not_say_what_it_did_has_failed(world):
    """What perhaps arrived waits as long as after any failure, and longer each time."""
    world.add(1)
    courier = world.courier(Unsaying())
    turn(courier)
    first = courier.pause
    world.now += first
    turn(courier)
    assert (first, courier.pause, courier.tally.perhaps) == (1.0, 2.0, 2)
    assert courier.trouble == "PK173 the sink failed (it does not say what it did)"


def test_what_comes_again_for_ever_has_a_day_for_it():
    """The quota of a day may have been used up: with the shortest pauses it is over by then."""
    assert sum(pause(tries, 0.0) for tries in range(1, ALWAYS_TRIES)) > 24 * 3600


@pytest.mark.parametrize("kind", [Plain, lambda *said: Forgetful("repeat", *said)])
@pytest.mark.parametrize(
    ("tries", "others", "kept"),
    [
        (ALWAYS_TRIES - 1, [SendOutcome()], True),
        (ALWAYS_TRIES, [SendOutcome()], False),
        (ALWAYS_TRIES, [SendOutcome(retry=tuple(ids(2)))], True),
    ],
    ids=["not yet", "for a day", "while the sink takes nothing"],
)
@pytest.mark.parametrize("word", ["retry", "unclear"])
def test_an_event_that_comes_again_for_ever_is_set_aside(world, tries, others, kept, word, kind):
    """Where the sink takes others, in the same attempt or lately; with a reason of its own."""
    again = SendOutcome(**{word: tuple(ids(1))})
    world.add(1)
    with writing(world.engine) as connection:
        connection.execute(update(SHARES).values(attempts=tries - 1))
    world.add(2)
    courier = world.courier(kind(*others, again))
    turn(courier)
    aside = [] if kept else [(*ids(1), "always_again")]
    assert (world.rejected(), ids(1)[0] in world.waiting("id")) == (aside, kept)
    assert (courier.tally.rejected, courier.tally.retried > 0) == (len(aside), kept)
    assert tries > SUSPECT_TRIES  # it goes apart from the others


@pytest.mark.parametrize(("later", "aside"), [(300.0, 1), (301.0, 0)])
def test_an_event_that_comes_again_alone_is_set_aside_when_others_were_taken_lately(
    world, later, aside
):
    """Of a sink that took nothing since nobody knows whether it works."""
    again = SendOutcome(retry=tuple(ids(1)))
    world.add(1)
    with writing(world.engine) as connection:
        connection.execute(update(SHARES).values(attempts=ALWAYS_TRIES))
    courier = world.courier(Plain(again, SendOutcome(), again))
    turn(courier)
    world.add(2)
    world.now += 10.0
    turn(courier)
    before = len(world.rejected())
    world.now += later
    assert (turn(courier), before, len(world.rejected())) == (1, 0, aside)
    assert LONGEST_PAUSE_SECONDS == 300.0
