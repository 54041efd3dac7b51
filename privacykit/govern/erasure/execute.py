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

import msgspec
from msgspec.structs import replace

from privacykit.errors import PlanError, StoreError
from privacykit.govern.erasure.context import (
    LEASE_SECONDS,
    GovernContext,
)
from privacykit.govern.erasure.planning.opened import (
    Opened,
)
from privacykit.govern.erasure.planning.plan import context_of
from privacykit.govern.erasure.planning.store import Chunk, Lease, Results
from privacykit.govern.erasure.ports.work import Applied, Key, Work
from privacykit.govern.planned import Plan, PlanStep
from privacykit.govern.records import Action, RequestType, StepResult

RECTIFICATION = RequestType.RECTIFICATION.value
PASSIVE = frozenset({Action.KEEP, Action.EXPORT})


def begin(means: GovernContext, plan: Plan) -> list[StepResult]:
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


def _first(means: GovernContext, step: PlanStep) -> StepResult:
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


def run(
    means: GovernContext, opened: Opened, results: list[StepResult], *, keep_lease: bool = False
) -> Results:
    """
    Do what is left of the plan, and give the lease back, or keep it for who goes on at once.

    Args:
        means: The stores.
        opened: The plan.
        results: How far it got; one per step.
        keep_lease: Whether the same run goes on with it.

    Returns:
        The results. A store that failed leaves its steps unfinished, with the error's words; the
        other stores are served all the same.

    Raises:
        PlanError: Another run has taken over.
    """
    failed: dict[str, str] = {}
    for number, batch in enumerate(_batches(means, opened, results)):
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
    lease = _lease(means) if keep_lease else Lease(means.owner, 0.0, means.clock())
    return _advance(means, opened.plan, ended, lease)


def _lease(means: GovernContext) -> Lease:
    now = means.clock()
    return Lease(means.owner, now + LEASE_SECONDS, now)


def _advance(
    means: GovernContext, plan: Plan, results: Sequence[StepResult], lease: Lease
) -> Results:
    saved = means.plans.advance(plan.plan_id, lease, lambda _: results)
    if saved is None:
        raise PlanError("another run has taken over this plan")
    return saved


def _batches(
    means: GovernContext, opened: Opened, results: Sequence[StepResult]
) -> Iterator[list[Chunk]]:
    """Chunks not yet done, those of one store together up to one transaction's worth."""
    plan = opened.plan
    seen = [0] * len(results)
    batch: list[Chunk] = []
    rows = 0
    for chunk in opened.chunks(means):
        seen[chunk.step] += chunk.rows
        if seen[chunk.step] <= results[chunk.step].cursor:
            continue
        step = plan.steps[chunk.step]
        first = plan.steps[batch[0].step] if batch else step
        other = first.dataset != step.dataset
        # What is written by rectification is said for each collection.
        other |= plan.kind == RECTIFICATION and first.collection != step.collection
        # A store that reads everything each time is given everything at once.
        full = step.cost_model == "point" and rows + chunk.rows > means.chunk_rows
        if batch and (other or full):
            yield batch
            batch, rows = [], 0
        batch.append(chunk)
        rows += chunk.rows
    if batch:
        yield batch


def _apply(means: GovernContext, opened: Opened, batch: Sequence[Chunk]) -> Sequence[Applied]:
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
        rows_let_go=result.rows_let_go + applied.let_go,
        cursor=result.cursor + chunk.rows,
    )


def _finished(means: GovernContext, result: StepResult, failed: dict[str, str]) -> StepResult:
    whole = result.action in PASSIVE or result.cursor >= result.rows_matched
    error = failed.get(result.dataset)
    if error is not None or not whole:
        return replace(result, error=error or "unfinished", finished_at=None)
    return replace(result, finished_at=means.clock())
