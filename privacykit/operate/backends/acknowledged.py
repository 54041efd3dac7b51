"""
Acknowledgement of an erasure by its sinks, and what it makes of the request. Does I/O.

Laws of this file:

1. A sink that may have sent something of the person has acknowledged it, or the erasure is partial:
   one that cannot be asked, has not answered or has failed is no success.
2. An erasure of which nothing else is left is fulfilled by the last acknowledgement.
"""

from __future__ import annotations

from collections.abc import Iterable

from privacykit.govern.records import Identity, Propagation, RequestStatus, SubjectRequest
from privacykit.govern.requests.lifecycle import Ground
from privacykit.operate.backends.deletions import ON_HOLD, PREFIX
from privacykit.operate.context import OperatorContext
from privacykit.operate.records.erased import close_request, whose


def reached(
    status: RequestStatus, ground: str | None, told: Iterable[Propagation]
) -> tuple[RequestStatus, str | None]:
    """
    Return how an erasure ended that our own stores ended with *status*, and why.

    Args:
        status: How our own stores ended it.
        ground: Why, if not wholly.
        told: What recipients answered.
    """
    silent = [it for it in told if _is_silent(it)]
    if not silent or status is RequestStatus.UNFULFILLED:
        return status, ground
    grounds = [ground] if ground else []
    if any(it.evidence.endswith(ON_HOLD) for it in silent) and Ground.HELD.value not in grounds:
        grounds.append(Ground.HELD.value)
    grounds.append(Ground.UNACKNOWLEDGED.value)
    return RequestStatus.PARTIALLY_FULFILLED, ", ".join(grounds)


def waits_for_sinks(request: SubjectRequest) -> bool:
    """Tell whether *request* is fulfilled but for what sinks have not acknowledged."""
    partial = request.status is RequestStatus.PARTIALLY_FULFILLED
    return partial and request.justification == Ground.UNACKNOWLEDGED.value


def settled(context: OperatorContext, request_id: str, actor: str) -> tuple[Identity, ...]:
    """
    Fulfil an erasure that waited for its sinks alone, if the last of them has acknowledged.

    Args:
        context: The stores.
        request_id: The request.
        actor: Key id of the operator.

    Returns:
        Whom it erased; nobody where it was not fulfilled now.

    Raises:
        StoreError: The database failed.
    """
    filed = context.requests.load(request_id)
    if filed is None or not waits_for_sinks(filed.request):
        return ()
    if any(map(_is_silent, context.notices.propagations(request_id))):
        return ()
    person = whose(context, filed.request)
    now = context.clock()
    context.desk.finish(request_id, RequestStatus.FULFILLED, now=now, actor=actor)
    close_request(context, request_id, person, actor)
    return person


def _is_silent(told: Propagation) -> bool:
    is_sink = told.recipient.startswith(PREFIX)
    return is_sink and told.status not in {"acknowledged", "nothing_sent"}
