"""One sink's courier, turn by turn: what it leases, for how long, and what becomes of each row."""

from __future__ import annotations

import asyncio

import pytest
from msgspec import structs
from sqlalchemy import select

from privacykit.collect.ports import OutboxRow, SendOutcome
from privacykit.collect.site import SinkRule
from privacykit.delivery.courier import Courier
from privacykit.delivery.owed import pause
from privacykit.delivery.sink_counts import SinkCounts
from privacykit.errors import SinkError, StoreError
from privacykit.stores.database.engine import open_engine, reading
from privacykit.stores.outbox.shares import owed_in, shares_of
from privacykit.stores.outbox.store import OutboxStore
from privacykit.stores.outbox.tables import BATCHES, REJECTED
from privacykit.testing.samples import NOW, ids, row


class HandLoop(asyncio.SelectorEventLoop):
    """A loop whose clock is moved by hand."""

    moved = 0.0

    def time(self):
        """Return how far it was moved."""
        return 1000.0 + self.moved


class Plain:
    """A sink without wishes or upkeep, which does next what it is told."""

    name = "events"

    def __init__(self, *script) -> None:
        self.script = list(script)
        self.given = []

    async def send(self, batch):
        """Do what comes next in the script, or take everything."""
        self.given.append([one.envelope.id for one in batch])
        step = self.script.pop(0) if self.script else SendOutcome()
        if isinstance(step, Exception):
            raise step
        return await step() if callable(step) else step

    async def close(self):
        """End."""


class Wishing(Plain):
    """A sink that wants two events at a time."""

    batch = 2


class Kept(Plain):
    """A sink with upkeep."""

    def __init__(self, error=None) -> None:
        super().__init__()
        self.error, self.kept = error, []

    async def keep(self, now):
        """Note when; fail if told so."""
        self.kept.append(now)
        if self.error:
            raise self.error


class World:
    """The outbox, what was stopped, the clock and the counters that a courier works with."""

    def __init__(self, folder) -> None:
        self.engine = open_engine(f"sqlite:///{folder}/outbox.db", kind="events")
        self.store = OutboxStore(self.engine)
        self.store.prepare()
        self.now = NOW
        self.gone: set[str] = set()
        self.error: Exception | None = None
        self.counted: dict[tuple[str, str], int] = {}
        self.asked: list[list[str]] = []

    def stopped(self, envelopes):
        """Name what must not leave."""
        self.asked.append([one.id for one in envelopes])
        if self.error:
            raise self.error
        return self.gone

    def forget_stops(self, _now):
        """Forget nothing."""
        return 0

    def count(self, name, reason="", n=1):
        """Count."""
        self.counted[name, reason] = self.counted.get((name, reason), 0) + n

    def courier(self, sink, chance=1.0, rule=None) -> Courier:
        """Return a courier to *sink*."""
        return Courier(
            self.store,
            sink,
            self,
            owner="me",
            clock=lambda: self.now,
            chance=lambda: chance,
            counters=self,
            rule=rule,
        )

    def add(self, *numbers, expires_at=None):
        """Put events into the outbox."""
        more = {} if expires_at is None else {"expires_at": expires_at}
        self.store.add([row(number, **more) for number in numbers], NOW)

    def waiting(self, column: str) -> list:
        """Return *column* of what waits, or its ids, the oldest first."""
        with reading(self.engine) as connection:
            batches = connection.scalars(select(BATCHES.c.id).order_by(BATCHES.c.id)).all()
            owed = [each for id_ in batches for each in owed_in(connection, id_)]
            shares = {
                place: share._asdict()
                for share in shares_of(connection, batches)
                for place in ((share.batch, at) for at in range(share.start, share.stop))
            }
        found = [
            (batch.envelopes[at].id, shares[batch.id, at].get(column)) for batch, at, _ in owed
        ]
        return [id_ if column == "id" else value for id_, value in sorted(found)]

    def rejected(self) -> list[tuple]:
        """Return what was put aside and why."""
        with reading(self.engine) as connection:
            found = connection.execute(select(REJECTED.c.id, REJECTED.c.reason))
            return sorted(tuple(each) for each in found)


@pytest.fixture
def world(tmp_path):
    """An outbox in a file and all that is beside it."""
    made = World(tmp_path)
    yield made
    made.engine.dispose()


def turn(courier) -> int:
    """Let *courier* make one attempt."""
    return asyncio.run(courier.turn())


def test_a_new_courier_has_done_nothing_and_waits_for_nothing(world):
    """Nor is it in trouble."""
    courier = world.courier(Plain())
    told = (courier.tally, courier.pause, courier.trouble, courier.upkeep_trouble)
    assert told == (SinkCounts(), 0.0, "", "")


def test_nothing_to_send_asks_nobody(world):
    """Neither the sink nor who may stop events."""
    sink = Plain()
    courier = world.courier(sink)
    assert (turn(courier), sink.given, world.asked, world.counted) == (0, [], [], {})
    assert (courier.tally, courier.pause, courier.trouble) == (SinkCounts(), 0.0, "")


@pytest.mark.parametrize(
    ("sink", "leased"), [(Plain(), 512), (Wishing(), 2)], ids=["ours", "the sink's"]
)
def test_a_batch_is_as_large_as_the_sink_wants_or_a_commit(world, sink, leased):
    """The oldest first; how many were leased is said."""
    world.add(*range(513))
    assert turn(world.courier(sink)) == leased
    assert sink.given == [ids(*range(leased))]
    assert len(world.waiting("id")) == 513 - leased


def test_a_batch_is_lent_for_a_minute_to_this_worker(world):
    """Until then nobody else has it."""
    seen = []

    async def look():
        seen.append((world.waiting("owner"), world.waiting("until")))
        return SendOutcome()

    world.add(1)
    turn(world.courier(Plain(look)))
    assert (seen, world.waiting("id")) == ([(["me"], [NOW + 60.0])], [])


@pytest.mark.parametrize(("seconds", "taken"), [(54.9, True), (55.1, False)])
def test_an_attempt_is_given_up_five_seconds_before_its_lease_ends(world, seconds, taken):
    """By a clock that never jumps."""

    async def slow():
        asyncio.get_running_loop().moved += seconds
        for _ in range(3):
            await asyncio.sleep(0)
        return SendOutcome()

    world.add(1)
    courier = world.courier(Plain(slow))
    with asyncio.Runner(loop_factory=HandLoop) as runner:
        runner.run(courier.turn())
    assert courier.trouble == ("" if taken else "PK172 the sink took too long")
    assert (courier.tally.delivered, courier.tally.retried) == ((1, 0) if taken else (0, 1))


def test_each_row_goes_its_way_and_is_counted(world):
    """Stopped and expired ones do not leave; of the others the sink says."""
    world.add(1, 2, 3, 4, 5)
    world.add(6, expires_at=int(NOW))
    world.add(7, expires_at=int(NOW) + 1)
    _, second, third, fourth, fifth, sixth, seventh = ids(*range(1, 8))
    world.gone = {second}
    outcome = SendOutcome(retry=(third,), rejected=((fourth, "status_400"), (third, "status_500")))
    sink = Plain(outcome)
    courier = world.courier(sink)
    assert turn(courier) == 7
    assert world.asked == [ids(*range(1, 8))]
    assert sink.given == [[*ids(1), third, fourth, fifth, seventh]]
    assert sixth not in world.waiting("id")
    assert (world.waiting("id"), world.rejected()) == ([third], [(fourth, "status_400")])
    assert courier.tally == SinkCounts(delivered=3, retried=1, rejected=1, stopped=1, expired=1)
    assert world.counted == {
        ("delivery_stopped", "events"): 1,
        ("delivery_expired", "events"): 1,
        ("delivery_delivered", "events"): 3,
        ("delivery_retried", "events"): 1,
        ("delivery_rejected", "events"): 1,
    }


def test_what_did_not_leave_is_found_where_missing_events_are_looked_up(world, caplog):
    """Each with its own reason; the log tells the first of each in one line."""
    caplog.set_level("INFO", "privacykit")
    world.add(1, 2, 3)
    world.add(4, expires_at=int(NOW))
    world.gone = set(ids(1, 2))
    courier = world.courier(Plain())
    turn(courier)
    world.add(5)
    world.gone = set(ids(5))
    turn(courier)
    found = {one.reason: one.n for one in world.store.withheld.read()}
    told = [line.split("'")[3] for line in caplog.messages]
    assert (found, told) == ({"stopped": 3, "expired": 1}, ["stopped", "expired"])


def test_where_nothing_may_leave_the_sink_is_not_called(world):
    """And nothing of it stays."""
    world.add(1, 2)
    world.gone = set(ids(1, 2))
    sink = Plain()
    courier = world.courier(sink)
    assert (turn(courier), sink.given, world.waiting("id")) == (2, [], [])
    assert world.counted == {("delivery_stopped", "events"): 2}


def test_what_is_put_back_waits_by_how_often_it_was_tried(world):
    """A row that was tried twice waits twice as long as one that was tried once."""
    world.add(1)
    sink = Plain(SendOutcome(retry=tuple(ids(1))), SendOutcome(retry=tuple(ids(1, 2, 3))))
    courier = world.courier(sink)
    turn(courier)
    assert world.waiting("not_before") == [NOW + 1.0]
    world.add(2, 3)
    world.now += 1.0
    turn(courier)
    assert world.waiting("not_before") == [NOW + 3.0, NOW + 2.0, NOW + 2.0]
    assert (world.waiting("owner"), courier.tally.retried) == (["", "", ""], 4)
    assert (courier.pause, courier.trouble) == (0.0, "")


def test_all_that_waits_equally_long_is_put_back(world):
    """From the tenth attempt on every pause is the longest; no row is forgotten by it."""
    both = SendOutcome(retry=tuple(ids(1, 2)))
    courier = world.courier(Plain(*[both] * 22))
    world.add(1)
    turn(courier)
    world.add(2)
    for _ in range(10):
        world.now += 300.0
        turn(courier)
    assert world.waiting("attempts") == [11, 10]
    assert (world.waiting("owner"), world.waiting("not_before")) == (
        ["", ""],
        [world.now + 300] * 2,
    )


def test_an_id_that_was_not_sent_is_nobodys(world):
    """A sink that asks for what it was not given gets nothing by it."""
    world.add(1)
    courier = world.courier(Plain(SendOutcome(retry=tuple(ids(9)))))
    turn(courier)
    assert (courier.tally.delivered, courier.tally.retried) == (1, 0)


class Gathering(Wishing):
    """A sink that wants two events at a time, and to wait for the second."""

    gather = 30.0


def test_a_sink_that_gathers_is_left_alone_after_few(world):
    """A full batch is followed by the next at once; nothing to send is no attempt."""
    world.add(1, 2, 3)
    courier = world.courier(Gathering())
    pauses = [(turn(courier), courier.pause) for _ in range(3)]
    assert pauses == [(2, 0.0), (1, 30.0), (0, 0.0)]


def test_a_sink_that_fails_again_and_again_is_left_alone_longer(world):
    """The pause doubles; it is over, and its trouble with it, when the sink takes something."""
    world.add(1)
    busy = [SinkError("busy")] * 3
    courier = world.courier(Plain(*busy, SendOutcome(), SinkError("busy")), chance=0.0)
    pauses = []
    for _ in range(3):
        turn(courier)
        pauses.append((courier.pause, courier.trouble, world.waiting("not_before")[0] - world.now))
        world.now += courier.pause
    turn(courier)
    after = (courier.pause, courier.trouble)
    world.add(2)
    turn(courier)
    assert pauses == [(0.5, "busy", 0.5), (1.0, "busy", 1.0), (2.0, "busy", 2.0)]
    assert (after, courier.pause) == ((0.0, ""), 0.5)


@pytest.mark.parametrize(
    ("asked", "waits"),
    [(None, 1.0), (0.0, 1.0), (0.5, 1.0), (100.0, 100.0), (3600.0, 3600.0), (3601.0, 3600.0)],
)
def test_a_sink_is_left_alone_as_long_as_it_asks(world, asked, waits):
    """No less than we would have waited, and no more than an hour."""
    world.add(1)
    courier = world.courier(Plain(SinkError("later", retry_after=asked)))
    turn(courier)
    assert (courier.pause, world.waiting("not_before")) == (waits, [NOW + waits])


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (SinkError("PK170 the sink said no"), "PK170 the sink said no"),
        (TimeoutError("secret"), "PK172 the sink took too long"),
        (ValueError("secret"), "PK173 the sink failed (ValueError)"),
    ],
    ids=["the sink's own", "too long", "anything else"],
)
def test_the_trouble_of_a_sink_is_said_without_its_words(world, error, said):
    """Somebody else's words may hold data."""
    world.add(1)
    courier = world.courier(Plain(error))
    turn(courier)
    assert (courier.trouble, courier.tally.retried) == (said, 1)


def test_while_nobody_can_tell_what_must_not_leave_rows_are_put_back(world):
    """Soon, and written down before the next attempt; the failure is the caller's to see."""
    world.add(1, 2)
    world.error = StoreError("down")
    sink = Plain()
    courier = world.courier(sink)
    with pytest.raises(StoreError, match="down"):
        turn(courier)
    world.error = None
    assert (sink.given, turn(courier), world.waiting("not_before")) == ([], 0, [NOW + 1.0] * 2)
    world.now += 1.0
    assert (turn(courier), sink.given) == (2, [ids(1, 2)])
    assert (courier.tally.retried, courier.tally.delivered) == (2, 2)


@pytest.mark.parametrize(
    ("sink", "error", "kept"),
    [
        (Plain(), None, None),
        (Kept(), None, [7.0]),
        (Kept(SinkError("PK171 no room")), "^PK171 no room$", [7.0]),
        (Kept(ValueError("secret")), r"^PK174 upkeep failed \(ValueError\)$", [7.0]),
    ],
    ids=["none", "done", "failed", "failed in its own way"],
)
def test_a_sink_does_its_upkeep_if_it_has_any(world, sink, error, kept):
    """At the time it is told; its failures are said without its words."""
    courier = world.courier(sink)
    if error is None:
        asyncio.run(courier.keep(7.0))
    else:
        with pytest.raises(SinkError, match=error):
            asyncio.run(courier.keep(7.0))
    assert getattr(sink, "kept", None) == kept


@pytest.mark.parametrize(
    ("attempts", "chance", "seconds"),
    [(1, 0.0, 0.5), (1, 1.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 2.0), (5, 0.5, 12.0), (9, 1.0, 256.0),
     (10, 1.0, 300.0), (99, 0.0, 150.0), (10**6, 1.0, 300.0)],
)  # fmt: skip
def test_a_pause_doubles_up_to_five_minutes(attempts, chance, seconds):
    """Half of it is certain, half is chance."""
    assert pause(attempts, chance) == seconds


class Forgetful(Plain):
    """A sink whose other end cannot tell that an event came again."""

    def __init__(self, unclear, *script, sent=None) -> None:
        super().__init__(*script)
        self.unclear, self.fits = unclear, sent

    @property
    def sent(self):
        """All that it was given, or what it was told to say."""
        given = self.given[-1] if self.given else []
        return given if self.fits is None else self.fits


def test_what_the_other_end_threw_away_is_gone_and_counted(world):
    """It would throw it away again: nobody can mend that here."""
    world.add(1, 2)
    courier = world.courier(Plain(SendOutcome(dropped=((ids(1)[0], "quota_limited"),))))
    turn(courier)
    assert (world.waiting("id"), world.rejected()) == ([], [])
    assert (courier.tally.delivered, courier.tally.dropped) == (1, 1)


def test_what_was_not_tried_comes_at_once(world):
    """It waits for nothing, and its sink is not left alone."""
    world.add(1, 2, 3)
    sink = Plain(SendOutcome(untried=tuple(ids(2, 3))))
    courier = world.courier(sink)
    turn(courier)
    assert (courier.pause, courier.tally.delivered, courier.tally.retried) == (0.0, 1, 0)
    turn(courier)
    assert sink.given == [ids(1, 2, 3), ids(2, 3)]


def test_untried_and_refused_is_tried_again(world):
    """A sink that says both of an event loses none."""
    world.add(1)
    (id_,) = ids(1)
    turn(world.courier(Plain(SendOutcome(untried=(id_,), rejected=((id_, "status_400"),)))))
    assert (world.waiting("id"), world.rejected()) == ([id_], [])


@pytest.mark.parametrize(
    ("sink", "left", "retried"),
    [
        (Plain, ids(1), 1),
        (lambda error: Forgetful("repeat", error), ids(1), 1),
        (lambda error: Forgetful("leave", error), [], 0),
    ],
    ids=["known by id", "repeat", "leave"],
)
def test_what_perhaps_arrived_is_counted(world, sink, left, retried):
    """Sent again where that does no harm, or as the operator wants it; the sink rests either way."""
    world.add(1)
    courier = world.courier(sink(SinkError("PK166 no answer", unclear=True)))
    turn(courier)
    assert (world.waiting("id"), courier.pause > 0) == (left, True)
    assert (courier.tally.perhaps, courier.tally.retried, courier.tally.delivered) == (
        1,
        retried,
        0,
    )


@pytest.mark.parametrize(
    ("sink", "left", "tally"),
    [
        (Plain, ids(2), (1, 1, 1)),
        (lambda said: Forgetful("leave", said), [], (1, 0, 1)),
    ],
    ids=["known by id", "leave"],
)
def test_what_perhaps_arrived_is_told_from_what_did(world, sink, left, tally):
    """Of a batch that was cut in the middle only the rest is in doubt."""
    world.add(1, 2)
    courier = world.courier(sink(SendOutcome(unclear=tuple(ids(2)))))
    turn(courier)
    told = courier.tally
    assert world.waiting("id") == left
    assert (told.delivered, told.retried, told.perhaps) == tally


@pytest.mark.parametrize(
    "step", [SinkError("PK166 no answer", unclear=True), TimeoutError()], ids=["no answer", "slow"]
)
def test_what_did_not_fit_into_the_message_is_never_left(world, step):
    """Of a batch that goes in several messages only what the last one held is in doubt."""
    world.add(1, 2, 3)
    courier = world.courier(Forgetful("leave", step, sent=ids(1)))
    turn(courier)
    assert (world.waiting("id"), courier.tally.perhaps) == (ids(2, 3), 1)


def test_what_certainly_did_not_arrive_is_never_left(world):
    """The operator's wish is about what nobody knows."""
    world.add(1)
    courier = world.courier(Forgetful("leave", SinkError("PK168 busy")))
    turn(courier)
    assert (world.waiting("id"), courier.tally.perhaps) == (ids(1), 0)


@pytest.mark.parametrize("step", [RuntimeError("x"), TimeoutError()], ids=["bug", "slow"])
def test_nobody_knows_what_a_sink_did_that_failed(world, step):
    """It may have sent everything before."""
    world.add(1)
    courier = world.courier(Forgetful("leave", step))
    turn(courier)
    assert (world.waiting("id"), courier.tally.perhaps) == ([], 1)


@pytest.mark.parametrize(
    "rule",
    [
        SinkRule("s", frozenset({"ads"}), "processor"),
        SinkRule("s", frozenset({"analytics"}), "processor", frozenset({"blog"})),
        SinkRule("s", frozenset({"analytics"}), "third_party"),
    ],
    ids=["purpose", "site", "role"],
)
def test_what_the_sink_no_longer_serves_does_not_leave(world, rule):
    """The file is read again at the last gate: what waits was accepted under an older one."""
    world.add(1, 2)
    sink = Plain()
    courier = world.courier(sink, rule=rule)
    turn(courier)
    assert (sink.given, world.waiting("id"), courier.tally.stopped) == ([], [], 2)


@pytest.mark.parametrize("role", ["processor", "third_party"])
def test_what_was_allowed_to_third_parties_leaves_in_either_role(world, role):
    """The file of today decides where, and what was decided then, whether."""
    one = row(1)
    world.store.add([OutboxRow(structs.replace(one.envelope, shared=True), one.body)], NOW)
    sink, rule = Plain(), SinkRule("s", frozenset({"analytics"}), role)
    turn(world.courier(sink, rule=rule))
    assert sink.given == [ids(1)]
