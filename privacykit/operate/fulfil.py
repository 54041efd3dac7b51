"""
Carry a request out, in an order that no crash can turn against the person.

.. code-block:: text

    start     the ledger says that it runs
    quiet     suppression and stop orders: nothing new is collected, nothing pending leaves
    tell      notices to recipients, and orders to delete what sinks sent, are written down
    execute   the approved plan (or the choice itself, which touches no rows)
    verify    the outcome, measured
    finish    the ledger says how it ended; recipients are told; the receipt is signed

Every step may be done again: a crash anywhere is mended by running the request again.
"""

from __future__ import annotations

import secrets
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from privacykit.errors import InputError
from privacykit.export import Order, check_package, write_package
from privacykit.govern import flow
from privacykit.govern.erasure.context import sessions
from privacykit.govern.erasure.planning import plan as planning
from privacykit.govern.erasure.planning.plan import READING, PlanScope
from privacykit.govern.erasure.ports.connector import Subject
from privacykit.govern.identity.find_person import find_person
from privacykit.govern.identity.unconfirmed import hanging
from privacykit.govern.planned import Plan
from privacykit.govern.records import (
    Identity,
    Receipt,
    RequestStatus,
    RequestType,
    StepResult,
    SubjectRequest,
)
from privacykit.govern.requests.lifecycle import Ground, check_waited, is_over
from privacykit.govern.requests.reached import (
    again,
    changed_hands,
    check_reached,
    written_out,
)
from privacykit.govern.requests.receipt import changed_rows, continued, held_rows, was_released
from privacykit.operate.alone import check_alone
from privacykit.operate.backends.acknowledged import reached
from privacykit.operate.consent.stopped import stopped_purposes
from privacykit.operate.own.datamap import CANNOT_BE_TIED
from privacykit.operate.own.events import OwnEvents
from privacykit.operate.own.export import with_own_events
from privacykit.operate.records.erased import close_request, keep_found
from privacykit.operate.records.exported import exported
from privacykit.operate.records.other_spellings import other_spellings, said_of
from privacykit.operate.records.own_stores import erased_by_us
from privacykit.operate.sealing.keys import with_ours
from privacykit.operate.telling import RecipientService
from privacykit.operate.together.begun import Begun
from privacykit.stores.records.operations.lacking import counting

SUPPRESSED = frozenset({RequestType.ERASURE, RequestType.OBJECTION})
"""Requests after which the person is not to be collected again."""

STOPPED = SUPPRESSED | flow.CHOICES
"""Requests after which nothing that is pending for the person may leave."""


class Fulfilment(RecipientService):
    """
    Carries requests out.

    Args:
        context: The stores.
        actor: Key id of the operator.
        hooks: What sends to recipients; a new one by default.
    """

    def plan(
        self, request: SubjectRequest, changes: Mapping[str, Mapping[str, Any]] | None = None
    ) -> Plan:
        """
        Find everything the request concerns and say what will be done.

        Args:
            request: Approved, with its identities.
            changes: For rectification: ``dataset.collection`` to field to new value.

        Raises:
            PlanError: Nobody is named, or the request touches no rows.
            StoreError: A store does not answer.
        """
        wanted = request.subject_request_type
        means, request_id = self._context.means, request.subject_request_id
        plan_id = secrets.token_hex(16)
        kept = self._kept(request)
        if kept is not None:
            reach = find_person(means, request.subject_identities)
            written = {name: dict(fields) for name, fields in (changes or {}).items()}
            return planning.draft_plan(
                means,
                again(request, reach.subject, kept, written),
                reach,
                plan_id=plan_id,
                request_id=request_id,
                problems=changed_hands(reach, kept),
            )
        return flow.plan_request(
            means,
            wanted,
            request.subject_identities,
            plan_id=plan_id,
            request_id=request_id,
            changes=changes,
        )

    def _kept(self, request: SubjectRequest) -> Subject | None:
        """Return whom the request reached when it was approved or run before, if that is kept."""
        body = self._context.requests.subject(request.subject_request_id)
        return None if body is None else msgspec.msgpack.decode(body, type=Subject)

    def carry_out(self, request: SubjectRequest, plan: Plan, *, accept_problems: str) -> Receipt:
        """Approve *plan* if nobody did, and execute it; args and errors as of :meth:`begin`."""
        begun = self.begin(request, plan, accept_problems=accept_problems)
        return self.complete(
            begun, flow.execute(self._context.means, plan.plan_id, plan.targets_digest)
        )

    def begin(self, request: SubjectRequest, plan: Plan, *, accept_problems: str) -> Begun:
        """
        Approve *plan* if nobody did, let nothing more be collected, or go on after a crash.

        Args:
            request: Approved.
            plan: The plan.
            accept_problems: The digest of its problems, where they are accepted.

        Raises:
            InputError: The person may still take the erasure back.
            PlanError: It may not start (any more).
            StoreError: A store of ours failed; run the request again.
        """
        context, means = self._context, self._context.means
        check_waited(request, context.clock())
        check_alone(context, plan)
        if plan.approved_by is None:
            plan = flow.approve(
                means,
                plan.plan_id,
                plan.targets_digest,
                self._actor,
                accept_problems=accept_problems,
            )
        request = context.desk.start(
            request.subject_request_id,
            plan_id=plan.plan_id,
            now=context.clock(),
            actor=self._actor,
        )
        person = self._person(request, plan)
        events = OwnEvents(context, person)
        suppressed = self._quiet(request, events, person)
        self._write_notices(request, _touched(plan, means.datamap.datasets))
        if request.subject_request_type is RequestType.ERASURE:
            self._write_deletions(request, events.traces)
        keep_found(context, request, plan, self._found(plan), suppressed=suppressed)
        return Begun(request, plan, person, events, suppressed)

    def complete(self, begun: Begun, results: tuple[StepResult, ...]) -> Receipt:
        """
        Verify what *results* of execution say, and answer.

        Raises:
            StoreError: A store of ours failed; run the request again.
        """
        context, request, plan = self._context, begun.request, begun.plan
        means = context.means
        if request.subject_request_type is RequestType.ERASURE:
            ours = erased_by_us(context, plan, begun.person, self._actor)
            outcome = with_ours(flow.verify(means, plan.plan_id), ours)
        else:
            # What stays is not looked for: only after an erasure is it wrong that it stands there.
            outcome = flow.conclude(means, plan, results)
            means.plans.forget(plan.plan_id)
        told = context.notices.propagations(request.subject_request_id)
        status, ground = reached(outcome.status, outcome.justification, told)
        receipt = self._finish(
            request, status, outcome.results, ground, begun.suppressed, person=begun.person
        )
        self._forget_person(request.subject_request_id, begun.person)
        if was_released(ground, context.holds.all(), plan.created_at):
            context.desk.requeue(now=context.clock(), actor=self._actor)
        return receipt

    def choose(self, request: SubjectRequest) -> Receipt:
        """
        Honour a choice about the future: opt-out, limit, withdrawal. No row is touched.

        Raises:
            StoreError: A store of ours failed; run the request again.
        """
        request = self._started(request)
        stopped = self._quiet(request, OwnEvents(self._context, request.subject_identities))
        # Only then the stores: what the application calls the person may stand in one of them.
        reach = find_person(self._context.means, request.subject_identities)
        if not reach.problems():
            self._quiet(request, OwnEvents(self._context, reach.subject.identities))
        self._write_notices(request, self._context.datamap.recipients)
        status = RequestStatus.FULFILLED if stopped else RequestStatus.UNFULFILLED
        return self._finish(request, status, (), None if stopped else "no_match", stopped)

    def export(
        self,
        request: SubjectRequest,
        target: Path,
        *,
        recipients: Sequence[str] = (),
        passphrase: str | None = None,
        accept_problems: str = "",
    ) -> Receipt:
        """
        Write the person's package to *target*.

        Args:
            request: Approved, with its identities.
            target: The file.
            recipients: Keys to seal it to.
            passphrase: What to seal it with.
            accept_problems: The digest of the second person's rows, where they are to go along.

        Raises:
            InputError: A recipient's key or the passphrase cannot be used, or the file written.
            PlanError: Rows of a second person were reached, and nobody said yes to exactly these.
            StoreError: A store does not answer who the person is.
        """
        context = self._context
        kind = request.subject_request_type.value
        check_package(target, recipients, passphrase)
        with sessions(context.means):
            reach = find_person(context.means, request.subject_identities)
            check_reached(context.means, reach, accept_problems, self._kept(request))
            missed = other_spellings(context, reach)
            request = self._started(request)
            subject = reach.subject
            order = Order(
                PlanScope(subject, request.subject_identities, kind),
                request.subject_request_id,
                tuple(recipients),
                passphrase,
                notes=(
                    CANNOT_BE_TIED,
                    *reach.notes,
                    *said_of(missed),
                    *hanging(context.means, subject),
                ),
                controller=context.controller,
            )
            means, ours = with_own_events(context.means, context, subject.identities)
            try:
                package = write_package(means, order, target, ours)
            except OSError:
                raise InputError(f"the package {target.name} cannot be written") from None
        incomplete = package.manifest.incomplete or missed
        status = RequestStatus.PARTIALLY_FULFILLED if incomplete else RequestStatus.FULFILLED
        ground = Ground.FAILED.value if incomplete else None
        results = (*exported(package.manifest, context.clock()), *missed)
        return self._finish(request, status, results, ground, False, package.sha256)

    def check_export(self, identities: Sequence[Identity], accept_problems: str) -> None:
        """
        Check, before a request is filed, that an export of *identities* would be one person's.

        Raises:
            InputError: One of them names nobody.
            PlanError: A second person is reached, and nobody said yes to exactly that.
            StoreError: A store does not answer who the person is.
        """
        means = self._context.means
        check_reached(means, find_person(means, identities), accept_problems)

    def _person(self, request: SubjectRequest, plan: Plan) -> tuple[Identity, ...]:
        """Return what was given and what the plan found: the application may use another name."""
        found = self._found(plan) or self._kept(request)
        return found.identities if found else request.subject_identities

    def _found(self, plan: Plan) -> Subject | None:
        loaded = self._context.plans.load_plan(plan.plan_id)
        if not loaded or not loaded[1]:
            return None
        return msgspec.msgpack.decode(loaded[1], type=PlanScope).subject

    def _started(self, request: SubjectRequest) -> SubjectRequest:
        context = self._context
        plan_id = request.plan_id or secrets.token_hex(16)
        return context.desk.start(
            request.subject_request_id, plan_id=plan_id, now=context.clock(), actor=self._actor
        )

    def _quiet(
        self, request: SubjectRequest, events: OwnEvents, person: Sequence[Identity] = ()
    ) -> bool:
        context, wanted, now = self._context, request.subject_request_type, self._context.clock()
        if wanted not in STOPPED:
            return False
        request_id = request.subject_request_id
        raw = list(dict.fromkeys(written_out(request.subject_identities, person)))
        with counting(context.engine, context.audit, self._actor, events.traces, request_id):
            events.stop(stopped_purposes(context.settings, request), now)
            if request.closes_at is not None:
                events.end_closing()
            if wanted in SUPPRESSED and not request.purposes:
                context.suppressions.add(
                    raw, reason=wanted.value, at=now, actor=self._actor, request_id=request_id
                )
        return bool(raw)

    def _finish(
        self,
        request: SubjectRequest,
        status: RequestStatus,
        results: tuple[StepResult, ...],
        ground: str | None,
        suppressed: bool,
        package: str | None = None,
        person: Sequence[Identity] = (),
    ) -> Receipt:
        context = self._context
        done = Receipt(
            secrets.token_hex(16),
            request.subject_request_id,
            request.subject_request_type,
            request.regulation,
            request.received_at,
            request.extended_to or request.due_at,
            context.clock(),
            status,
            results,
            suppressed=suppressed,
            package_sha256=package,
            plan_id=request.plan_id or "",
        )
        receipt = continued(done, context.requests.receipt(request.subject_request_id))
        # Before the request is over: a crash in between must not leave one without a receipt.
        self._sign(receipt)
        ended = context.desk.finish(
            request.subject_request_id,
            status,
            now=context.clock(),
            actor=self._actor,
            ground=ground,
            detail={"rows": changed_rows(results), "steps": len(results), "ground": ground},
            held=held_rows(results),
        )
        if is_over(ended):
            close_request(context, request.subject_request_id, person, self._actor)
        return self._sign(receipt)


def _touched(plan: Plan, mapped: Container[str]) -> set[str]:
    rows = (step for step in plan.steps if step.rows and step.dataset in mapped)
    return {f"{step.dataset}.{step.collection}" for step in rows}


def needs_plan(wanted: RequestType) -> bool:
    """Tell whether a request changes rows, so that a plan of them has to be approved."""
    return wanted not in READING | flow.CHOICES
