"""
The life of a subject request: which step may follow which, and the grounds we may give. Pure.

*Rejected* is our no, *unfulfilled* our failure (W3C DPV); the two are never mixed up. What was
only partly fulfilled, or failed, can be taken up again where more can be done: a hold may be
released, a store repaired. Where a law keeps the rest, it is over, and what finds the person goes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum

import msgspec

from privacykit.errors import InputError
from privacykit.govern.records import RequestStatus, RequestType, SubjectRequest

DAY_SECONDS = 86_400.0
_S = RequestStatus
_BEFORE_APPROVAL = frozenset({_S.ACCEPTED, _S.REJECTED, _S.CANCELLED, _S.DELAYED})

MOVES: dict[RequestStatus, frozenset[RequestStatus]] = {
    _S.INITIATED: _BEFORE_APPROVAL | {_S.ACKNOWLEDGED, _S.REQUIRES_ACTION},
    _S.ACKNOWLEDGED: _BEFORE_APPROVAL | {_S.REQUIRES_ACTION},
    _S.REQUIRES_ACTION: _BEFORE_APPROVAL | {_S.ACKNOWLEDGED},
    _S.DELAYED: _BEFORE_APPROVAL - {_S.DELAYED} | {_S.REQUIRES_ACTION},
    _S.ACCEPTED: frozenset({_S.IN_PROGRESS, _S.REJECTED, _S.CANCELLED}),
    _S.IN_PROGRESS: frozenset({_S.FULFILLED, _S.PARTIALLY_FULFILLED, _S.UNFULFILLED}),
    _S.PARTIALLY_FULFILLED: frozenset({_S.IN_PROGRESS, _S.PARTIALLY_FULFILLED, _S.FULFILLED}),
    _S.UNFULFILLED: frozenset({_S.IN_PROGRESS}),
    _S.FULFILLED: frozenset(),
    _S.REJECTED: frozenset(),
    _S.CANCELLED: frozenset(),
}
"""What may follow what. A run that changes rows is finished, not cancelled: they are gone."""

_ONLY_READ = frozenset({RequestType.ACCESS, RequestType.PORTABILITY})
"""Requests whose run changes no row: what has started can be taken back like what has not."""

OPEN = frozenset(
    {_S.INITIATED, _S.ACKNOWLEDGED, _S.REQUIRES_ACTION, _S.DELAYED, _S.ACCEPTED, _S.IN_PROGRESS}
)
"""Where the person still waits for an answer."""


ENDED = frozenset(RequestStatus) - OPEN
"""Where the person was answered, wholly or in part."""

RUNNABLE = frozenset({_S.ACCEPTED, _S.IN_PROGRESS, _S.PARTIALLY_FULFILLED, _S.UNFULFILLED})
"""What a run may take up: approved, interrupted, or not wholly done before."""

_STANDS: dict[RequestStatus, str] = {
    _S.INITIATED: "was not approved yet: prove who asks, then approve it",
    _S.ACKNOWLEDGED: "was not approved yet: prove who asks, then approve it",
    _S.REQUIRES_ACTION: "waits for a proof of who asks: it comes back with their token",
    _S.DELAYED: "was extended and not approved yet: approve or reject it",
    _S.ACCEPTED: "is approved: run it",
    _S.IN_PROGRESS: "is being carried out: run it again to go on",
    _S.PARTIALLY_FULFILLED: "is answered but for what had to stay: its receipt says what",
    _S.UNFULFILLED: "could not be carried out: mend what failed, then run it again",
    _S.FULFILLED: "is fulfilled: its receipt says what was done, nothing is left to do",
    _S.REJECTED: "was refused: what changes that is a new request",
    _S.CANCELLED: "was taken back: what changes that is a new request",
}
"""Where a request stands and what may be done, for people: ``this request …``."""

_STEPS: dict[RequestStatus, str] = {
    _S.INITIATED: "filed again",
    _S.ACKNOWLEDGED: "acknowledged",
    _S.REQUIRES_ACTION: "made to wait for a proof",
    _S.DELAYED: "extended",
    _S.ACCEPTED: "approved",
    _S.IN_PROGRESS: "run",
    _S.PARTIALLY_FULFILLED: "ended",
    _S.UNFULFILLED: "ended",
    _S.FULFILLED: "ended",
    _S.REJECTED: "refused",
    _S.CANCELLED: "cancelled",
}


NOBODY_FOUND = "this request found nobody: with another identity it is a new request"


def stands(status: RequestStatus) -> str:
    """Return where a request of *status* stands and what may be done, in words."""
    return f"this request {_STANDS[status]}"


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
    UNACKNOWLEDGED = "sinks_have_not_acknowledged"
    GIVEN_UP = "sinks_were_given_up"


STORE_FAILED = "a store failed"
CHANGED = "rows changed since the plan"
UNEXPLAINED = "values still stand in rows that nothing explains"
NO_MARK = "no_mark"

OPEN_ENDS = frozenset(
    {
        Ground.HELD.value,
        Ground.FAILED.value,
        Ground.UNACKNOWLEDGED.value,
        STORE_FAILED,
        CHANGED,
        UNEXPLAINED,
        NO_MARK,
    }
)
"""Grounds of an answer in part after which the same request can do more, when it is run again."""


def grounds_of(request: SubjectRequest) -> tuple[str, ...]:
    """Return every ground that a request's answer names."""
    return tuple(filter(None, (request.justification or "").split(", ")))


def is_held(ground: str | None) -> bool:
    """Tell whether a hold is among the grounds that *ground* names."""
    return Ground.HELD.value in (ground or "").split(", ")


def is_over(request: SubjectRequest) -> bool:
    """
    Tell whether *request* was answered and nothing of it is left to do.

    What a law keeps, what is another person's too, and what rows that stay point at, is left for
    good: no run of this request will ever do more. What finds the person is not needed for it, nor
    where it found nobody.
    """
    if request.status is _S.UNFULFILLED:
        return Ground.NO_MATCH.value in grounds_of(request)
    if request.status is _S.PARTIALLY_FULFILLED:
        return OPEN_ENDS.isdisjoint(grounds_of(request))
    return not MOVES[request.status]


DELAYS = frozenset({Ground.COMPLEXITY, Ground.HIGH_VOLUME})
"""The only grounds of an extension (GDPR Art. 12(3))."""

REFUSALS = (
    frozenset(Ground)
    - DELAYS
    - {Ground.HELD, Ground.SHARED, Ground.FAILED, Ground.UNACKNOWLEDGED, Ground.GIVEN_UP}
)
"""The grounds of a refusal; a failure of ours is none."""


def may_follow(request: SubjectRequest, status: RequestStatus) -> bool:
    """Tell whether *request* may be taken to *status* from where it stands."""
    if request.status is _S.IN_PROGRESS and status is _S.CANCELLED:
        return request.subject_request_type in _ONLY_READ
    return status in MOVES[request.status]


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
    if not may_follow(request, status):
        raise InputError(f"it cannot be {_STEPS[status]} now: {stands(request.status)}")
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


def may_run(request: SubjectRequest) -> bool:
    """Tell whether *request* may be run: approved, interrupted, or more of it can be done."""
    return request.status in RUNNABLE and not is_over(request)


def check_runnable(request: SubjectRequest) -> None:
    """
    Check that *request* may be run.

    Raises:
        InputError: It was not approved, or it is over.
    """
    if not may_run(request):
        nobody = request.status is _S.UNFULFILLED
        where = NOBODY_FOUND if nobody else stands(request.status)
        raise InputError(f"it cannot be run now: {where}")


def check_waited(request: SubjectRequest, now: float) -> None:
    """
    Check that the person of an approved erasure had the time to change their mind.

    Raises:
        InputError: They still have; until when is said.
    """
    if request.closes_at is not None and now < request.closes_at:
        until = datetime.fromtimestamp(request.closes_at, UTC)
        raise InputError(
            f"this erasure waits until {until:%Y-%m-%d %H:%M} UTC: the person may take it back"
            " until then; collection about them has stopped already; run it after that"
        )


def waited(request: SubjectRequest, now: float) -> bool:
    """Tell whether an erasure has waited for its person long enough and is to be run."""
    closes = request.closes_at
    return request.status is _S.ACCEPTED and closes is not None and closes <= now


def waiting_time(request: SubjectRequest, now: float, wanted: float) -> float | None:
    """
    Return until when an erasure approved *now* waits.

    Args:
        request: The request, with its deadline.
        now: Unix seconds.
        wanted: Until when it should wait, Unix seconds.

    Returns:
        Unix seconds, a day before the legal deadline at the latest: it has to be run in time.
        ``None`` where that leaves no time.
    """
    due = request.extended_to or request.due_at
    until = wanted if due is None else min(wanted, due - DAY_SECONDS)
    return until if until > now else None


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


def is_erased(request: SubjectRequest) -> bool:
    """
    Tell whether *request* erased all of its person that may go.

    Then the details of its audit entries go too: they say where the person was found, and the
    entries themselves say enough of what was done.
    """
    done = {RequestStatus.FULFILLED, RequestStatus.PARTIALLY_FULFILLED}
    erasure = request.subject_request_type is RequestType.ERASURE
    return erasure and request.status in done and is_over(request)
