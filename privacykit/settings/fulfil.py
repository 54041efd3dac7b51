"""
Carry a request out, in an order that no crash can turn against the person.

.. code-block:: text

    start     the ledger says that it runs
    quiet     suppression and stop orders: nothing new is collected, nothing pending leaves
    tell      errands to recipients are written down
    execute   the approved plan (or the choice itself, which touches no rows)
    verify    the outcome, measured
    finish    the ledger says how it ended; recipients are told; the receipt is signed

Every step may be done again: a crash anywhere is mended by running the request again.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from privacykit.connectors.package import Order, write_package
from privacykit.connectors.package.manifest import Manifest
from privacykit.connectors.webhook import Webhooks
from privacykit.errors import InputError
from privacykit.govern import flow, planning
from privacykit.govern.connector import Subject
from privacykit.govern.lifecycle import Ground
from privacykit.govern.means import sessions
from privacykit.govern.planning import READING, Bundle
from privacykit.govern.propagation import Answer, Errand, message, signatures, tried
from privacykit.govern.receipt import signed
from privacykit.govern.records import (
    Action,
    Identity,
    Plan,
    Receipt,
    RequestStatus,
    RequestType,
    StepResult,
    SubjectRequest,
)
from privacykit.settings.datasets import revealed
from privacykit.settings.office import Office
from privacykit.settings.own_events import OwnEvents
from privacykit.settings.own_export import with_own_events
from privacykit.settings.own_map import CANNOT_BE_TIED

SUPPRESSED = frozenset({RequestType.ERASURE, RequestType.OBJECTION})
"""Requests after which the person is not to be collected again."""

STOPPED = SUPPRESSED | flow.CHOICES
"""Requests after which nothing that is pending for the person may leave."""

_SALE = frozenset({"sale", "targeted_ads"})
_SENSITIVE = frozenset({"sensitive_data", "sensitive_sale", "profiling_significant"})


class Fulfilment:
    """
    Carries requests out.

    Args:
        office: The stores.
        actor: Key id of the operator.
        hooks: What sends to recipients; a new one by default.
    """

    def __init__(self, office: Office, actor: str, hooks: Webhooks | None = None) -> None:
        self._office = office
        self._actor = actor
        self._hooks = hooks

    def plan(
        self, request: SubjectRequest, changes: Mapping[str, Mapping[str, Any]] | None = None
    ) -> Plan:
        """
        Find everything the request concerns and say what will be done.

        Args:
            request: Approved, with its identities.

            changes: For rectification: ``dataset.collection`` to field to new value.

        Raises:
            InputError: A rectification says nothing new.
            PlanError: Nobody is named, or the request touches no rows.
            StoreError: A store does not answer.
        """
        wanted = request.subject_request_type
        if wanted is RequestType.RECTIFICATION and not changes:
            raise InputError("say what is right: --set dataset.collection.field=value")
        means, request_id = self._office.means, request.subject_request_id
        plan_id = secrets.token_hex(16)
        kept = self._office.requests.subject(request_id)
        if kept is not None:
            bundle = self._again(request, msgspec.msgpack.decode(kept, type=Subject))
            return planning.draft_plan(means, bundle, plan_id=plan_id, request_id=request_id)
        return flow.plan_request(
            means,
            wanted,
            request.subject_identities,
            plan_id=plan_id,
            request_id=request_id,
            changes=changes,
        )

    def carry_out(self, request: SubjectRequest, plan: Plan, *, knowingly: bool) -> Receipt:
        """
        Approve *plan* if nobody did, and execute it, or go on with what a crash interrupted.

        Raises:
            PlanError: It may not start (any more).
            StoreError: A store of ours failed; run the request again.
        """
        office, means = self._office, self._office.means
        if plan.approved_by is None:
            plan = flow.approve(
                means, plan.plan_id, plan.targets_digest, self._actor, knowingly=knowingly
            )
        request = office.desk.start(
            request.subject_request_id,
            plan_id=plan.plan_id,
            now=office.clock(),
            actor=self._actor,
        )
        events = OwnEvents(office, self._person(request, plan))
        suppressed = self._quiet(request, events)
        self._write_errands(request, _touched(plan))
        self._keep_subject(request, plan)
        results = flow.execute(means, plan.plan_id, plan.targets_digest)
        if request.subject_request_type is RequestType.ERASURE:
            ours = events.forget()
            outcome = flow.verify(means, plan.plan_id)
            outcome = replace(outcome, results=(*outcome.results, *ours))
        else:
            # What stays is not looked for: only after an erasure is it wrong that it stands there.
            outcome = flow.conclude(means, plan, results)
            means.plans.forget(plan.plan_id)
        return self._finish(
            request, outcome.status, outcome.results, outcome.justification, suppressed
        )

    def choose(self, request: SubjectRequest) -> Receipt:
        """
        Honour a choice about the future: opt-out, limit, withdrawal. No row is touched.

        Raises:
            StoreError: A store of ours failed; run the request again.
        """
        request = self._started(request)
        stopped = self._quiet(request, OwnEvents(self._office, request.subject_identities))
        # Only then the stores: what the application calls the person may stand in one of them.
        person = planning.find_person(self._office.means, request.subject_identities)
        self._quiet(request, OwnEvents(self._office, person.identities))
        self._write_errands(request, self._office.datamap.recipients)
        status = RequestStatus.FULFILLED if stopped else RequestStatus.UNFULFILLED
        return self._finish(request, status, (), None if stopped else "no_match", stopped)

    def export(
        self,
        request: SubjectRequest,
        target: Path,
        *,
        recipients: Sequence[str] = (),
        passphrase: str | None = None,
    ) -> Receipt:
        """
        Write the person's package to *target*.

        Raises:
            InputError: A recipient's key or the passphrase cannot be used, or the file written.
            StoreError: A store does not answer who the person is.
        """
        office = self._office
        request = self._started(request)
        kind = request.subject_request_type.value
        with sessions(office.means):
            subject = planning.find_person(office.means, request.subject_identities)
            order = Order(
                Bundle(subject, request.subject_identities, kind),
                request.subject_request_id,
                tuple(recipients),
                passphrase,
                notes=(CANNOT_BE_TIED,),
            )
            means = with_own_events(office.means, office, subject.identities)
            try:
                package = write_package(means, order, target)
            except OSError:
                raise InputError(f"the package {target.name} cannot be written") from None
        incomplete = package.manifest.incomplete
        status = RequestStatus.PARTIALLY_FULFILLED if incomplete else RequestStatus.FULFILLED
        ground = Ground.FAILED.value if incomplete else None
        results = tuple(_exported(package.manifest, office.clock()))
        return self._finish(request, status, results, ground, False, package.sha256)

    def send_due(self) -> tuple[Errand, ...]:
        """
        Try the errands that are due, and renew the receipts of those that were answered.

        Returns:
            The errands tried, as they stand now.
        """
        office = self._office
        done: list[Errand] = []
        while batch := office.errands.take(office.clock()):
            for errand in batch:
                after = tried(errand, self._send(errand), office.clock())
                office.errands.note(after, actor=self._actor)
                done.append(after)
        for request_id in {e.request_id for e in done if e.status != "pending"}:
            self.renew_receipt(request_id)
        return tuple(done)

    def answered(self, request_id: str, recipient: str, reference: str) -> Errand:
        """
        Note by hand that *recipient* acknowledged.

        Raises:
            InputError: There is no such errand, or it was answered before.
        """
        found = [e for e in self._office.errands.of(request_id) if e.recipient == recipient]
        if not found or found[0].status in {"acknowledged", "refused"}:
            raise InputError("nothing is open with this recipient for this request")
        after = tried(found[0], Answer("acknowledged", reference), self._office.clock())
        self._office.errands.note(after, actor=self._actor)
        self.renew_receipt(request_id)
        return after

    def renew_receipt(self, request_id: str) -> None:
        """Sign the receipt again with what recipients answered since."""
        document = self._office.requests.receipt(request_id)
        if document is None:
            return
        receipt = msgspec.json.decode(document, type=Receipt)
        told = self._office.errands.propagations(request_id)
        self._sign(msgspec.structs.replace(receipt, propagations=told))

    def _person(self, request: SubjectRequest, plan: Plan) -> tuple[Identity, ...]:
        """Return what was given and what the plan found: the application may use another name."""
        found = self._found(plan)
        return found.identities if found else request.subject_identities

    def _keep_subject(self, request: SubjectRequest, plan: Plan) -> None:
        """Keep what the plan found: rows that must wait are not found by what is erased now."""
        subject = self._found(plan)
        if subject is not None:
            body = msgspec.msgpack.encode(subject)
            self._office.requests.save_subject(request.subject_request_id, body)

    def _found(self, plan: Plan) -> Subject | None:
        loaded = self._office.plans.load_plan(plan.plan_id)
        if not loaded or not loaded[1]:
            return None
        subject = msgspec.msgpack.decode(loaded[1], type=Bundle).selection
        return subject if isinstance(subject, Subject) else None

    def _again(self, request: SubjectRequest, kept: Subject) -> Bundle:
        """Return the person as found now and as found when the request was run before."""
        found = planning.find_person(self._office.means, request.subject_identities)
        identities = dict.fromkeys((*found.identities, *kept.identities))
        roots = {
            name: tuple(dict.fromkeys((*found.roots.get(name, ()), *kept.roots.get(name, ()))))
            for name in found.roots.keys() | kept.roots.keys()
        }
        subject = Subject(tuple(identities), roots)
        kind = request.subject_request_type.value
        return Bundle(subject, request.subject_identities, kind)

    def _started(self, request: SubjectRequest) -> SubjectRequest:
        office = self._office
        plan_id = request.plan_id or secrets.token_hex(16)
        return office.desk.start(
            request.subject_request_id, plan_id=plan_id, now=office.clock(), actor=self._actor
        )

    def _quiet(self, request: SubjectRequest, events: OwnEvents) -> bool:
        office, wanted = self._office, request.subject_request_type
        if wanted not in STOPPED:
            return False
        now = office.clock()
        events.stop(self._purposes(request), now)
        raw = [known for known in request.subject_identities if known.format == "raw"]
        if wanted in SUPPRESSED and not request.purposes:
            office.suppressions.add(
                raw,
                reason=wanted.value,
                at=now,
                actor=self._actor,
                request_id=request.subject_request_id,
            )
        return bool(raw)

    def _purposes(self, request: SubjectRequest) -> tuple[str, ...]:
        """The purposes stopped: those named, those of a sale, … ; none is all."""
        if request.purposes or request.subject_request_type not in flow.CHOICES:
            return request.purposes
        uses = {
            RequestType.OPT_OUT_SALE_SHARING: _SALE,
            RequestType.LIMIT_SENSITIVE: _SENSITIVE,
        }.get(request.subject_request_type)
        if uses is None:
            return ()
        known = self._office.settings.purposes.items()
        return tuple(name for name, purpose in known if uses & set(purpose.uses)) or ("sale",)

    def _write_errands(self, request: SubjectRequest, touched: Iterable[str]) -> None:
        datamap = self._office.datamap
        names: set[str] = set()
        for place in touched:
            dataset, dot, collection = place.partition(".")
            if dot:
                names |= set(datamap.recipients_of(dataset, collection))
            else:
                names.add(place)
        now = self._office.clock()
        at = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
        body = message(request, at)
        self._office.errands.add(
            [
                Errand(
                    secrets.token_hex(16),
                    request.subject_request_id,
                    name,
                    body,
                    "pending",
                    0,
                    now if datamap.recipients[name].url else None,
                    now,
                )
                for name in sorted(names)
            ]
        )

    def _send(self, errand: Errand) -> Answer:
        office = self._office
        recipient = office.datamap.recipients.get(errand.recipient)
        url = revealed(recipient.url) if recipient else None
        if not url:
            return Answer("failed", "no url in the data map")
        at = int(office.clock())
        headers = signatures(errand.errand_id, at, errand.body, key=office.signer)
        if self._hooks is None:
            self._hooks = Webhooks()
        return self._hooks.send(url, headers, errand.body)

    def _finish(
        self,
        request: SubjectRequest,
        status: RequestStatus,
        results: tuple[StepResult, ...],
        ground: str | None,
        suppressed: bool,
        package: str | None = None,
    ) -> Receipt:
        office = self._office
        changed = sum(result.rows_changed for result in results)
        receipt = Receipt(
            secrets.token_hex(16),
            request.subject_request_id,
            request.subject_request_type,
            request.regulation,
            request.received_at,
            request.extended_to or request.due_at,
            office.clock(),
            status,
            results,
            suppressed=suppressed,
            package_sha256=package,
        )
        # Before the request is over: a crash in between must not leave one without a receipt.
        self._sign(receipt)
        office.desk.finish(
            request.subject_request_id,
            status,
            now=office.clock(),
            actor=self._actor,
            ground=ground,
            detail={"rows": changed, "steps": len(results), "ground": ground},
        )
        if status is RequestStatus.FULFILLED:
            office.desk.close(request.subject_request_id, actor=self._actor)
        return self._sign(receipt)

    def _sign(self, receipt: Receipt) -> Receipt:
        office = self._office
        told = office.errands.propagations(receipt.subject_request_id)
        whole = msgspec.structs.replace(receipt, propagations=told, checkpoint=office.seal())
        office.requests.save_receipt(receipt.subject_request_id, signed(whole, office.signer))
        return whole


def _touched(plan: Plan) -> set[str]:
    return {f"{step.dataset}.{step.collection}" for step in plan.steps if step.rows}


def _exported(manifest: Manifest, now: float) -> Iterable[StepResult]:
    for part in manifest.parts:
        yield StepResult(
            part.dataset,
            part.collection,
            Action.EXPORT,
            part.rows,
            part.rows,
            started_at=now,
            finished_at=now,
        )


def needs_plan(wanted: RequestType) -> bool:
    """Tell whether a request changes rows, so that a plan of them has to be approved."""
    return wanted not in READING | flow.CHOICES
