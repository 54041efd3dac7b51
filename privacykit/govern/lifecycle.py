"""
The life of a subject request: which step may follow which, and the grounds we may give. Pure.

*Rejected* is our no, *unfulfilled* our failure (W3C DPV); the two are never mixed up. What was
only partly fulfilled, or failed, can be taken up again: a hold may be released, a store repaired.
"""

from __future__ import annotations

from enum import Enum

import msgspec

from privacykit.errors import InputError
from privacykit.govern.records import RequestStatus, SubjectRequest

_S = RequestStatus
_BEFORE_APPROVAL = frozenset({_S.ACCEPTED, _S.REJECTED, _S.CANCELLED, _S.DELAYED})

MOVES: dict[RequestStatus, frozenset[RequestStatus]] = {
    _S.INITIATED: _BEFORE_APPROVAL | {_S.ACKNOWLEDGED, _S.REQUIRES_ACTION},
    _S.ACKNOWLEDGED: _BEFORE_APPROVAL | {_S.REQUIRES_ACTION},
    _S.REQUIRES_ACTION: _BEFORE_APPROVAL | {_S.ACKNOWLEDGED},
    _S.DELAYED: _BEFORE_APPROVAL - {_S.DELAYED} | {_S.REQUIRES_ACTION},
    _S.ACCEPTED: frozenset({_S.IN_PROGRESS, _S.REJECTED, _S.CANCELLED}),
    _S.IN_PROGRESS: frozenset({_S.FULFILLED, _S.PARTIALLY_FULFILLED, _S.UNFULFILLED}),
    _S.PARTIALLY_FULFILLED: frozenset({_S.IN_PROGRESS, _S.PARTIALLY_FULFILLED}),
    _S.UNFULFILLED: frozenset({_S.IN_PROGRESS}),
    _S.FULFILLED: frozenset(),
    _S.REJECTED: frozenset(),
    _S.CANCELLED: frozenset(),
}
"""What may follow what. A run that has started is finished, not cancelled: rows are gone."""

OPEN = frozenset(
    {_S.INITIATED, _S.ACKNOWLEDGED, _S.REQUIRES_ACTION, _S.DELAYED, _S.ACCEPTED, _S.IN_PROGRESS}
)
"""Where the person still waits for an answer."""


class Ground(Enum):
    """Why a request is refused, delayed or answered in part (W3C DPV 2.3, EU-GDPR)."""

    IDENTITY_FAILURE = "JustificationA12IdentityFailure"
    IDENTITY_REQUIRED = "JustificationA12IdentityRequired"
    INFORMATION_REQUIRED = "JustificationA12InformationRequired"
    MANIFESTLY_UNFOUNDED = "JustificationA12ManifestlyUnfounded"
    MANIFESTLY_EXCESSIVE = "JustificationA12ManifestlyExcessive"
    MALICIOUS_INTENT = "JustificationA12MaliciousIntent"
    COMPLEXITY = "JustificationA12Complexity"
    HIGH_VOLUME = "JustificationA12HighVolume"
    LEGALLY_REQUIRED = "JustificationA17LegallyRequired"
    LEGAL_CLAIMS = "JustificationA17LegalClaims"
    FREEDOM_OF_EXPRESSION = "JustificationA17FreedomOfExpression"
    ARCHIVING = "JustificationA17Archiving"
    NO_MATCH = "no_match"
    NOT_COVERED = "claim_not_covered"
    OUTSIDE_JURISDICTION = "outside_jurisdiction"
    HELD = "held"
    SHARED = "shared_with_others"
    FAILED = "failed"


DELAYS = frozenset({Ground.COMPLEXITY, Ground.HIGH_VOLUME})
"""The only grounds of an extension (GDPR Art. 12(3))."""

REFUSALS = frozenset(Ground) - DELAYS - {Ground.HELD, Ground.SHARED, Ground.FAILED}
"""The grounds of a refusal; a failure of ours is none."""


def moved(
    request: SubjectRequest, status: RequestStatus, *, at: float, ground: str | None = None
) -> SubjectRequest:
    """
    Take *request* to *status*.

    Args:
        request: Where it stands now.

        status: Where it goes.

        at: Unix seconds.

        ground: Why, where a reason is due: a :class:`Ground`'s value or a citation.

    Returns:
        The request as it stands then, with the times that the step sets.

    Raises:
        InputError: The step does not follow, or lacks its ground.
    """
    if status not in MOVES[request.status]:
        raise InputError(f"a request that is {request.status.value} cannot become {status.value}")
    if status in {_S.REJECTED, _S.DELAYED, _S.UNFULFILLED, _S.PARTIALLY_FULFILLED} and not ground:
        raise InputError(f"{status.value} needs a ground")
    changes: dict[str, object] = {"status": status, "justification": ground}
    if status is _S.ACKNOWLEDGED and request.acknowledged_at is None:
        changes["acknowledged_at"] = at
    if status not in OPEN:
        changes["finished_at"] = at
    elif status is _S.IN_PROGRESS:
        changes["finished_at"] = None
    return msgspec.structs.replace(request, **changes)


def overdue(request: SubjectRequest, now: float) -> bool:
    """Tell whether the person has waited longer than the law lets them wait."""
    due = request.extended_to or request.due_at
    return request.status in OPEN and due is not None and now > due


def unacknowledged(request: SubjectRequest, now: float) -> bool:
    """Tell whether receipt should have been confirmed by *now* and was not."""
    by = request.acknowledge_by
    return (
        request.status in OPEN and by is not None and request.acknowledged_at is None and now > by
    )
