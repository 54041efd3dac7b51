"""
States of OpenDSR 2.0 and ours; times and ids as it writes them. Pure.

It has no word for *rejected* or *failed*: both are ``completed`` with no results, and an extension
of ours says which (``facts``: opengdpr has no state for it).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Literal

from privacykit.govern.records import RequestStatus, RequestType, SubjectRequest

OpenDsrState = Literal["pending", "in_progress", "completed", "cancelled"]
_S = RequestStatus

STATES: dict[RequestStatus, OpenDsrState] = {
    _S.INITIATED: "pending",
    _S.ACKNOWLEDGED: "pending",
    _S.REQUIRES_ACTION: "pending",
    _S.DELAYED: "in_progress",
    _S.ACCEPTED: "in_progress",
    _S.IN_PROGRESS: "in_progress",
    _S.FULFILLED: "completed",
    _S.PARTIALLY_FULFILLED: "completed",
    _S.UNFULFILLED: "completed",
    _S.REJECTED: "completed",
    _S.CANCELLED: "cancelled",
}
TYPES: dict[str, RequestType] = {
    "access": RequestType.ACCESS,
    "portability": RequestType.PORTABILITY,
    "erasure": RequestType.ERASURE,
}
"""What may be asked (§5.2); nothing else has a name there."""
FORMATS = ("raw", "sha1", "md5", "sha256")
"""Identity formats (§5.3)."""
NOT_DONE = frozenset({_S.REJECTED, _S.UNFULFILLED})
_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def is_request_id(text: object) -> bool:
    """Tell whether *text* is a UUID of version 4 in lower case (§1.1)."""
    return isinstance(text, str) and bool(_UUID4.fullmatch(text))


def moment(at: float | None) -> str | None:
    """Write Unix seconds as RFC 3339, UTC."""
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(text: object) -> float | None:
    """Read an RFC 3339 time; ``None`` where it is none, or has no zone."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.timestamp() if found.tzinfo else None


def status_document(
    request: SubjectRequest, number: str, controller: str, domain: str
) -> dict[str, Any]:
    """
    Return how *request* stands (§7.3).

    Args:
        request: The request.
        number: The controller's id of it.
        controller: The controller's id.
        domain: Ours, under which the extension stands.
    """
    document: dict[str, Any] = {
        "controller_id": controller,
        "expected_completion_time": moment(request.extended_to or request.due_at),
        "subject_request_id": number,
        "request_status": STATES[request.status],
    }
    if request.status in NOT_DONE:
        said = {"outcome": request.status.value, "ground": request.justification or ""}
        return document | {"results_count": 0, "extensions": {domain: said}}
    return document
