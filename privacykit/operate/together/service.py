"""
Erasures that wait for one another: planned, done and verified in one pass over what is scanned.

Each has its own plan, its own run and its own receipt; only reading and writing are shared. Opens
stores.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec

from privacykit.errors import InputError, PlanError
from privacykit.govern import flow
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.planning.plan import PlanScope
from privacykit.govern.erasure.ports.connector import Subject
from privacykit.govern.identity.find_person import find_person
from privacykit.govern.planned import Plan
from privacykit.govern.records import (
    Receipt,
    RequestStatus,
    RequestType,
    StepResult,
    SubjectRequest,
)
from privacykit.govern.together.scan_pass import ScanPass
from privacykit.operate.alone import interrupted_plan
from privacykit.operate.context import OperatorContext
from privacykit.operate.fulfil import Fulfilment
from privacykit.operate.together.begun import Begun
from privacykit.operate.together.leases import KeptLeases

DAY = 86_400.0
ROUNDS = 4
"""How often what was learnt of people leads to a further reading; then each is read alone."""

_WAITING = frozenset({RequestStatus.ACCEPTED, RequestStatus.IN_PROGRESS})


@dataclass(slots=True)
class WaitingErasure:
    """
    An erasure that was approved, or interrupted.

    Attributes:
        request: The request.
        plan: Its plan; ``None`` before it is made.
        left: Why it is not carried out with the others, in plain words; empty when it is.
    """

    request: SubjectRequest
    plan: Plan | None = None
    left: str = ""


@dataclass(slots=True)
class TogetherRun:
    """
    How a pass went.

    Attributes:
        erasures: Those that waited.
        receipts: Of those that were carried out, by request.
        datasets: The stores that were read once for everybody.
    """

    erasures: list[WaitingErasure]
    receipts: dict[str, Receipt] = field(default_factory=dict)
    datasets: tuple[str, ...] = ()


def waiting(context: OperatorContext) -> list[SubjectRequest]:
    """
    Return the erasures that may be carried out now, what is due first in front.

    Raises:
        StoreError: The ledger does not answer.
    """
    now = context.clock()
    found = (filed.request for filed in context.requests.filed(_WAITING))
    return [
        request
        for request in found
        if request.subject_request_type is RequestType.ERASURE
        and (request.closes_at is None or request.closes_at <= now)
    ]


def runs_at(requests: Sequence[SubjectRequest], days: float) -> float | None:
    """Return when the pass is due: *days* before the first deadline; ``None`` without any."""
    due = (request.extended_to or request.due_at for request in requests)
    dates = [date for date in due if date is not None]
    return min(dates) - days * DAY if dates else None


@dataclass(slots=True)
class _Deferred:
    """An erasure that waits for the pass, and what came of it."""

    erasure: WaitingErasure
    begun: Begun
    plan: Plan
    results: tuple[StepResult, ...] = ()


class TogetherService:
    """
    Carries many erasures out together.

    Args:
        context: The stores.
        actor: Key id of the operator.
    """

    def __init__(self, context: OperatorContext, actor: str) -> None:
        self._context = context
        self._doing = Fulfilment(context, actor)
        self._means = context.means
        self._pass = ScanPass(context.means)

    def plan(self, requests: Sequence[SubjectRequest]) -> TogetherRun:
        """
        Make the plan of each; what was interrupted keeps the one it has.

        Raises:
            StoreError: A store does not answer.
        """
        run = TogetherRun([WaitingErasure(it) for it in requests], datasets=self._pass.datasets)
        with self._standing_in(self._gathered(run.erasures)):
            for erasure in run.erasures:
                try:
                    kept = interrupted_plan(self._context, erasure.request)
                    erasure.plan = kept or self._doing.plan(erasure.request)
                except (InputError, PlanError) as error:
                    erasure.left = str(error)
                    continue
                if erasure.plan.problems and erasure.plan.approved_by is None:
                    erasure.left = "has problems; run it by itself: " + erasure.plan.problems[0]
        return run

    def _gathered(self, erasures: Sequence[WaitingErasure]) -> GovernContext:
        """Read until what is known of everybody leads to nothing new."""
        known = {
            erasure.request.subject_request_id: Subject(erasure.request.subject_identities)
            for erasure in erasures
        }
        means = self._pass.gather(list(known.values()))
        for _ in range(ROUNDS):
            fresh = dict(known)
            for erasure in erasures:
                try:
                    reach = find_person(means, erasure.request.subject_identities)
                except InputError as error:
                    erasure.left = str(error)
                    continue
                fresh[erasure.request.subject_request_id] = reach.subject
            same = all({*fresh[it].identities} <= {*known[it].identities} for it in known)
            known = fresh
            if same:
                break
            means = self._pass.gather(list(known.values()))
        return means

    def carry_out(self, run: TogetherRun) -> TogetherRun:
        """
        Do what *run* plans: one pass, and a receipt for each.

        No other run may go on with any of the plans while the pass lasts. One that another run
        has taken over all the same is left to it; the others have their receipts.

        Raises:
            StoreError: A scanned store failed: run it again, it goes on where it stopped.
        """
        begun: list[_Deferred] = []
        with self._standing_in(self._pass.means), KeptLeases(self._means) as leases:
            for erasure in run.erasures:
                if erasure.plan is not None and not erasure.left:
                    with _left_by(erasure):
                        begun.append(self._deferred(erasure, erasure.plan, leases))
            self._pass.make()
            for one in begun:
                with _left_by(one.erasure):
                    one.results = self._executed(one.plan)
        done = [one for one in begun if not one.erasure.left]
        subjects = [self._subject(one.plan) for one in done]
        with self._standing_in(self._pass.gather(subjects, deep=True)):
            for one in done:
                with _left_by(one.erasure):
                    receipt = self._doing.complete(one.begun, one.results)
                    run.receipts[one.erasure.request.subject_request_id] = receipt
        self._doing.send_due()
        return run

    def _deferred(self, erasure: WaitingErasure, plan: Plan, leases: KeptLeases) -> _Deferred:
        """Begin one, do its part in stores that are looked up, and keep others out of the rest."""
        begun = self._doing.begin(erasure.request, plan, accept_problems="")
        self._executed(plan, keep_lease=True)
        leases.keep(plan.plan_id)
        return _Deferred(erasure, begun, plan)

    def _executed(self, plan: Plan, *, keep_lease: bool = False) -> tuple[StepResult, ...]:
        means = self._context.means
        return flow.execute(means, plan.plan_id, plan.targets_digest, keep_lease=keep_lease)

    def _subject(self, plan: Plan) -> Subject:
        loaded = self._context.plans.load_plan(plan.plan_id)
        if not loaded or not loaded[1]:
            return Subject(())
        return msgspec.msgpack.decode(loaded[1], type=PlanScope).subject

    @contextmanager
    def _standing_in(self, means: GovernContext) -> Iterator[None]:
        """Let everything go to *means* in the block."""
        self._context.means = means
        try:
            yield
        finally:
            self._context.means = self._means


@contextmanager
def _left_by(erasure: WaitingErasure) -> Iterator[None]:
    """Say why one is left, so that the others are not."""
    try:
        yield
    except (InputError, PlanError) as error:
        erasure.left = str(error)
