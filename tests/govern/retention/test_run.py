"""The run of a retention rule: drops, batches, ceilings, leases, alarms."""

from dataclasses import dataclass, field

import pytest

from privacykit.govern.retention.ledger import Progress
from privacykit.govern.retention.purger import DueRows, PurgedBatch
from privacykit.govern.retention.rules import RetentionTask
from privacykit.govern.retention.run import (
    FIRST_BATCH,
    LARGEST_BATCH,
    SMALLEST_BATCH,
    Limits,
    RetentionRun,
    resized,
)
from privacykit.govern.words import ErasureStrategy

RULE = RetentionTask("shop", "visits", "at", 0.0, "30 days", ErasureStrategy.DELETE)
CONFIRMED = Progress(RULE.fingerprint(), "op-1")


@dataclass
class _Clock:
    """Time that passes only when told."""

    at: float = 1000.0
    slept: float = 0.0

    def now(self):
        return self.at

    def elapsed(self):
        return self.at

    def sleep(self, seconds):
        self.slept += seconds
        self.at += seconds


@dataclass
class _Ledger:
    """A ledger in memory."""

    progress: Progress = CONFIRMED
    taken: bool = False
    saved: list = field(default_factory=list)
    released: int = 0

    def load(self, _):
        return self.progress

    def save(self, progress):
        self.progress = progress
        self.saved.append(progress)

    def claim(self, *_, **__):
        return not self.taken

    def release(self, *_, **__):
        self.released += 1


@dataclass
class _Store:
    """Rows as a number, partitions as names; a batch takes time by its size."""

    clock: _Clock
    rows: int = 0
    held: int = 0
    parts: dict = field(default_factory=dict)
    second_per_row: float = 0.0
    longest: float = 0.05
    outcome: str = "dropped"
    arriving: int = 0
    limits: list = field(default_factory=list)
    dropped: list = field(default_factory=list)
    tidied: int = 0

    def due(self, _rule, holds, _now):
        held = self.held if holds else 0
        inside = sum(self.parts.values())
        return DueRows(self.rows + inside, held, 0, tuple(self.parts), inside)

    def drop(self, _rule, part, holds, _now):
        if holds:
            return "held"
        self.dropped.append(part)
        if self.outcome == "dropped":
            self.parts.pop(part, None)
        return self.outcome

    def batch(self, _rule, holds, _now, *, low, limit):
        self.limits.append(limit)
        free = self.rows - (self.held if holds else 0)
        gone = min(limit, free)
        self.rows -= gone
        self.clock.at += gone * self.second_per_row
        done = gone < limit
        if done:
            self.rows += self.arriving
        return PurgedBatch(gone, (low or 0) + gone, done)

    def tidy(self):
        self.tidied += 1


@pytest.fixture
def clock():
    """A clock."""
    return _Clock()


@pytest.fixture
def ledger():
    """A ledger with a confirmed rule."""
    return _Ledger()


def _run(store, ledger, clock, holds=(), **limits):
    told = []
    run = RetentionRun(
        ledger,
        lambda: holds,
        clock,
        Limits(**limits),
        "me",
        lambda _rule, done, due: told.append((done, due)),
    )
    return run.rule(RULE, store), told


def test_rows_go_in_batches_until_none_is_left(clock, ledger):
    """A run ends when the store says so, and counts."""
    ran, told = _run(_Store(clock, rows=1200), ledger, clock)

    assert (ran.outcome, ran.rows, ran.left) == ("done", 1200, 0)
    assert told[-1] == (1200, 1200)


def test_unconfirmed_rule_destroys_nothing(clock):
    """The first destructive run is confirmed by somebody."""
    store = _Store(clock, rows=10)

    ran, _ = _run(store, _Ledger(Progress(RULE.fingerprint())), clock)

    assert (ran.outcome, ran.left, store.rows) == ("unconfirmed", 10, 10)


def test_leased_rule_is_left_to_the_other_host(clock):
    """Two hosts never work on one rule."""
    store = _Store(clock, rows=10)
    ledger = _Ledger(taken=True)

    ran, _ = _run(store, ledger, clock)

    assert (ran.outcome, store.rows, ledger.released) == ("leased", 10, 0)


def test_whole_partitions_are_dropped_before_anything_is_deleted(clock, ledger):
    """The cheapest step comes first."""
    store = _Store(clock, rows=7, parts={"p1": 1000, "p2": 1000})

    ran, _ = _run(store, ledger, clock)

    assert (ran.parts, ran.part_rows, ran.rows) == (("p1", "p2"), 2000, 7)


def test_busy_partition_is_left_for_the_next_run(clock, ledger):
    """A lock that cannot be had is no failure, and nothing is claimed to be dropped."""
    ran, _ = _run(_Store(clock, parts={"p1": 1000}, outcome="busy"), ledger, clock)

    assert (ran.outcome, ran.parts, ran.part_rows, ran.left) == ("busy", (), 0, 1000)


def test_a_part_that_is_held_by_now_is_not_told_as_dropped(clock, ledger):
    """Neither its name nor its rows."""
    ran, _ = _run(_Store(clock, parts={"p1": 1000}), ledger, clock, holds=["a hold"])

    assert (ran.outcome, ran.parts, ran.part_rows, ran.left) == ("done", (), 0, 1000)


def test_drop_that_was_killed_is_finished(clock):
    """The partition a dead run had detached is dropped first."""
    store = _Store(clock)
    started = Progress(RULE.fingerprint(), "op-1", dropping="p0")

    _run(store, _Ledger(started), clock)

    assert store.dropped == ["p0"]


def test_name_of_the_partition_is_kept_before_it_is_detached(clock, ledger):
    """Between detaching and dropping the ledger knows what to finish; afterwards nothing."""
    _run(_Store(clock, parts={"p1": 1}), ledger, clock)

    assert [saved.dropping for saved in ledger.saved] == ["", "p1", ""]


def test_held_rows_stay_and_are_counted(clock, ledger):
    """A hold is asked and reported."""
    store = _Store(clock, rows=100, held=40)

    ran, _ = _run(store, ledger, clock, holds=("a hold",))

    assert (ran.rows, ran.held, ran.left, store.rows) == (60, 40, 0, 40)


def test_rows_ceiling_is_kept(clock, ledger):
    """A run takes no more rows than it may, to the row."""
    ran, _ = _run(_Store(clock, rows=2000), ledger, clock, rows=700)

    assert (ran.outcome, ran.rows, ran.left) == ("ceiling", 700, 1300)


def test_time_ceiling_is_kept(clock, ledger):
    """A run stops when its time is over."""
    store = _Store(clock, rows=100_000, second_per_row=0.0001)

    ran, _ = _run(store, ledger, clock, seconds=1.0)

    assert ran.outcome == "ceiling"
    assert clock.at - 1000.0 < 1.2


def test_ceiling_of_rows_is_shared_by_all_rules(clock, ledger):
    """Rules of one run share its ceiling."""
    run = RetentionRun(ledger, tuple, clock, Limits(rows=600), "me")

    first, second = (run.rule(RULE, _Store(clock, rows=500)) for _ in range(2))

    assert (first.rows, second.rows, second.outcome) == (500, 100, "ceiling")


def test_drops_stop_at_the_ceiling(clock, ledger):
    """A run without time drops nothing more."""
    store = _Store(clock, parts={"p1": 1})

    ran, _ = _run(store, ledger, clock, seconds=0.0)

    assert (ran.parts, ran.outcome) == ((), "ceiling")


def test_others_get_their_turn(clock, ledger):
    """For each second of work the run rests as long as it was told."""
    store = _Store(clock, rows=5000, second_per_row=0.00001)

    _run(store, ledger, clock, pause=2.0)

    assert clock.slept > 0.05
    assert store.tidied > 0


def test_batches_shrink_under_the_longest_transaction(clock, ledger):
    """Slow rows are taken fewer at a time."""
    store = _Store(clock, rows=3000, second_per_row=0.0001)

    _run(store, ledger, clock, pause=0.0)

    assert store.limits[0] == FIRST_BATCH
    assert max(store.limits[3:]) * 0.0001 <= store.longest


@pytest.mark.parametrize(
    ("size", "took", "expected"),
    [(1000, 0.2, 600), (1000, 0.001, 2000), (1000, 0.03, 1000), (1000, 0.04, 750)],
    ids=["slow", "fast", "right", "late"],
)
def test_size_follows_time(size, took, expected):
    """Fewer when slow, more when fast, in steps that one late batch does not overdo."""
    assert resized(size, took, 0.05) == pytest.approx(expected)


def test_size_has_its_bounds():
    """Batches neither vanish nor grow without end."""
    assert resized(SMALLEST_BATCH, 1.0, 0.05) == SMALLEST_BATCH
    assert resized(LARGEST_BATCH, 0.0, 0.05) == LARGEST_BATCH


@pytest.mark.parametrize(
    ("earlier", "left", "alarm"), [(0, 300, False), (200, 300, True), (400, 300, False)]
)
def test_alarm_when_more_comes_than_goes(clock, earlier, left, alarm):
    """A backlog that grows from run to run is told; a first or shrinking one is not."""
    ledger = _Ledger(Progress(RULE.fingerprint(), "op-1", backlog=earlier))

    ran, _ = _run(_Store(clock, rows=100, arriving=left), ledger, clock)

    assert ran.falling_behind is alarm
    assert ledger.progress.backlog == left


def test_totals_add_up_over_runs(clock, ledger):
    """What all runs did is remembered."""
    for _ in range(2):
        _run(_Store(clock, rows=100), ledger, clock)

    assert (ledger.progress.total, ledger.progress.rows, ledger.released) == (200, 100, 2)
