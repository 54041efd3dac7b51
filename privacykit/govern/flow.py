"""
Flow 2, in order: data map -> plan -> approve -> execute -> verify -> outcome. Pure.

Open this file first. Export is the other way out of the same map: ``privacykit.export``. Retention
is no plan: a rule is confirmed once and then removes what is too old, batch by batch, by
:mod:`privacykit.govern.retention.run` over each store's purger, under the same holds.

.. code-block:: text

    plan      find who is meant and every row, class it (own, shared, held, kept), store its key
    approve   somebody says yes to the digest of exactly these rows
    execute   chunk by chunk; what changed hands is skipped; a crash is gone on from
    verify    look anew by identity, search every text column, reach the asked level, search bytes
    outcome   fulfilled only if every store answered and nothing was left that nobody explains
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from privacykit.errors import PlanError
from privacykit.govern.erasure import execute as execution
from privacykit.govern.erasure import verify as checking
from privacykit.govern.erasure.context import GovernContext, sessions
from privacykit.govern.erasure.execute import PASSIVE
from privacykit.govern.erasure.planning import plan as planning
from privacykit.govern.erasure.planning.opened import check_lifetime, check_start, open_plan
from privacykit.govern.erasure.planning.plan import PlanScope
from privacykit.govern.erasure.planning.store import Results
from privacykit.govern.erasure.treatment import ACCESSED, NAMED
from privacykit.govern.identity.accept import check_accepted
from privacykit.govern.identity.find_person import KnownRows, find_person
from privacykit.govern.planned import Plan
from privacykit.govern.records import Action, Identity, RequestStatus, RequestType, StepResult
from privacykit.govern.requests.lifecycle import CHANGED, STORE_FAILED, UNEXPLAINED, Ground

CHOICES = frozenset(
    {
        RequestType.OPT_OUT_SALE_SHARING,
        RequestType.LIMIT_SENSITIVE,
        RequestType.CONSENT_WITHDRAWAL,
    }
)
"""Requests that stop what is to come and leave what is there: a plan for them would erase it."""

ONLY_ROWS = frozenset({RequestType.RECTIFICATION.value, RequestType.RESTRICTION.value})
"""Requests of which nothing is done where no row of the person is found."""

REDUCED = frozenset({Action.KEEP, Action.CHANGE, Action.DETACH})
"""What is done where a row cannot simply go."""


@dataclass(frozen=True, slots=True)
class PlanOutcome:
    """
    How a plan ended.

    Attributes:
        plan: The plan.
        results: One per step.
        status: Fulfilled, partly, or not.
        justification: Why not wholly; ``None`` when wholly.
    """

    plan: Plan
    results: tuple[StepResult, ...]
    status: RequestStatus
    justification: str | None = None


def plan_request(
    means: GovernContext,
    kind: RequestType,
    identities: Sequence[Identity],
    *,
    plan_id: str,
    request_id: str,
    changes: Mapping[str, Mapping[str, Any]] | None = None,
    known: KnownRows | None = None,
) -> Plan:
    """
    Find everything about a person and say what the request will do to it.

    Args:
        means: The stores.
        kind: What is asked.
        identities: What finds the person.
        plan_id: A random id.
        request_id: The request served.
        changes: For rectification: ``dataset.collection`` to field to new value.
        known: Given where the identities are of several people: which rows are known as theirs.

    Raises:
        InputError: No identity was given, or one that names nobody: an IP address, a placeholder.
        StoreError: A store could not be asked who the person is.
        PlanError: More people hold an identity than can be meant; or *kind* is a choice about the
            future (an opt-out), which touches no rows.
    """
    if kind in CHOICES:
        raise PlanError("this request stops what is to come; it touches no rows")
    written = {name: dict(fields) for name, fields in (changes or {}).items()}
    with sessions(means):
        reach = find_person(means, identities, known=known)
        bundle = PlanScope(reach.subject, reach.given, kind.value, written)
        return planning.draft_plan(means, bundle, reach, plan_id=plan_id, request_id=request_id)


def approve(
    means: GovernContext, plan_id: str, digest: str, by: str, *, accept_problems: str = ""
) -> Plan:
    """
    Say yes to a plan.

    Args:
        means: The stores.
        plan_id: Which.
        digest: The digest that was shown.
        by: Key id of the operator.
        accept_problems: The plan's *problems_digest*, where they are known and accepted: a yes to
            one second person is none to another.

    Raises:
        PlanError: It expired, the clock is wrong, it shows another digest, or has problems that
            were not accepted.
    """
    plan = open_plan(means, plan_id).plan
    check_lifetime(means, plan)
    if digest != plan.targets_digest:
        raise PlanError("this is not the digest of the plan")
    check_accepted(plan.problems_digest, accept_problems)
    approved = replace(plan, approved_by=by, approved_at=means.clock())
    means.plans.replace_plan(approved)
    return approved


def execute(
    means: GovernContext, plan_id: str, digest: str, *, keep_lease: bool = False
) -> tuple[StepResult, ...]:
    """
    Carry out an approved plan, or go on with one that stopped half-way.

    Args:
        means: The stores.
        plan_id: Which.
        digest: The digest approved; checked at the first start only.
        keep_lease: Whether this run goes on with it and keeps others out until then.

    Raises:
        PlanError: It may not start, or another run is at it.
    """
    if over := _over(means, plan_id):
        return over[1]
    opened = open_plan(means, plan_id)
    if not means.plans.progress(plan_id):
        check_start(means, opened, digest)
    results = execution.begin(means, opened.plan)
    try:
        return execution.run(means, opened, results, keep_lease=keep_lease)
    except BaseException:
        means.plans.release(plan_id, means.owner)
        raise


def verify(means: GovernContext, plan_id: str, *, deep: bool = True) -> PlanOutcome:
    """
    Look whether it is so, reach the level that was asked, and say how it ended.

    Args:
        means: The stores.
        plan_id: Which plan, executed.
        deep: Whether to search every text column and the bytes.

    Returns:
        The outcome. When nothing is left to do, the targets are erased.

    Raises:
        PlanError: There is no such plan, or it was not executed.
    """
    if over := _over(means, plan_id):
        return conclude(means, *over)
    opened = open_plan(means, plan_id)
    results = means.plans.progress(plan_id)
    if not results:
        raise PlanError("the plan was not executed")
    checked = tuple(checking.verify(means, opened, results, deep=deep))
    means.plans.save_progress(plan_id, checked)
    outcome = conclude(means, opened.plan, checked)
    if all(r.finished_at is not None and r.error is None for r in checked):
        means.plans.forget(plan_id)
    return outcome


def _over(means: GovernContext, plan_id: str) -> tuple[Plan, Results] | None:
    """Return a plan that came to its end, whose targets are erased, and its results."""
    found = means.plans.load_plan(plan_id)
    if found is None or found[2]:
        return None
    results = means.plans.progress(plan_id)
    return (found[0], results) if results else None


def conclude(means: GovernContext, plan: Plan, results: Sequence[StepResult]) -> PlanOutcome:
    """
    Say how a plan ended, from its results alone.

    Steps in datasets that no map has are foreseen for stores of ours, and measured there. No result
    is no success: every dataset of the map must have answered, and a store that failed,
    a row that was skipped or a value that still stands somewhere makes it partial. Where nobody was
    found whose rows were to be corrected or marked, nothing of what was asked is done.
    """
    results = [result for result in results if result.dataset in means.datamap.datasets]
    answered = {r.dataset for r in results if r.finished_at is not None or r.action in PASSIVE}
    expected = set(means.datamap.datasets)
    if plan.kind == RequestType.RECTIFICATION.value:
        expected = {step.dataset for step in plan.steps}
    done = any(r.finished_at is not None for r in results)
    if not results or not done:
        return PlanOutcome(plan, tuple(results), RequestStatus.UNFULFILLED, "no store acknowledged")
    reason = _why_partial(results, expected - answered)
    if not reason and plan.kind in ONLY_ROWS and not any(r.rows_matched for r in results):
        return PlanOutcome(plan, tuple(results), RequestStatus.UNFULFILLED, Ground.NO_MATCH.value)
    status = RequestStatus.PARTIALLY_FULFILLED if reason else RequestStatus.FULFILLED
    return PlanOutcome(plan, tuple(results), status, reason)


def _why_partial(results: Sequence[StepResult], silent: set[str]) -> str | None:
    open_end = None
    if silent or any(result.error for result in results):
        open_end = STORE_FAILED
    elif any(result.rows_skipped for result in results):
        open_end = CHANGED
    elif any(result.evidence.verify_query_count for result in results):
        open_end = UNEXPLAINED
    # What the person could only see is somebody else's: nothing of the request is left undone.
    # So it is where all that speaks of the person went and the row stayed with its owner.
    kept = {
        r.justification
        for r in results
        if r.rows_matched and r.action in REDUCED and r.justification != ACCESSED
        if (r.justification, r.action) != (NAMED, Action.DETACH)
    }
    # What a hold kept is named beside an open end: its release takes the request up again.
    return ", ".join(filter(None, [open_end, *sorted(filter(None, kept))])) or None
