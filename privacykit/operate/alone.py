"""The lease of a plan: one run at a time, and none that has died. Does I/O."""

from __future__ import annotations

from datetime import UTC, datetime

from privacykit.errors import PlanError
from privacykit.govern.records import Plan
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
