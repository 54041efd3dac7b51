"""
File a request that an operator makes for somebody, together with the proof of who they are.

The same desk, deadline and audit log as for requests that come in by themselves.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from privacykit.errors import InputError
from privacykit.govern.erasure.planning.opened import open_plan
from privacykit.govern.planned import Plan
from privacykit.govern.records import Assurance, Identity, RequestType, SubjectRequest
from privacykit.govern.requests.identity_proof import REQUIRED, assurance, proven
from privacykit.govern.requests.ledger import NewRequest, StoredRequest
from privacykit.govern.requests.lifecycle import RUNNABLE
from privacykit.govern.requests.service import ID_BYTES
from privacykit.operate.approval import Approval
from privacykit.operate.context import OperatorContext


class RequestIntake:
    """
    Takes requests in for an operator.

    Args:
        context: The stores.
        actor: Key id of the operator.
        proof: How the person proved who they are; empty where the request is filed already.
        place: Where the person lives; where we are established if nobody said.
        purposes: For objection; none means all.

    Attributes:
        token: What takes an erasure back that was approved and waits; kept nowhere.
    """

    def __init__(
        self,
        context: OperatorContext,
        actor: str,
        *,
        proof: str,
        place: str | None,
        purposes: Sequence[str] = (),
    ) -> None:
        self._context = context
        self._actor = actor
        self._proof = proof
        self._place = place
        self._purposes = tuple(purposes)
        self.token: str | None = None

    def for_plan(self, plan: Plan) -> SubjectRequest:
        """
        Return the request that *plan* was made for, approved as far as this operator can.

        It is filed, proven and approved as far as that was not done before: somebody may have
        stopped half-way, and two may do it at once.

        Raises:
            InputError: The proof is missing or too weak, or the request is over.
            PlanError: The plan is over.
            StoreError: Somebody else is filing it at this moment.
        """
        known = self._context.requests.load(plan.subject_request_id)
        if known is None:
            given = open_plan(self._context.means, plan.plan_id).bundle.given
            random = bytes.fromhex(plan.subject_request_id) + os.urandom(ID_BYTES)
            known = self._receive(RequestType(plan.kind), given, random)
        if known.request.status in RUNNABLE:
            return known.request
        return self._approve(known.request, plan.plan_id)

    def for_export(self, kind: RequestType, identities: tuple[Identity, ...]) -> SubjectRequest:
        """
        File a request for a package.

        Raises:
            InputError: The proof is missing or too weak.
        """
        return self._approve(self._receive(kind, identities, os.urandom(2 * ID_BYTES)).request)

    def file(self, kind: RequestType, identities: tuple[Identity, ...]) -> SubjectRequest:
        """
        File a request that somebody made themselves, proven, for an operator to approve.

        Raises:
            InputError: The proof is missing or too weak.
        """
        filed = self._receive(kind, identities, os.urandom(2 * ID_BYTES)).request
        desk, now = self._context.desk, self._context.clock()
        proof = self._proven(kind)
        return desk.prove(filed.subject_request_id, proof, now=now, actor=self._actor)

    def _receive(
        self, kind: RequestType, identities: tuple[Identity, ...], random: bytes
    ) -> StoredRequest:
        context, now = self._context, self._context.clock()
        self._proven(kind)
        place = self._place or context.applicable.home
        note, _ = context.applicable.deadline(kind, place, now)
        asked = NewRequest(kind, identities, place, now, self._purposes)
        return context.desk.receive(asked, note, random=random, actor=self._actor)

    def _approve(self, request: SubjectRequest, plan_id: str | None = None) -> SubjectRequest:
        desk, now = self._context.desk, self._context.clock()
        request_id = request.subject_request_id
        if not proven(request.subject_request_type, request.assurance):
            proof = self._proven(request.subject_request_type)
            request = desk.prove(request_id, proof, now=now, actor=self._actor)
        request, self.token = Approval(self._context, self._actor).approve(request, plan_id)
        return request

    def _proven(self, kind: RequestType) -> Assurance:
        """
        Return the proof, before anything is filed that could then not be approved.

        Raises:
            InputError: It is missing or too weak.
        """
        if not self._proof:
            raise InputError("say how the person proved who they are: --proof METHOD")
        given = assurance(self._proof, at=self._context.clock(), by=self._actor)
        if not proven(kind, given):
            raise InputError(f"this request needs a proof of identity that is {REQUIRED[kind]}")
        return given
