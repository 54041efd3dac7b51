"""Stores of ours that hold something of a person, and what an erasure does in each. Does I/O."""

from __future__ import annotations

from collections.abc import Iterable

from privacykit.govern.planned import Plan
from privacykit.govern.records import Identity, StepResult
from privacykit.operate.context import OperatorContext
from privacykit.operate.own.events import OwnEvents
from privacykit.operate.records.own_steps import OwnStep, carried_out
from privacykit.operate.sealing.keys import sealing_steps
from privacykit.stores.records.operations.own_steps import SqlOwnSteps


def own_steps(
    context: OperatorContext, person: Iterable[Identity], actor: str = "", request_id: str = ""
) -> tuple[OwnStep, ...]:
    """
    Return the steps of an erasure in stores of ours, in order: events, choices, keys.

    Args:
        context: The stores.
        person: What names the person, given and found.
        actor: Who does it.
        request_id: The request.

    Raises:
        StoreError: A database failed.
    """
    known = tuple(dict.fromkeys(person))
    events = OwnEvents(context, known).steps()
    return (*events, *sealing_steps(context, known, actor, request_id))


def erased_by_us(
    context: OperatorContext, plan: Plan, person: Iterable[Identity], actor: str
) -> tuple[StepResult, ...]:
    """
    Erase a person from stores of ours, or go on where a run died; args as of :func:`own_steps`.

    Raises:
        StoreError: A database failed: do it again.
    """
    steps = own_steps(context, person, actor, plan.subject_request_id)
    return carried_out(steps, plan.plan_id, SqlOwnSteps(context.engine), context.clock)
