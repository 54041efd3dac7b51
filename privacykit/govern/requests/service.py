"""
The request service: subject requests are taken in, proven, decided and closed. Pure.

Every change of a request and its audit entry are one transaction of the ledger: nothing is
decided without a trace, and no trace stands for what was not decided. Clock and randomness are
arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec

from privacykit.errors import InputError
from privacykit.govern.identity.equality import found_as
from privacykit.govern.identity.usable import check_given
from privacykit.govern.records import Assurance, RequestStatus, SubjectRequest
from privacykit.govern.requests.deadlines import DeadlineNote, extension_refused
from privacykit.govern.requests.identity_proof import (
    METHODS,
    REQUIRED,
    TOKEN_SECONDS,
    Confirmation,
    assurance,
    cancel_hash,
    proven,
    strongest,
    token,
    token_hash,
)
from privacykit.govern.requests.ledger import AuditAction, NewRequest, RequestLedger, StoredRequest
from privacykit.govern.requests.lifecycle import (
    DELAYS,
    ENDED,
    OPEN,
    REFUSALS,
    Ground,
    check_waited,
    is_held,
    is_over,
    moved,
    stands,
)

REFUSED_SECONDS = 180 * 86_400
"""How long a refused person can still be found: for a complaint or an appeal."""

ID_BYTES = 16
_S = RequestStatus
SameOperator = Callable[[str], Collection[str]]


class RequestService:
    """
    The steps of a request up to its run, and its end.

    Args:
        ledger: What keeps requests.
        approvals: How many operators must say yes to a request.
        same: Returns every id of the operator whom one names; they have one for each audit key.
    """

    def __init__(
        self, ledger: RequestLedger, approvals: int = 1, same: SameOperator = lambda id_: {id_}
    ) -> None:
        self._ledger = ledger
        self._approvals = approvals
        self._same = same

    def receive(
        self, asked: NewRequest, deadline: DeadlineNote, *, random: bytes, actor: str
    ) -> StoredRequest:
        """
        Take a request in.

        Args:
            asked: What is asked, by whom, when.
            deadline: Computed from every policy that applies to the person.
            random: 32 random bytes: the request's id and the person's reference.
            actor: Who files it.

        Raises:
            InputError: Nothing that could find a person, or a value that names nobody.
            StoreError: It is not kept.
        """
        check_given(asked.identities)
        request = SubjectRequest(
            random[:ID_BYTES].hex(),
            asked.wanted,
            asked.identities,
            deadline.policy,
            _S.INITIATED,
            asked.place,
            asked.received_at,
            random[ID_BYTES:].hex(),
            clock_started_at=asked.received_at,
            acknowledge_by=deadline.acknowledge_by,
            due_at=deadline.due_at,
            purposes=asked.purposes,
        )
        filed = StoredRequest(request, deadline)
        detail = {
            "type": asked.wanted.value,
            "place": asked.place,
            "policies": list(deadline.considered),
        }
        self._ledger.file(filed, AuditAction(actor, "request.received", detail))
        return filed

    def found(self, request_id: str) -> StoredRequest:
        """
        Return a request.

        Raises:
            InputError: There is none of this id.
        """
        filed = self._ledger.load(request_id)
        if filed is None:
            raise InputError("there is no such request")
        return filed

    def twins(self, filed: StoredRequest) -> tuple[str, ...]:
        """Return the ids of other open requests of the same type for the same person."""
        mine = found_as(filed.request.subject_identities)
        return tuple(
            other.request.subject_request_id
            for other in self._ledger.filed(OPEN)
            if other.request.subject_request_id != filed.request.subject_request_id
            and other.request.subject_request_type is filed.request.subject_request_type
            and mine & found_as(other.request.subject_identities)
        )

    def acknowledge(self, request_id: str, *, now: float, actor: str) -> SubjectRequest:
        """
        Note that the person was told we got the request.

        Raises:
            InputError: There is no such request, or it is past that.
        """
        return self._step(
            request_id, _S.ACKNOWLEDGED, now, AuditAction(actor, "request.acknowledged")
        )

    def ask_proof(
        self, request_id: str, method: str, *, now: float, random: bytes, actor: str
    ) -> str:
        """
        Make a token whose use proves *method*; send it to the person and nowhere else.

        Args:
            request_id: The request.
            method: What redeeming it proves: ``email_link``, ``phone_code``, ….
            now: Unix seconds; the token lives for :data:`TOKEN_SECONDS`.
            random: 32 random bytes.
            actor: Who asks.

        Returns:
            The token. Only its hash is kept.

        Raises:
            InputError: No such request or method, or the request is decided already.
        """
        if METHODS.get(method, "none") == "none":
            raise InputError("not a way to prove who one is")
        request = self._open(request_id).request
        text = token(random)
        until = now + TOKEN_SECONDS
        self._ledger.offer(Confirmation(token_hash(text), request_id, method, until))
        if request.status is not _S.REQUIRES_ACTION:
            self._step(
                request_id,
                _S.REQUIRES_ACTION,
                now,
                AuditAction(actor, "request.proof_asked", {"method": method}),
                ground=Ground.IDENTITY_REQUIRED.value,
            )
        return text

    def confirm(self, text: str, *, now: float) -> SubjectRequest:
        """
        Redeem a token, which is used up once the proof is noted.

        Raises:
            InputError: It is unknown, used or too old; which of them is not told.
        """
        found = self._ledger.offered(token_hash(text), now)
        if found is None:
            raise InputError("this confirmation is not valid (any more)")
        proof = assurance(found.method, at=now, by="self")
        after = self.prove(found.request_id, proof, now=now, actor="system")
        self._ledger.redeem(found.token_hash, now)
        return after

    def prove(self, request_id: str, proof: Assurance, *, now: float, actor: str) -> SubjectRequest:
        """
        Record a proof of identity; a weaker one never replaces a stronger one.

        Raises:
            InputError: There is no such request, or it is decided already.
        """
        before = self._open(request_id).request
        best = strongest((before.assurance, proof))
        after = msgspec.structs.replace(before, assurance=best)
        if before.status is _S.REQUIRES_ACTION and proven(before.subject_request_type, best):
            after = moved(after, _S.ACKNOWLEDGED, at=now)
        detail = {"method": proof.method, "level": proof.level}
        self._ledger.replace(before, after, AuditAction(actor, "request.proven", detail))
        return after

    def approve(
        self,
        request_id: str,
        *,
        now: float,
        actor: str,
        plan_id: str | None = None,
        closes_at: float | None = None,
    ) -> SubjectRequest:
        """
        Say yes; when as many operators said so as must, what was planned may be run.

        Args:
            request_id: The request.
            now: Unix seconds.
            actor: Who says yes.
            plan_id: The plan it was made for, if there is one.
            closes_at: Until when an erasure waits, so that the person may change their mind.

        Raises:
            InputError: There is no such request, it is past that, *actor* said yes before, or the
                person is not proven to be who they say as far as this type of request needs.
        """
        before = self._open(request_id).request
        if not proven(before.subject_request_type, before.assurance):
            level = REQUIRED[before.subject_request_type]
            raise InputError(f"this request needs a proof of identity that is {level}")
        after = moved(before, _S.ACCEPTED, at=now)
        if not set(self._same(actor)).isdisjoint(before.approved_by):
            raise InputError("you said yes already; another operator has to, too")
        said = (*before.approved_by, actor)
        if len(said) < self._approvals:
            after = msgspec.structs.replace(before, approved_by=said)
        else:
            after = msgspec.structs.replace(
                after, plan_id=plan_id, approved_by=said, closes_at=closes_at
            )
        detail = {"approvals": len(said), "needed": self._approvals}
        self._ledger.replace(before, after, AuditAction(actor, "request.approved", detail))
        return after

    def offer_cancelling(self, request: SubjectRequest, random: bytes) -> str:
        """
        Make a token that takes an erasure back while it waits; for the person only.

        Args:
            request: Approved and waiting.
            random: 32 random bytes.

        Returns:
            The token. Only its hash is kept.
        """
        text = token(random)
        until = request.closes_at or 0.0
        id_ = request.subject_request_id
        self._ledger.offer(Confirmation(cancel_hash(text), id_, "cancel", until))
        return text

    def cancelled_by(self, text: str, *, now: float) -> str:
        """
        Return the request that a token takes back; :meth:`close` uses it up.

        Raises:
            InputError: It is unknown, used or too old; which of them is not told.
        """
        found = self._ledger.offered(cancel_hash(text), now)
        if found is None:
            raise InputError("this token takes nothing back (any more)")
        return found.request_id

    def reject(self, request_id: str, ground: str, *, now: float, actor: str) -> SubjectRequest:
        """
        Say no, and why (GDPR Art. 12(4)).

        Raises:
            InputError: There is no such request, it is past that, or *ground* is no ground of a
                refusal; what we fail to do is not refused.
        """
        if ground not in {known.value for known in REFUSALS}:
            raise InputError("not a ground of a refusal")
        deed = AuditAction(actor, "request.rejected", {"ground": ground})
        return self._step(request_id, _S.REJECTED, now, deed, ground=ground)

    def cancel(self, request_id: str, *, now: float, actor: str) -> SubjectRequest:
        """
        Note that the person took the request back.

        Raises:
            InputError: There is no such request, or it has been started.
        """
        return self._step(request_id, _S.CANCELLED, now, AuditAction(actor, "request.cancelled"))

    def extend(
        self, request_id: str, ground: str, *, told: bool, now: float, actor: str
    ) -> SubjectRequest:
        """
        Take the time that every applicable law gives beyond the first period.

        Args:
            request_id: The request.
            ground: A ground of a delay.
            told: Whether the person has been told, with the reasons.
            now: Unix seconds.
            actor: Who extends.

        Raises:
            InputError: No such request, not a ground of a delay, or a law does not allow it (now):
                ``first_period_over``, ``not_extendable``, ``not_told``.
        """
        if ground not in {known.value for known in DELAYS}:
            raise InputError("not a ground of a delay")
        filed = self._open(request_id)
        if refused := extension_refused(filed.deadline, now=now, told=told):
            raise InputError(f"the deadline cannot be extended: {refused}")
        before = filed.request
        after = msgspec.structs.replace(before, extended_to=filed.deadline.extendable_to)
        if before.status not in {_S.ACCEPTED, _S.IN_PROGRESS, _S.DELAYED}:
            after = moved(after, _S.DELAYED, at=now, ground=ground)
        self._ledger.replace(
            before, after, AuditAction(actor, "request.extended", {"ground": ground})
        )
        return after

    def start(self, request_id: str, *, plan_id: str, now: float, actor: str) -> SubjectRequest:
        """
        Note that the plan is being executed; starting again after a crash changes nothing.

        Raises:
            InputError: There is no such request, it was not approved, or it waits.
        """
        before = self.found(request_id).request
        check_waited(before, now)
        if before.status is _S.IN_PROGRESS and before.plan_id == plan_id:
            return before
        after = msgspec.structs.replace(before, plan_id=plan_id)
        if before.status is not _S.IN_PROGRESS:
            after = moved(after, _S.IN_PROGRESS, at=now)
        self._ledger.replace(before, after, AuditAction(actor, "request.started"))
        return after

    def finish(
        self,
        request_id: str,
        status: RequestStatus,
        *,
        now: float,
        actor: str,
        ground: str | None = None,
        detail: Mapping[str, Any] | None = None,
        held: Mapping[str, int] | None = None,
    ) -> SubjectRequest:
        """
        Note how the run ended, and what rows holds kept by place (*held*), in one transaction.

        What finds the person stays while something is left to do.

        Raises:
            InputError: There is no such request, it was not running, or a ground is missing.
        """
        refused = [AuditAction(actor, "hold.refused", {"rows": held})] if held else []
        deed = AuditAction(actor, f"request.{status.value}", detail)
        return self._step(request_id, status, now, *refused, deed, ground=ground)

    def requeue(self, *, now: float, actor: str) -> tuple[str, ...]:
        """
        Take up again what a hold had kept back; called when a hold was released.

        Returns:
            The ids of the requests that have to be run again.
        """
        again = []
        for filed in self._ledger.filed((_S.PARTIALLY_FULFILLED,)):
            before = filed.request
            if is_held(before.justification):
                after = msgspec.structs.replace(moved(before, _S.IN_PROGRESS, at=now), plan_id=None)
                self._ledger.replace(before, after, AuditAction(actor, "request.requeued"))
                again.append(before.subject_request_id)
        return tuple(again)

    def close(self, request_id: str, *, actor: str) -> None:
        """
        Erase what finds the person of a request that is over for good.

        Raises:
            InputError: There is no such request, or something is left to do.
        """
        request = self.found(request_id).request
        if not is_over(request):
            raise InputError(stands(request.status))
        self._ledger.forget_identities(request_id, AuditAction(actor, "request.forgotten"))

    def sweep(self, *, now: float, actor: str) -> int:
        """
        Erase what finds people of requests that are over: what a crash left, and old refusals.

        Returns:
            How many requests were swept.
        """
        swept = 0
        for request in (filed.request for filed in self._ledger.lingering(ENDED)):
            until = (request.finished_at or now) + REFUSED_SECONDS
            if is_over(request) and (request.status is not _S.REJECTED or until <= now):
                self.close(request.subject_request_id, actor=actor)
                swept += 1
        return swept

    def _step(
        self,
        request_id: str,
        status: RequestStatus,
        now: float,
        *deeds: AuditAction,
        ground: str | None = None,
    ) -> SubjectRequest:
        before = self.found(request_id).request
        after = moved(before, status, at=now, ground=ground)
        self._ledger.replace(before, after, *deeds)
        return after

    def _open(self, request_id: str) -> StoredRequest:
        filed = self.found(request_id)
        if filed.request.status not in OPEN:
            raise InputError(stands(filed.request.status))
        return filed
