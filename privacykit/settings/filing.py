"""
File a request that an operator makes for somebody, together with the proof of who they are.

The same desk, deadline and audit log as for requests that come in by themselves.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from privacykit.errors import InputError
from privacykit.govern.execution import open_plan
from privacykit.govern.filed import Asked
from privacykit.govern.identity_proof import assurance
from privacykit.govern.records import Identity, Plan, RequestType, SubjectRequest
from privacykit.settings.office import Office

ID_BYTES = 16


class Filing:
    """
    Takes requests in for an operator.

    Args:
        office: The stores.
        actor: Key id of the operator.
        proof: How the person proved who they are; empty where the request is filed already.
        place: Where the person lives.
        purposes: For objection; none means all.
    """

    def __init__(
        self,
        office: Office,
        actor: str,
        *,
        proof: str,
        place: str,
        purposes: Sequence[str] = (),
    ) -> None:
        self._office = office
        self._actor = actor
        self._proof = proof
        self._place = place
        self._purposes = tuple(purposes)

    def for_plan(self, plan: Plan) -> SubjectRequest:
        """
        Return the approved request that *plan* was made for, filed now if it was not before.

        Raises:
            InputError: The proof is missing, or too weak for this type of request.
            PlanError: The plan is over.
        """
        known = self._office.requests.load(plan.subject_request_id)
        if known is not None:
            return known.request
        given = open_plan(self._office.means, plan.plan_id).bundle.given
        random = bytes.fromhex(plan.subject_request_id) + os.urandom(ID_BYTES)
        return self._file(RequestType(plan.kind), given, random, plan.plan_id)

    def for_export(self, kind: RequestType, identities: tuple[Identity, ...]) -> SubjectRequest:
        """
        File a request for a package.

        Raises:
            InputError: The proof is missing or too weak.
        """
        return self._file(kind, identities, os.urandom(2 * ID_BYTES))

    def _file(
        self,
        kind: RequestType,
        identities: tuple[Identity, ...],
        random: bytes,
        plan_id: str | None = None,
    ) -> SubjectRequest:
        """
        Receive, prove and approve.

        Raises:
            InputError: The proof is missing or too weak.
        """
        if not self._proof:
            raise InputError("say how the person proved who they are: --proof")
        office, now = self._office, self._office.clock()
        note, _ = office.deadline(kind, self._place, now)
        asked = Asked(kind, identities, self._place, now, self._purposes)
        filed = office.desk.receive(asked, note, random=random, actor=self._actor)
        request_id = filed.request.subject_request_id
        proof = assurance(self._proof, at=now, by=self._actor)
        office.desk.prove(request_id, proof, now=now, actor=self._actor)
        return office.desk.approve(request_id, now=now, actor=self._actor, plan_id=plan_id)
