"""An opened plan, and the checks before its run starts. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hmac import compare_digest

import msgspec

from privacykit.errors import PlanError, StoreError
from privacykit.govern.erasure.context import (
    CLOCK_TOLERANCE,
    GovernContext,
    sessions,
)
from privacykit.govern.erasure.planning.builder import add_digest
from privacykit.govern.erasure.planning.plan import PlanScope, context_of, new_digest
from privacykit.govern.erasure.planning.store import Chunk
from privacykit.govern.erasure.ports.connector import Connector
from privacykit.govern.erasure.treatment import CO_OWNED
from privacykit.govern.planned import Plan

PAGE = 64
"""Chunks read at once."""


@dataclass(frozen=True, slots=True)
class Opened:
    """
    A plan with what belongs to it.

    Attributes:
        plan: The plan.
        bundle: Whose it is.
        salt: Key of its digest.
        few: Its chunks, once they were read, where they are less than a page.
    """

    plan: Plan
    bundle: PlanScope
    salt: bytes
    few: list[Chunk] = field(default_factory=list)

    def chunks(self, means: GovernContext) -> Iterator[Chunk]:
        """Yield the plan's chunks; few are read once: what was checked is what is done."""
        yield from self.few
        number = len(self.few)
        while not number or number >= PAGE:
            page = means.plans.chunks(self.plan.plan_id, number, PAGE)
            if not number and len(page) < PAGE:
                self.few.extend(page)
            yield from page
            number += len(page)
            if len(page) < PAGE:
                return


def open_plan(means: GovernContext, plan_id: str) -> Opened:
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
    return Opened(plan, msgspec.msgpack.decode(whose, type=PlanScope), salt)


def check_lifetime(means: GovernContext, plan: Plan) -> None:
    """
    Check that *plan* lives, by a clock that nobody set back to before what is on record.

    Raises:
        PlanError: It has expired, or whether it has cannot be told.
    """
    now = means.clock()
    if now > plan.expires_at:
        raise PlanError("the plan has expired; make a new one")
    if now + CLOCK_TOLERANCE < max(plan.created_at, means.recorded_at()):
        raise PlanError("the clock of this machine is behind what is on record; set it right first")


def check_start(means: GovernContext, opened: Opened, digest: str) -> None:
    """
    Check that what was approved is what will be done. For the first start only.

    Raises:
        PlanError: Not approved, expired, the clock is wrong, or the targets are not those of
            *digest*.
    """
    plan = opened.plan
    if plan.approved_at is None:
        raise PlanError("the plan is not approved")
    check_lifetime(means, plan)
    sum_of_targets = new_digest(opened.salt)
    for chunk in opened.chunks(means):
        add_digest(sum_of_targets, chunk)
    now = sum_of_targets.hexdigest()
    if not (compare_digest(now, plan.targets_digest) and compare_digest(now, digest)):
        raise PlanError("these are not the rows that were approved; make a new plan")
    with sessions(means):
        for connector in means.connectors.values():
            with suppress(StoreError):  # what does not answer is told of by the run
                _check_same(means, opened, connector)


def _check_same(means: GovernContext, opened: Opened, connector: Connector) -> None:
    """
    Check that the person's own rows and those of others too are still what the plan was made of.

    Raises:
        PlanError: They are not.
    """
    subject = opened.bundle.subject
    if connector.strangers(subject):
        words = "a row of the person was changed since the plan, or its key is somebody else's now"
        raise PlanError(f"{words} (PK244); make a new plan")
    several = Counter[str]()
    for step in opened.plan.steps:
        if step.dataset == connector.dataset and step.justification in CO_OWNED:
            several[step.collection] += step.rows
    for collection, rows in several.items():
        found = connector.find(collection, context_of(means, opened.bundle, opened.salt))
        if rows and sum(target.justification in CO_OWNED for target in found) < rows:
            words = f"rows of {connector.dataset}.{collection} that were somebody else's too"
            raise PlanError(f"{words} are not any more; make a new plan")
