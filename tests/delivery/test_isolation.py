"""Events that fail whenever they are sent: found, sent alone, set aside; nobody waits for them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.collect.ports import SendOutcome
from privacykit.delivery.courier import SET_ASIDE_TRIES
from privacykit.delivery.deliverer import Deliverer
from privacykit.delivery.isolation import MOST_FAILURES, SUSPECT_TRIES, Isolation
from privacykit.errors import SinkError
from privacykit.stores.outbox.tables import Leased
from privacykit.testing.samples import ids, row
from tests.delivery.test_courier import Plain, World, turn


def leased(numbers, attempts=1):
    """Return events as an outbox lends them."""
    return [Leased(row(number), attempts) for number in numbers]


def searched(events, *, most, failures, takes):
    """Let a sink that *takes* a group or fails have all of *events*; return what it took, too."""
    search = Isolation(events, most, failures)
    taken, groups = [], []
    while group := search.next():
        groups.append(len(group))
        if takes(group):
            search.taken()
            taken += group
        else:
            search.failed(group)
    return search, taken, groups


@settings(max_examples=200, deadline=None)
@given(
    n=st.integers(1, 200),
    most=st.integers(1, 200),
    failures=st.integers(0, 20),
    suspects=st.sets(st.integers(0, 199)),
    poison=st.sets(st.integers(0, 199), max_size=3),
)
def test_all_but_those_that_fail_are_taken(n, most, failures, suspects, poison):
    """Where the sink works; each event is somewhere in the end, once, and is sent a few times."""
    events = [Leased(row(at), SUSPECT_TRIES + (at in suspects)) for at in range(n)]
    bad = {row(at).envelope.id for at in poison}

    def takes(group):
        return not any(one.row.envelope.id in bad for one in group)

    search, taken, groups = searched(events, most=most, failures=failures, takes=takes)
    everywhere = [one.row.envelope.id for one in [*taken, *search.alone, *search.left]]
    assert sorted(everywhere) == [one.row.envelope.id for one in events]
    assert max(groups) <= most
    if taken:
        found = {one.row.envelope.id for one in search.alone}
        assert (found <= bad, search.left) == (True, [])
        assert len(groups) <= -(-n // most) + 2 + 2 * 9 * len(poison)
    # Whoever took nothing was asked once for those it was never seen to refuse.
    elif any(one.attempts <= SUSPECT_TRIES for one in events):
        assert len(groups) == 1


@pytest.mark.parametrize("n", [2, 3, 8, 512])
def test_each_turn_that_failed_tries_another_one_first(n):
    """So a sink is not believed to be down for ever because of the one event that goes first."""
    firsts = {Isolation(leased(range(n)), 512, failures).next()[0] for failures in range(1, 9)}
    assert firsts == set(leased(range(min(n, 8))))


def test_a_sink_that_goes_down_in_the_middle_is_let_alone():
    """It is not asked for each half of each half of what waits for it."""
    events = leased(range(512))
    answers = iter([True])
    search, _, groups = searched(events, most=100, failures=1, takes=lambda _: next(answers, False))
    assert len(groups) == 1 + MOST_FAILURES + 1
    assert len(search.left) + len(search.alone) == 511


@pytest.fixture
def world(tmp_path):
    """An outbox in a file and all that is beside it."""
    made = World(tmp_path)
    yield made
    made.engine.dispose()


class Allergic(Plain):
    """A sink that fails whenever one of *bad* is in what it gets."""

    def __init__(self, bad, error=None) -> None:
        super().__init__()
        self.bad, self.taken = set(bad), []
        self.error = error or SinkError("PK168 the endpoint answered 500", unclear=True)

    async def send(self, batch):
        """Take all or nothing."""
        found = [one.envelope.id for one in batch]
        self.given.append(found)
        if self.bad & set(found):
            raise self.error
        self.taken += found
        return SendOutcome()


class AllergicToOne(Allergic):
    """The same, which wants one event at a time."""

    batch = 1


def turns(world, courier, n):
    """Let *courier* make *n* attempts, each when it is time for it."""
    for _ in range(n):
        turn(courier)
        world.now += max(courier.pause, 0.1)


@pytest.mark.parametrize("kind", [Allergic, AllergicToOne])
@pytest.mark.parametrize(
    "error",
    [
        SinkError("PK168 the endpoint answered 500", unclear=True),
        SinkError("PK167 the endpoint refuses us (403)", refuses=True),
        TypeError("secret"),
    ],
    ids=["500", "403", "its own fault"],
)
@pytest.mark.parametrize("bad", [(1,), (5,), (20,), (1, 2), (7, 8, 19)])
def test_no_event_waits_for_one_that_fails(world, bad, error, kind):
    """Whatever it is that the sink says, and wherever they are."""
    world.add(*range(1, 21))
    sink = kind(ids(*bad), error)
    courier = world.courier(sink)
    turns(world, courier, 40)
    good = [number for number in range(1, 21) if number not in bad]
    assert sorted(sink.taken) == sorted(ids(*good))
    assert set(world.waiting("id")) <= set(ids(*bad))


def test_an_event_that_always_fails_is_set_aside(world):
    """After ten attempts of its own, while others are taken; with a reason, to be tried again."""
    world.add(*range(1, 6))
    sink = Allergic(ids(3))
    courier = world.courier(sink)
    for number in range(6, 120):
        turn(courier)
        world.now += max(courier.pause, 30.0)
        world.add(number)
        if world.rejected():
            break
    (bad,) = ids(3)
    assert world.rejected() == [(bad, "fails_alone")]
    alone = [given for given in sink.given if given == [bad]]
    # Some more where it was alone and nothing told whether the sink works: they count for nothing.
    assert SET_ASIDE_TRIES <= len(alone) <= SET_ASIDE_TRIES + SUSPECT_TRIES
    # From its fourth attempt on it is never sent with others.
    last = max(at for at, given in enumerate(sink.given) if bad in given and len(given) > 1)
    assert sum(bad in given for given in sink.given[last:]) > SET_ASIDE_TRIES - SUSPECT_TRIES


def test_nothing_is_set_aside_while_the_sink_is_down(world):
    """A day of failures is nobody's fault; then all of them are taken, in their order."""
    world.add(*range(1, 31))
    sink = Plain(*[SinkError("PK166 no answer", unclear=True)] * 300)
    courier = world.courier(sink)
    turns(world, courier, 300)
    assert (world.rejected(), world.waiting("attempts")) == ([], [0] * 30)
    sent, sink.given = sink.given, []
    assert {len(given) for given in sent[1:]} == {1}
    turns(world, courier, 3)
    assert sorted(id_ for given in sink.given for id_ in given) == ids(*range(1, 31))
    assert sink.given[-1] == sorted(sink.given[-1])


def test_a_sink_that_asks_for_rest_gets_it_in_the_middle_of_a_search(world):
    """What it asks for holds for all that wait."""
    world.add(*range(1, 9))
    rest = SinkError("PK168 the endpoint answered 429", retry_after=60.0)
    sink = Plain(SinkError("PK168 busy"), SendOutcome(), rest)
    courier = world.courier(sink)
    turns(world, courier, 2)
    assert (len(sink.given), courier.pause) == (3, 60.0)
    assert (turn(courier), len(world.waiting("id"))) == (7, 0)


def test_what_is_withdrawn_during_a_search_does_not_leave(world):
    """Each smaller group is asked about anew."""
    world.add(*range(1, 9))

    class Withdrawing(Allergic):
        async def send(self, batch):
            world.gone = set(ids(6))
            return await super().send(batch)

    sink = Withdrawing(ids(2))
    courier = world.courier(sink)
    turns(world, courier, 4)
    assert ids(6)[0] not in sink.taken
    assert world.counted["delivery_stopped", "events"] == 1
    assert sorted(sink.taken) == ids(1, 3, 4, 5, 7, 8)


def test_one_run_by_hand_gets_past_it(world):
    """A worker that runs by the clock of the system remembers nothing of its last run."""
    world.add(*range(1, 21))
    sink = Allergic(ids(1))
    deliverer = Deliverer(
        world.store,
        [sink],
        world,
        clock=time.time,
        chance=lambda: 0.0,
        name=lambda: "me",
        counters=world,
    )
    deliverer.run_once()
    assert sorted(sink.taken) == ids(*range(2, 21))
