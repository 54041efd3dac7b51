"""
Flow 2, in order: data map -> plan -> approve -> execute -> verify -> outcome. Pure.

Open this file first. Export is the other way out of the same map: ``connectors.package``.

.. code-block:: text

    plan      find every row, class it (own, shared, held, kept, referenced), store its key
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
from privacykit.govern import checking, execution, planning
from privacykit.govern.connector import Where
from privacykit.govern.datamap import WEAK_IDENTITIES
from privacykit.govern.execution import PASSIVE, check_start, open_plan
from privacykit.govern.means import Means, sessions
from privacykit.govern.planning import Bundle
from privacykit.govern.records import Action, Identity, Plan, RequestStatus, RequestType, StepResult
from privacykit.govern.treatment import ACCESSED

CHOICES = frozenset(
    {
        RequestType.OPT_OUT_SALE_SHARING,
        RequestType.LIMIT_SENSITIVE,
        RequestType.CONSENT_WITHDRAWAL,
    }
)
"""Requests that stop what is to come and leave what is there: a plan for them would erase it."""

REDUCED = frozenset({Action.KEEP, Action.CHANGE, Action.DETACH})
"""What is done where a row cannot simply go."""


@dataclass(frozen=True, slots=True)
class Outcome:
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
    means: Means,
    kind: RequestType,
    identities: Sequence[Identity],
    *,
    plan_id: str,
    request_id: str,
    changes: Mapping[str, Mapping[str, Any]] | None = None,
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

    Raises:
        StoreError: A store could not be asked who the person is.
        PlanError: No identity was given, or one that proves nobody (an IP address); or *kind* is a
            choice about the future (an opt-out), which touches no rows.
    """
    if kind in CHOICES:
        raise PlanError("this request stops what is to come; it touches no rows")
    given = tuple(i for i in identities if i.type not in WEAK_IDENTITIES)
    if not given:
        raise PlanError("an identity is needed; an IP address alone is none")
    written = {name: dict(fields) for name, fields in (changes or {}).items()}
    with sessions(means):
        subject = planning.find_person(means, given)
        bundle = Bundle(subject, given, kind.value, "", written)
        return planning.draft_plan(means, bundle, plan_id=plan_id, request_id=request_id)


def plan_rows(means: Means, dataset: str, where: Where, *, plan_id: str, request_id: str) -> Plan:
    """
    Find the rows of a predicate: retention is the same machine without a person.

    Args:
        means: The stores.

        dataset: Where.

        where: Which rows, with a cut-off that is fixed from now on.

        plan_id: A random id.

        request_id: The retention run's id.
    """
    bundle = Bundle(where, (), "retention", dataset)
    return planning.draft_plan(means, bundle, plan_id=plan_id, request_id=request_id)


def approve(means: Means, plan_id: str, digest: str, by: str, *, knowingly: bool = False) -> Plan:
    """
    Say yes to a plan.

    Args:
        means: The stores.

        plan_id: Which.

        digest: The digest that was shown.

        by: Key id of the operator.

        knowingly: Whether the plan's problems are known and accepted.

    Raises:
        PlanError: It expired, shows another digest, or has problems that were not accepted.
    """
    plan = open_plan(means, plan_id).plan
    if means.clock() > plan.expires_at:
        raise PlanError("the plan has expired; make a new one")
    if digest != plan.targets_digest:
        raise PlanError("this is not the digest of the plan")
    if plan.problems and not knowingly:
        raise PlanError("the plan has problems; mend them, or accept them knowingly")
    approved = replace(plan, approved_by=by, approved_at=means.clock())
    means.plans.replace_plan(approved)
    return approved


def execute(means: Means, plan_id: str, digest: str) -> tuple[StepResult, ...]:
    """
    Carry out an approved plan, or go on with one that stopped half-way.

    Args:
        means: The stores.

        plan_id: Which.

        digest: The digest approved; checked at the first start only.

    Raises:
        PlanError: It may not start, or another run is at it.
    """
    opened = open_plan(means, plan_id)
    if not means.plans.progress(plan_id):
        check_start(means, opened, digest)
    results = execution.begin(means, opened.plan)
    try:
        return execution.run(means, opened, results)
    except BaseException:
        means.plans.release(plan_id, means.owner)
        raise


def verify(means: Means, plan_id: str, *, deep: bool = True) -> Outcome:
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


def conclude(means: Means, plan: Plan, results: Sequence[StepResult]) -> Outcome:
    """
    Say how a plan ended, from its results alone.

    No result is no success: every dataset of the map must have answered, and a store that failed,
    a row that was skipped or a value that still stands somewhere makes it partial.
    """
    answered = {r.dataset for r in results if r.finished_at is not None or r.action in PASSIVE}
    expected = set(means.datamap.datasets) if not _narrow(plan) else {s.dataset for s in plan.steps}
    done = any(r.finished_at is not None for r in results)
    if not results or not done:
        return Outcome(plan, tuple(results), RequestStatus.UNFULFILLED, "no store acknowledged")
    reason = _why_partial(results, expected - answered)
    status = RequestStatus.PARTIALLY_FULFILLED if reason else RequestStatus.FULFILLED
    return Outcome(plan, tuple(results), status, reason)


def _narrow(plan: Plan) -> bool:
    return plan.kind in {"retention", RequestType.RECTIFICATION.value}


def _why_partial(results: Sequence[StepResult], silent: set[str]) -> str | None:
    if silent or any(result.error for result in results):
        return "a store failed"
    if any(result.rows_skipped for result in results):
        return "rows changed since the plan"
    if any(result.evidence.verify_query_count for result in results):
        return "values still stand in rows that nothing explains"
    kept = {r.justification for r in results if r.rows_matched and r.action in REDUCED}
    # What the person could only see is somebody else's: nothing of the request is left undone.
    return ", ".join(sorted(reason for reason in kept if reason and reason != ACCESSED)) or None
