"""
Steps of an erasure in stores of ours: what goes is written down, goes, and is counted. Pure.

Laws of this file:

1. A step is journaled with its number of rows before the first of them goes, and again when they
   are gone: a run that is killed in between finds them gone, which is success, and tells of them.
2. What a hold keeps is a step of its own, in the plan and in the receipt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from privacykit.govern.erasure.treatment import HELD
from privacykit.govern.planned import PlanStep
from privacykit.govern.records import Action, Effect, ErasureStrategy, Evidence, StepResult
from privacykit.stores.events.held_events import OWN_DATASET

NOTHING = Evidence()
"""Nothing was searched, and nothing stands elsewhere."""


@dataclass(frozen=True, slots=True)
class OwnRows:
    """How many rows of a person would go from a store of ours, and how many a hold keeps."""

    going: int
    held: int = 0


@dataclass(frozen=True, slots=True)
class OwnRemoval:
    """
    What was removed from a store of ours.

    Attributes:
        rows: How many rows.
        effect: The level reached.
        evidence: What stands elsewhere yet.
    """

    rows: int
    effect: Effect = Effect.LOGICAL
    evidence: Evidence = NOTHING


@dataclass(frozen=True, slots=True)
class OwnStep:
    """
    What an erasure does in one store of ours.

    Attributes:
        collection: The store's name as a collection of our own dataset.
        count: Says what there is of the person.
        remove: Removes what no hold keeps. Told whether an earlier run may have removed rows and
            died before it looked whether their bytes are gone.
        always: Whether the store answers where there is nothing, too.
    """

    collection: str
    count: Callable[[], OwnRows]
    remove: Callable[[bool], OwnRemoval]
    always: bool = False


class OwnStepJournal(Protocol):
    """Where steps are journaled. Synchronous; each call is one transaction."""

    def of(self, plan_id: str) -> tuple[StepResult, ...]:
        """Return the steps of a plan that were begun, as far as they got."""
        ...

    def save(self, plan_id: str, results: Sequence[StepResult]) -> None:
        """Replace the steps of a plan; committed when this returns."""
        ...


class Unjournaled:
    """No journal: for what is asked again as a whole if it did not come to its end."""

    def of(self, plan_id: str) -> tuple[StepResult, ...]:
        """Return nothing."""
        del plan_id
        return ()

    def save(self, plan_id: str, results: Sequence[StepResult]) -> None:
        """Keep nothing."""


def foreseen(steps: Iterable[OwnStep]) -> tuple[PlanStep, ...]:
    """
    Return the steps of a plan for what holds keep in stores of ours.

    Raises:
        StoreError: A store failed.
    """
    counted = ((step.collection, step.count().held) for step in steps)
    return tuple(
        PlanStep(
            OWN_DATASET,
            collection,
            Action.KEEP,
            ErasureStrategy.KEEP,
            held,
            held_rows=held,
            effect=Effect.NONE,
            justification=HELD,
        )
        for collection, held in counted
        if held
    )


def carried_out(
    steps: Iterable[OwnStep], plan_id: str, journal: OwnStepJournal, clock: Callable[[], float]
) -> tuple[StepResult, ...]:
    """
    Do *steps*, or go on with them.

    Args:
        steps: What is to be done, in order.
        plan_id: The plan they belong to.
        journal: What was done before, and is from now on.
        clock: Unix seconds.

    Returns:
        What was done and kept, earlier runs of the plan included.

    Raises:
        StoreError: A store failed: do it again.
    """
    done = {(it.collection, it.action): it for it in journal.of(plan_id)}
    for step in steps:
        rows = step.count()
        done.pop((step.collection, Action.KEEP), None)
        place = (step.collection, Action.DELETE)
        before = done.get(place)
        if rows.going or (before and before.finished_at is None) or (step.always and not before):
            done[place] = _begun(step, before, rows.going, clock())
            journal.save(plan_id, [*done.values()])
            done[place] = _ended(done[place], step.remove(before is not None), clock())
        if rows.held:
            done[step.collection, Action.KEEP] = _kept(step, rows.held, clock())
        journal.save(plan_id, [*done.values()])
    return tuple(done.values())


def _begun(step: OwnStep, before: StepResult | None, going: int, now: float) -> StepResult:
    if before is None:
        return StepResult(OWN_DATASET, step.collection, Action.DELETE, going, 0, started_at=now)
    matched = max(before.rows_matched, before.rows_changed + before.rows_gone + going)
    attempt = before.attempt + 1
    return replace(before, rows_matched=matched, finished_at=None, attempt=attempt)


def _ended(begun: StepResult, removed: OwnRemoval, now: float) -> StepResult:
    changed = begun.rows_changed + removed.rows
    matched = max(begun.rows_matched, changed)
    return replace(
        begun,
        rows_matched=matched,
        rows_changed=changed,
        rows_gone=matched - changed,
        effect=removed.effect,
        evidence=removed.evidence,
        finished_at=now,
    )


def _kept(step: OwnStep, held: int, now: float) -> StepResult:
    return StepResult(
        OWN_DATASET,
        step.collection,
        Action.KEEP,
        held,
        0,
        rows_retained=held,
        started_at=now,
        finished_at=now,
        justification=HELD,
    )
