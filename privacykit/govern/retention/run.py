"""
Run one retention rule: drop what can be dropped, then batches, until done or a ceiling. Pure.

Laws of this file:

1. Holds are asked before every drop and every batch, not once per run.
2. Nothing is remembered that the rows do not say themselves, but the name of a partition between
   its detaching and its dropping: a run that was killed is simply run again.
3. Batches grow and shrink to stay under the longest transaction the store allows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import msgspec

from privacykit.govern.records import Hold
from privacykit.govern.retention.ledger import Progress, RetentionLedger
from privacykit.govern.retention.purger import DueRows, Purger
from privacykit.govern.retention.rules import RetentionTask

FIRST_BATCH = 1000
SMALLEST_BATCH = 50
LARGEST_BATCH = 50_000
GROWTH = 2.0
SHRINKING = 0.6
AIM = 0.6
"""Of the longest time a transaction may take, what a batch aims at."""
LEASE = 60.0
"""Seconds for which a rule belongs to the host that runs it; renewed while it works."""


class Clock(Protocol):
    """Time, given to a run by its caller."""

    def now(self) -> float:
        """Return Unix seconds."""
        ...

    def elapsed(self) -> float:
        """Return seconds that never jump."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Limits(msgspec.Struct, frozen=True):
    """
    What a run may take.

    Attributes:
        rows: Most rows of all rules together; ``None`` is no ceiling.
        seconds: Most seconds; ``None`` is no ceiling.
        pause: Seconds of rest for each second of work, so that others get their turn.
    """

    rows: int | None = None
    seconds: float | None = None
    pause: float = 0.5


class RetentionResult(msgspec.Struct, frozen=True):
    """
    What a run of one rule did.

    Attributes:
        rule: ``dataset.collection``.
        outcome: ``done``; ``ceiling`` or ``busy`` when rows are left; ``leased`` when another host
            works on it; ``unconfirmed`` when nobody ever said that it may destroy.
        rows: Rows removed or changed in batches.
        parts: Partitions dropped.
        part_rows: Rows in these, as the store estimated.
        left: Rows left that may go.
        held: Rows that a hold keeps.
        kept: Rows that a reason or a reference keeps.
        batches: How many transactions.
        longest: Seconds of the longest one.
        falling_behind: More became due than was removed, twice in a row.
    """

    rule: str
    outcome: Literal["done", "ceiling", "busy", "leased", "unconfirmed"]
    rows: int = 0
    parts: tuple[str, ...] = ()
    part_rows: int = 0
    left: int = 0
    held: int = 0
    kept: int = 0
    batches: int = 0
    longest: float = 0.0
    falling_behind: bool = False


class RetentionRun:
    """
    One run over any number of rules, under common limits.

    Args:
        ledger: What remembers.
        holds: Asked again before each destructive statement.
        clock: Time.
        limits: Ceilings of the whole run.
        owner: Random name of this process, for leases.
        tell: Called with (rule, rows so far, rows due) as work goes on.
        stop: Asked before each transaction: whether to leave the rest for the next run.
    """

    def __init__(
        self,
        ledger: RetentionLedger,
        holds: Callable[[], Sequence[Hold]],
        clock: Clock,
        limits: Limits,
        owner: str,
        tell: Callable[[RetentionTask, int, int], None] = lambda _rule, _done, _due: None,
        *,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._ledger = ledger
        self._holds = holds
        self._clock = clock
        self._limits = limits
        self._owner = owner
        self._tell = tell
        self._stop = stop
        self._began = clock.elapsed()
        self._taken = 0

    def rule(self, rule: RetentionTask, purger: Purger) -> RetentionResult:
        """
        Carry *rule* out as far as the limits allow.

        Raises:
            StoreError: A store failed; what was done is done, the next run goes on.
        """
        print_ = rule.fingerprint()
        now = self._clock.now()
        if not self._ledger.claim(print_, self._owner, now=now, until=now + LEASE):
            return RetentionResult(rule.name, "leased")
        try:
            return self._claimed(rule, purger, self._ledger.load(print_))
        finally:
            self._ledger.release(print_, self._owner, now=self._clock.now())

    def _claimed(self, rule: RetentionTask, purger: Purger, before: Progress) -> RetentionResult:
        now = self._clock.now()
        due = purger.due(rule, self._holds(), now)
        if not before.confirmed_by:
            return RetentionResult(
                rule.name, "unconfirmed", left=due.removable, held=due.held, kept=due.kept
            )
        started = msgspec.structs.replace(before, started_at=now, finished_at=None)
        self._ledger.save(started)
        began = self._clock.elapsed()
        dropped, busy = self._drop(rule, purger, due, started)
        ran = self._batches(rule, purger, due)
        after = purger.due(rule, self._holds(), self._clock.now())
        outcome = ran.outcome
        if outcome == "done" and busy:
            outcome = "busy"
        gone = due.part_rows if len(dropped) == len(due.parts) else 0
        ended = msgspec.structs.replace(
            started,
            dropping="",
            finished_at=self._clock.now(),
            rows=ran.rows + gone,
            total=started.total + ran.rows + gone,
            backlog=after.removable,
            earlier_backlog=before.backlog,
            seconds=self._clock.elapsed() - began,
        )
        self._ledger.save(ended)
        return msgspec.structs.replace(
            ran,
            outcome=outcome,
            parts=dropped,
            part_rows=gone,
            left=after.removable,
            held=after.held,
            kept=after.kept,
            falling_behind=ended.falling_behind,
        )

    def _drop(
        self, rule: RetentionTask, purger: Purger, due: DueRows, progress: Progress
    ) -> tuple[tuple[str, ...], bool]:
        dropped: list[str] = []
        busy = False
        if progress.dropping:
            # A run was killed between detaching and dropping.
            busy = purger.drop(rule, progress.dropping, self._holds(), self._clock.now()) == "busy"
        for part in due.parts:
            if self._over():
                break
            progress = msgspec.structs.replace(progress, dropping=part)
            self._ledger.save(progress)
            outcome = purger.drop(rule, part, self._holds(), self._clock.now())
            if outcome == "busy":
                busy = True
            elif outcome != "held":
                dropped.append(part)
            self._renew(rule)
        return tuple(dropped), busy

    def _batches(self, rule: RetentionTask, purger: Purger, due: DueRows) -> RetentionResult:
        size, low, rows, batches, longest = float(FIRST_BATCH), None, 0, 0, 0.0
        while not self._over():
            limit = self._allowed(int(size))
            began = self._clock.elapsed()
            batch = purger.batch(rule, self._holds(), self._clock.now(), low=low, limit=limit)
            took = self._clock.elapsed() - began
            low, rows, batches = batch.low, rows + batch.rows, batches + 1
            longest = max(longest, took)
            self._taken += batch.rows
            self._tell(rule, rows, due.removable)
            if batch.done:
                return RetentionResult(
                    rule.name, "done", rows=rows, batches=batches, longest=longest
                )
            size = resized(size, took, purger.longest)
            purger.tidy()
            self._renew(rule)
            self._clock.sleep(took * self._limits.pause)
        return RetentionResult(rule.name, "ceiling", rows=rows, batches=batches, longest=longest)

    def _renew(self, rule: RetentionTask) -> None:
        now = self._clock.now()
        self._ledger.claim(rule.fingerprint(), self._owner, now=now, until=now + LEASE)

    def _allowed(self, size: int) -> int:
        if self._limits.rows is None:
            return size
        return max(1, min(size, self._limits.rows - self._taken))

    def _over(self) -> bool:
        limits = self._limits
        if self._stop() or (limits.rows is not None and self._taken >= limits.rows):
            return True
        return limits.seconds is not None and self._clock.elapsed() - self._began >= limits.seconds


def resized(size: float, took: float, longest: float) -> float:
    """
    Return the next batch's size: what would have taken most of the longest time, in small steps.

    A slow disk or neighbour makes single batches late, so no one batch shrinks the next by much.

    Args:
        size: Rows of the last batch.
        took: Seconds it took.
        longest: Seconds a transaction should not exceed.
    """
    step = min(max(AIM * longest / max(took, 1e-6), SHRINKING), GROWTH)
    return min(max(size * step, SMALLEST_BATCH), LARGEST_BATCH)
