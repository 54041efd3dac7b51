"""
Carry out an approved plan, chunk by chunk, so that a crash at any point only means: go on. Pure.

Laws of this file:

1. A chunk is one transaction in its store, then one commit in ours. A crash between the two repeats
   the chunk; its rows are then *gone*, which is success.
2. The digest and the expiry are checked at the first start only: a run that began is finished.
3. Holds are asked before every chunk, and every store re-checks whose the rows are.
4. One run at a time holds the lease.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hmac import compare_digest

import msgspec
from msgspec.structs import replace

from privacykit.errors import PlanError, StoreError
from privacykit.govern.connector import Applied, Key, Subject, Work
from privacykit.govern.means import LEASE_SECONDS, Means
from privacykit.govern.planning import Bundle, add_digest, context_of, new_digest
from privacykit.govern.ports import Chunk, Lease, Results
from privacykit.govern.records import Action, Plan, PlanStep, StepResult

PAGE = 64
"""Chunks read at once."""

PASSIVE = frozenset({Action.KEEP, Action.EXPORT})


@dataclass(frozen=True, slots=True)
class Opened:
    """A plan with what belongs to it."""

    plan: Plan
    bundle: Bundle
    salt: bytes


def open_plan(means: Means, plan_id: str) -> Opened:
    """
    Load a plan and its targets' owner.

    Raises:
        PlanError: There is no such plan, or its targets were erased.
    """
    found = means.plans.load_plan(plan_id)
    if found is None:
        raise PlanError("there is no such plan")
    plan, whose, salt = found
    if not salt:
        raise PlanError("the plan is over: its targets were erased")
    return Opened(plan, msgspec.msgpack.decode(whose, type=Bundle), salt)


def check_start(means: Means, opened: Opened, digest: str) -> None:
    """
    Check that what was approved is what will be done. For the first start only.

    Raises:
        PlanError: Not approved, expired, or the targets are not those of *digest*.
    """
    plan = opened.plan
    if plan.approved_at is None:
        raise PlanError("the plan is not approved")
    if means.clock() > plan.expires_at:
        raise PlanError("the plan has expired; make a new one")
    sum_of_targets = new_digest(opened.salt)
    for chunk in _chunks(means, plan.plan_id):
        add_digest(sum_of_targets, chunk)
    now = sum_of_targets.hexdigest()
    if not (compare_digest(now, plan.targets_digest) and compare_digest(now, digest)):
        raise PlanError("these are not the rows that were approved; make a new plan")


def _chunks(means: Means, plan_id: str) -> Iterator[Chunk]:
    number = 0
    while page := means.plans.chunks(plan_id, number, PAGE):
        yield from page
        number += len(page)
        if len(page) < PAGE:
            return


def begin(means: Means, plan: Plan) -> list[StepResult]:
    """
    Take the lease and write down that the plan is begun, or begun again.

    Returns:
        One result per step: how far it got; rows left alone are already accounted for.

    Raises:
        PlanError: Another run is at it.
    """

    def how(results: Results) -> list[StepResult]:
        begun = results or [_first(means, step) for step in plan.steps]
        return [replace(result, attempt=result.attempt + 1, error=None) for result in begun]

    results = means.plans.advance(plan.plan_id, _lease(means), how)
    if results is None:
        raise PlanError("another run is carrying out this plan")
    return list(results)


def _first(means: Means, step: PlanStep) -> StepResult:
    return StepResult(
        step.dataset,
        step.collection,
        step.action,
        rows_matched=step.rows,
        rows_changed=0,
        rows_retained=step.rows if step.action is Action.KEEP else 0,
        started_at=means.clock(),
        justification=step.justification,
        attempt=0,
    )


def run(means: Means, opened: Opened, results: list[StepResult]) -> Results:
    """
    Do what is left of the plan, and give the lease back.

    Args:
        means: The stores.

        opened: The plan.

        results: How far it got; one per step.

    Returns:
        The results. A store that failed leaves its steps unfinished, with the error's words; the
        other stores are served all the same.

    Raises:
        PlanError: Another run has taken over.
    """
    failed = dict(_strangers(means, opened))
    for number, batch in enumerate(_batches(means, opened.plan, results)):
        if number:
            # What the last batch did is written down with the end.
            _advance(means, opened.plan, results, _lease(means))
        dataset = opened.plan.steps[batch[0].step].dataset
        if dataset in failed:
            continue
        try:
            done = _apply(means, opened, batch)
        except StoreError as error:
            failed[dataset] = str(error)
            continue
        for chunk, applied in zip(batch, done, strict=True):
            results[chunk.step] = _counted(results[chunk.step], chunk, applied)
            means.watch(f"{dataset}.{results[chunk.step].collection}", chunk.rows)
    ended = [_finished(means, result, failed) for result in results]
    return _advance(means, opened.plan, ended, Lease(means.owner, 0.0, means.clock()))


def _lease(means: Means) -> Lease:
    now = means.clock()
    return Lease(means.owner, now + LEASE_SECONDS, now)


def _advance(means: Means, plan: Plan, results: Sequence[StepResult], lease: Lease) -> Results:
    saved = means.plans.advance(plan.plan_id, lease, lambda _: results)
    if saved is None:
        raise PlanError("another run has taken over this plan")
    return saved


def _strangers(means: Means, opened: Opened) -> Iterator[tuple[str, str]]:
    """Stores in which the person's own row became somebody else's: an id was used again."""
    subject = opened.bundle.selection
    if not isinstance(subject, Subject):
        return
    for name in sorted({step.dataset for step in opened.plan.steps}):
        connector = means.connectors.get(name)
        if connector is None:
            continue
        try:
            if connector.strangers(subject):
                yield name, "a row that was the person's is somebody else's now (PK244)"
        except StoreError as error:
            yield name, str(error)


def _batches(means: Means, plan: Plan, results: Sequence[StepResult]) -> Iterator[list[Chunk]]:
    """Chunks not yet done, those of one store together up to one transaction's worth."""
    seen = [0] * len(results)
    batch: list[Chunk] = []
    rows = 0
    for chunk in _chunks(means, plan.plan_id):
        seen[chunk.step] += chunk.rows
        if seen[chunk.step] <= results[chunk.step].cursor:
            continue
        step = plan.steps[chunk.step]
        other = batch and plan.steps[batch[0].step].dataset != step.dataset
        # A store that reads everything each time is given everything at once.
        full = step.priced == "point" and rows + chunk.rows > means.chunk_rows
        if batch and (other or full):
            yield batch
            batch, rows = [], 0
        batch.append(chunk)
        rows += chunk.rows
    if batch:
        yield batch


def _apply(means: Means, opened: Opened, batch: Sequence[Chunk]) -> Sequence[Applied]:
    steps = opened.plan.steps
    connector = means.connectors.get(steps[batch[0].step].dataset)
    if connector is None:
        raise StoreError("nothing serves this dataset (PK240)")
    target = f"{connector.dataset}.{steps[batch[0].step].collection}"
    work = [Work(steps[chunk.step], _keys(chunk)) for chunk in batch]
    return connector.apply(work, context_of(means, opened.bundle, opened.salt, target))


def _keys(chunk: Chunk) -> list[Key]:
    return msgspec.msgpack.decode(chunk.keys, type=list[Key])


def _counted(result: StepResult, chunk: Chunk, applied: Applied) -> StepResult:
    return replace(
        result,
        rows_changed=result.rows_changed + applied.changed,
        rows_gone=result.rows_gone + applied.gone,
        rows_skipped=result.rows_skipped + applied.skipped,
        cursor=result.cursor + chunk.rows,
    )


def _finished(means: Means, result: StepResult, failed: dict[str, str]) -> StepResult:
    whole = result.action in PASSIVE or result.cursor >= result.rows_matched
    error = failed.get(result.dataset)
    if error is not None or not whole:
        return replace(result, error=error or "unfinished", finished_at=None)
    return replace(result, finished_at=means.clock())
