"""The states of the Data Rights Protocol 1.0, §3.02 and §3.03, and ours. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from privacykit.govern.records import RequestStatus, RequestType, SubjectRequest
from privacykit.govern.requests.identity_proof import proven
from privacykit.govern.requests.lifecycle import DELAYS, Ground
from privacykit.recipients.protocols.opendsr.states import moment

_S, _G = RequestStatus, Ground

EXERCISES: dict[str, RequestType] = {
    "access": RequestType.ACCESS,
    "access:categories": RequestType.ACCESS,
    "access:specific": RequestType.ACCESS,
    "deletion": RequestType.ERASURE,
    "sale:opt-out": RequestType.OPT_OUT_SALE_SHARING,
}
"""Actions (§3.01). ``sale:opt-in`` is a consent and no right of ours to file: it is refused."""
OPT_IN = "sale:opt-in"
REASONS: dict[str, str] = {
    _G.IDENTITY_FAILURE.value: "insuf_verification",
    _G.IDENTITY_REQUIRED.value: "insuf_verification",
    _G.INFORMATION_REQUIRED.value: "insuf_verification",
    _G.MALICIOUS_INTENT.value: "suspected_fraud",
    _G.MANIFESTLY_EXCESSIVE.value: "too_many_requests",
    _G.NO_MATCH.value: "no_match",
    _G.NOT_COVERED.value: "claim_not_covered",
    _G.LEGALLY_REQUIRED.value: "claim_not_covered",
    _G.LEGAL_CLAIMS.value: "claim_not_covered",
    _G.FREEDOM_OF_EXPRESSION.value: "claim_not_covered",
    _G.ARCHIVING.value: "claim_not_covered",
    _G.OUTSIDE_JURISDICTION.value: "outside_jurisdiction",
}
"""Our grounds of a refusal as its reasons; what is in neither is ``other``."""
_DETAILS = {
    _S.PARTIALLY_FULFILLED: "done, but for what has to be kept",
    _S.UNFULFILLED: "it could not be carried out",
    _S.DELAYED: "more time is needed than the first period gives",
}


def drp_id(request_id: str) -> str:
    """Return our id, 32 hex digits, as the UUID that the protocol asks for."""
    return str(uuid.UUID(hex=request_id))


def our_id(text: str) -> str:
    """Return the id of ours that *text*, a UUID, stands for; empty where it is none."""
    try:
        return uuid.UUID(text).hex
    except ValueError:
        return ""


def exercise_of(text: object) -> str:
    """Return the action *text* as 1.0 writes it: 0.9 had an underscore in the sale actions."""
    return text.replace("opt_", "opt-") if isinstance(text, str) else ""


def state_of(request: SubjectRequest, *, verifies: bool) -> tuple[str, str]:
    """
    Return state and reason of *request*.

    Args:
        request: The request.
        verifies: Whether there is an address at which somebody can prove who they are: without
            one the protocol has no way to ask for it.
    """
    status = request.status
    if status is _S.CANCELLED:
        return "revoked", ""
    if status in {_S.FULFILLED, _S.PARTIALLY_FULFILLED}:
        return "fulfilled", ""
    if status in {_S.REJECTED, _S.UNFULFILLED}:
        return "denied", REASONS.get(request.justification or "", "other")
    waits = status in {_S.INITIATED, _S.ACKNOWLEDGED, _S.REQUIRES_ACTION}
    if waits and verifies and not proven(request.subject_request_type, request.assurance):
        return "in_progress", "need_user_verification"
    return ("open" if status in {_S.INITIATED, _S.ACKNOWLEDGED} else "in_progress"), ""


def status_object(
    request: SubjectRequest, details: Mapping[str, Any], verification_url: str
) -> dict[str, Any]:
    """
    Return the status of *request* (§3.03).

    Args:
        request: The request.
        details: What is kept of how it arrived.
        verification_url: Where somebody can prove who they are; empty for nowhere.
    """
    state, reason = state_of(request, verifies=bool(verification_url))
    id_ = drp_id(request.subject_request_id)
    said: dict[str, Any] = {
        "request_id": id_,
        "status": state,
        "reason": reason or None,
        "received_at": moment(request.received_at),
        "expected_by": moment(request.extended_to or request.due_at),
        "agent_request_id": details.get("agent_request_id") or None,
        "processing_details": _details(request),
    }
    if reason == "need_user_verification":
        said["user_verification_url"] = f"{verification_url}/{id_}"
    return {name: value for name, value in said.items() if value is not None}


def _details(request: SubjectRequest) -> str | None:
    known = _DETAILS.get(request.status)
    if known is None and request.extended_to is not None:
        known = _DETAILS[_S.DELAYED]
    grounds = {it.value for it in DELAYS}
    if known and request.extended_to is not None and request.justification in grounds:
        return f"{known}: {request.justification}"
    return known
