"""The run of a plan: one at a time, and gone on with where one died. Does I/O."""

from __future__ import annotations

from datetime import UTC, datetime

from privacykit.errors import PlanError
from privacykit.govern.planned import Plan
from privacykit.govern.records import RequestStatus, SubjectRequest
from privacykit.operate.context import OperatorContext
from privacykit.operate.process import is_gone


def check_alone(context: OperatorContext, plan: Plan) -> None:
    """
    Check that nobody else is at *plan*; the lease of a run that has certainly died is ended.

    Raises:
        PlanError: Another run is at it; until when is said.
    """
    owner, until = context.plans.lease(plan.plan_id)
    if until <= context.clock() or owner == context.means.owner:
        return
    if is_gone(owner):
        context.plans.release(plan.plan_id, owner)
        return
    at = datetime.fromtimestamp(until, UTC)
    raise PlanError(
        "another run is at this plan and will answer for it; if it died, do the same again"
        f" after {at:%H:%M:%S} UTC: it goes on where that one stopped"
    )


def interrupted_plan(context: OperatorContext, request: SubjectRequest) -> Plan | None:
    """
    Return the approved plan of a run that did not come to its end; ``None`` for none.

    Its targets are erased when nothing is left to do; what was done is known yet.

    Raises:
        StoreError: The database failed.
    """
    if request.status is not RequestStatus.IN_PROGRESS or request.plan_id is None:
        return None
    loaded = context.plans.load_plan(request.plan_id)
    if loaded is None or loaded[0].approved_by is None:
        return None
    return loaded[0] if loaded[1] or context.plans.progress(request.plan_id) else None
