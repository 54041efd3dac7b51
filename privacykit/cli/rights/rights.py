"""
A person's right, from a plan to its receipt, as every command that carries one out tells it.

Plans are made, shown, and carried out when their digest comes back. Reads and changes every store.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from privacykit.cli.rights.corrections import Corrections
from privacykit.cli.rights.plan import (
    events_lines,
    least_kept,
    plan_lines,
    receipt_lines,
    unknown_person,
)
from privacykit.cli.rights.requests import stands
from privacykit.cli.terminal.console import Exit, say, say_json, stop, warn
from privacykit.cli.terminal.ids import beginning, whole
from privacykit.cli.terminal.options import Execution
from privacykit.cli.terminal.words import moment, short
from privacykit.errors import PlanError
from privacykit.govern.planned import Plan
from privacykit.govern.records import Identity, Receipt, RequestStatus, RequestType, SubjectRequest
from privacykit.govern.requests.lifecycle import RUNNABLE

if TYPE_CHECKING:
    from privacykit.operate.context import OperatorContext


def draft(
    context: OperatorContext,
    kind: RequestType,
    people: Sequence[Identity],
    changes: Corrections | None = None,
) -> Plan:
    """
    Make a plan for a request that nobody filed yet; what waited too long for approval goes.

    Args:
        context: The opened context.
        kind: What was asked for.
        people: Whose data it is.
        changes: What is right, for a rectification.
    """
    import secrets

    from privacykit.govern import flow
    from privacykit.govern.requests.service import ID_BYTES

    context.plans.forget_expired(context.clock())
    names = secrets.token_hex(ID_BYTES), secrets.token_hex(ID_BYTES)
    return flow.plan_request(
        context.means, kind, people, plan_id=names[0], request_id=names[1], changes=changes
    )


def shown_before(
    context: OperatorContext, kind: RequestType, execution: Execution, request_id: str | None = None
) -> Plan:
    """
    Return the plan that ``--plan`` and ``--digest`` name, fit to be carried out.

    Args:
        context: The opened context.
        kind: What was asked for.
        execution: The options.
        request_id: The request it must have been made for; ``None`` for any.

    Raises:
        InputError: There is no such plan.
        PlanError: It is another request's or was not shown so, or :func:`check_ready` says no.
    """
    plan_id = whole("plan", execution.plan, context.plans.beginning(beginning(execution.plan)))
    found = context.plans.load_plan(plan_id)
    if found is None or found[0].kind != kind.value:
        raise PlanError(f"this plan is not for {kind.value}: plan again")
    plan, targets, _ = found
    if request_id not in {None, plan.subject_request_id}:
        raise PlanError("this plan was made for another request: plan again")
    if not targets:
        raise PlanError(
            f"the plan is over: it was carried out, or expired; {_again(context, plan)}"
        )
    if execution.digest != plan.targets_digest:
        raise PlanError("this is not the digest that was shown with the plan: --digest HEX")
    check_ready(context, plan, execution)
    return plan


def check_ready(context: OperatorContext, plan: Plan, execution: Execution) -> None:
    """
    Check what can be known before anything is filed or begun.

    Raises:
        PlanError: The plan expired, or it has problems that are not accepted.
    """
    from privacykit.govern.identity.accept import check_accepted

    if plan.approved_at is not None:
        return
    if context.clock() > plan.expires_at:
        raise PlanError(
            f"the plan expired at {moment(plan.expires_at)} UTC; {_again(context, plan)}"
        )
    try:
        check_accepted(plan.problems_digest, execution.accept_problems)
    except PlanError as error:
        # A yes is to what was read: the digest never stands without the problems.
        raise PlanError("; ".join((*plan.problems, str(error)))) from None


def _again(context: OperatorContext, plan: Plan) -> str:
    """Say how a new plan is made: a request that is filed stays as it is until then."""
    if context.requests.load(plan.subject_request_id) is None:
        return "nothing was done; plan again with the same command, without --plan"
    id_ = short(plan.subject_request_id)
    return f"the request stays open: plan again with `privacykit request run {id_}`"


def agreed(
    context: OperatorContext,
    plan: Plan,
    command: str,
    *,
    place: str | None,
    ask: bool,
    as_json: bool,
) -> bool:
    """
    Show a plan that was made now; tell whether it is to be carried out at once.

    Args:
        context: The opened context.
        plan: What was made.
        command: The command that carries it out, without the plan's own options.
        place: Where the person lives; ``None`` where nobody said.
        ask: Whether a person at a terminal is asked.
        as_json: Whether a program reads it.
    """
    from msgspec import to_builtins

    from privacykit.operate.backends.outlook import outlook
    from privacykit.operate.records.erased import drop_empty

    events, asked = outlook(context, plan), _asked(context, plan)
    dropped = drop_empty(context, plan, other=bool(events))
    if as_json:
        say_json({**to_builtins(plan), "events": to_builtins(events)})
        return False
    for line in (*plan_lines(plan, context.datamap), *events_lines(events)):
        say(line)
    hint = "" if events else unknown_person(plan, context.datamap, asked)
    if hint:
        warn(hint)
    if dropped:
        say("no plan waits: there is nothing to change")
        say("for a receipt all the same, and so that it stays so: the same command with --yes")
        return False
    _warn_of_least(context, plan, place)
    if ask and not plan.problems and sys.stdin.isatty():
        return typer.confirm("Carry it out?", default=False)
    say(f"nothing was changed; until {moment(plan.expires_at)} UTC this carries it out:")
    say(f"  {command} --plan {short(plan.plan_id)} --digest {plan.targets_digest}")
    if plan.problems:
        # Not in the command itself: a yes to a second person's rows is not to be pasted unread.
        say("  and, only if every problem above is meant to happen:")
        say(f"  --accept-problems {plan.problems_digest}")
    return False


def _asked(context: OperatorContext, plan: Plan) -> set[str]:
    """Return the types of the identities by which a plan was asked for."""
    import msgspec

    from privacykit.govern.erasure.planning.plan import PlanScope

    loaded = context.plans.load_plan(plan.plan_id)
    if loaded is None or not loaded[1]:
        return set()
    return {it.type for it in msgspec.msgpack.decode(loaded[1], type=PlanScope).given}


def _warn_of_least(context: OperatorContext, plan: Plan, place: str | None) -> None:
    """Tell of laws that want some of it kept, where the plan erases and keeps nothing for a law."""
    from privacykit.govern.requests.rights import kept_at_least

    if plan.kind != RequestType.ERASURE.value:
        return
    if any(step.justification in context.datamap.reasons for step in plan.steps):
        return
    law = context.applicable
    for each in kept_at_least(law.policies(place or law.home, context.clock())):
        warn(least_kept(each))


def check_approved(request: SubjectRequest, token: str | None, *, as_json: bool) -> None:
    """End the command with 3 where a request is filed and cannot be run yet; say why."""
    if request.status not in RUNNABLE or token:
        stands(request, as_json=as_json, token=token)
        stop(Exit.PARTLY)


def tell(receipt: Receipt, *, as_json: bool, left_behind: str = "") -> None:
    """
    Show what was done, and end with the exit code that says how.

    Args:
        receipt: The receipt.
        as_json: Whether a program reads it.
        left_behind: What our own records hold of the person yet.
    """
    if as_json:
        say_json(receipt)
    else:
        for line in receipt_lines(receipt):
            say(line)
    if left_behind:
        warn(left_behind)
    if receipt.status is RequestStatus.UNFULFILLED:
        stop(Exit.FOUND)
    if receipt.status is not RequestStatus.FULFILLED:
        stop(Exit.PARTLY)
