"""
The run of an anonymisation plan: batch after batch, noted after each, checked at the end. Pure.

Laws of this file:

1. Holds are asked before every batch.
2. The place reached is noted after the batch, never before: what is done twice changes nothing,
   what is passed over would stay.
3. A collection is done when a second reading finds nothing finer than the policy; rows that came
   meanwhile are counted, never passed over in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from msgspec.structs import replace

from privacykit.govern.anonymise.model import AnonymiseProgress, AnonymiseStep, StepProgress
from privacykit.govern.anonymise.rewriter import Rewriter, TreatValue
from privacykit.govern.records import Hold
from privacykit.govern.retention.run import Clock, resized

FIRST_BATCH = 2_000
LONGEST_BATCH = 20_000
"""Rows of one transaction: what others wait for, and what is held in memory."""

Told = Callable[[str, int, int], None]
"""Called with ``dataset.collection``, rows done, rows in all."""


class AnonymiseLedger(Protocol):
    """What remembers how far a run got."""

    def note(self, plan_id: str, progress: AnonymiseProgress) -> None:
        """Remember *progress*; committed when this returns."""
        ...


class AnonymiseRun:
    """
    One run of a plan, begun or taken up again.

    Args:
        plan_id: The plan.
        progress: How far it got before.
        ledger: What remembers.
        holds: Asked before each batch.
        clock: Time.
        pause: Seconds of rest for each second of work.
        tell: Told of rows as they are done.
    """

    def __init__(
        self,
        plan_id: str,
        progress: AnonymiseProgress,
        ledger: AnonymiseLedger,
        holds: Callable[[], Sequence[Hold]],
        clock: Clock,
        *,
        pause: float = 0.0,
        tell: Told = lambda _name, _done, _all: None,
    ) -> None:
        self.progress = progress
        self._plan_id = plan_id
        self._ledger = ledger
        self._holds = holds
        self._clock = clock
        self._pause = pause
        self._tell = tell

    def step(
        self, step: AnonymiseStep, rewriter: Rewriter, fields: Mapping[str, TreatValue]
    ) -> StepProgress:
        """
        Carry one collection to its end and look at it again; nothing where that was done.

        Raises:
            StoreError: The store failed; what was done is noted, the next run goes on.
        """
        reached = self.progress.steps.get(step.name, StepProgress())
        if not reached.done:
            reached = self._rewritten(step, rewriter, fields, reached)
        if reached.left is None:
            left = remaining(step, rewriter, fields, self._holds, self._clock.now())
            reached = replace(reached, left=left)
            self._note(step.name, reached)
        return reached

    def note_log(self, path: str, outcome: str) -> None:
        """Remember that a log file is done, or why it stays."""
        self._save(replace(self.progress, logs={**self.progress.logs, path: outcome}))

    def end(self, at: float) -> None:
        """Remember that all is done."""
        self._save(replace(self.progress, finished_at=at))

    def _rewritten(
        self,
        step: AnonymiseStep,
        rewriter: Rewriter,
        fields: Mapping[str, TreatValue],
        reached: StepProgress,
    ) -> StepProgress:
        size = float(FIRST_BATCH)
        while not reached.done:
            began = self._clock.elapsed()
            made = rewriter.batch(
                step.collection,
                fields,
                self._holds(),
                self._clock.now(),
                after=reached.after,
                limit=int(size),
                write=True,
            )
            took = self._clock.elapsed() - began
            reached = StepProgress(
                after=None if made.done else made.after,
                rows=reached.rows + made.rows,
                changed=reached.changed + made.changed,
                held=reached.held + made.held,
                unreadable=reached.unreadable + made.unreadable,
                done=made.done,
            )
            self._note(step.name, reached)
            self._tell(step.name, reached.rows, step.rows)
            size = min(resized(size, took, rewriter.longest), LONGEST_BATCH)
            if self._pause and not made.done:
                self._clock.sleep(took * self._pause)
        return reached

    def _note(self, name: str, reached: StepProgress) -> None:
        self._save(replace(self.progress, steps={**self.progress.steps, name: reached}))

    def _save(self, progress: AnonymiseProgress) -> None:
        self._ledger.note(self._plan_id, progress)
        self.progress = progress


def remaining(
    step: AnonymiseStep,
    rewriter: Rewriter,
    fields: Mapping[str, TreatValue],
    holds: Callable[[], Sequence[Hold]],
    now: float,
) -> int:
    """
    Count the rows that the policy would still change, held ones left out; nothing is written.

    Raises:
        StoreError: The store refused.
    """
    left, after = 0, None
    while True:
        seen = rewriter.batch(
            step.collection, fields, holds(), now, after=after, limit=LONGEST_BATCH, write=False
        )
        left += seen.changed
        if seen.done:
            return left
        after = seen.after
