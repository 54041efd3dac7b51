"""
Acknowledgement of an erasure by its sinks, and what it makes of the request. Does I/O.

Laws of this file:

1. A sink that may have sent something of the person has acknowledged it, or the erasure is partial:
   one that cannot be asked, has not answered or has failed is no success.
2. The last acknowledgement ends an erasure that waited for it: fulfilled, or but for what stays.
   So does the last sink that an operator gives up, which is no acknowledgement.
"""

from __future__ import annotations

from collections.abc import Iterable

from privacykit.govern.records import Identity, Propagation, RequestStatus, SubjectRequest
from privacykit.govern.requests.lifecycle import OPEN_ENDS, Ground, grounds_of
from privacykit.govern.requests.notify import RecipientNotice
from privacykit.operate.backends.deletions import ON_HOLD, PREFIX
from privacykit.operate.context import OperatorContext
from privacykit.operate.records.erased import close_request, whose

_UNACKNOWLEDGED = Ground.UNACKNOWLEDGED.value


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
    grounds.append(_UNACKNOWLEDGED)
    return RequestStatus.PARTIALLY_FULFILLED, ", ".join(grounds)


def waits_for_sinks(request: SubjectRequest) -> bool:
    """Tell whether what sinks have not acknowledged is all that is left to do of *request*."""
    partial = request.status is RequestStatus.PARTIALLY_FULFILLED
    return partial and OPEN_ENDS.intersection(grounds_of(request)) == {_UNACKNOWLEDGED}


def settled(context: OperatorContext, request_id: str, actor: str) -> tuple[Identity, ...]:
    """
    End an erasure that waited for its sinks alone, if the last of them has acknowledged.

    Args:
        context: The stores.
        request_id: The request.
        actor: Key id of the operator.

    Returns:
        Whom it erased; nobody where it was not ended now.

    Raises:
        StoreError: The database failed.
    """
    filed = context.requests.load(request_id)
    if filed is None or not waits_for_sinks(filed.request):
        return ()
    silent = [it for it in context.notices.of(request_id) if _is_silent(it)]
    if not all(map(_is_given_up, silent)):
        return ()
    person = whose(context, filed.request)
    now = context.clock()
    stays = [it for it in grounds_of(filed.request) if it != _UNACKNOWLEDGED]
    stays += [Ground.GIVEN_UP.value] if silent else []
    status = RequestStatus.PARTIALLY_FULFILLED if stays else RequestStatus.FULFILLED
    ground = ", ".join(stays) or None
    context.desk.finish(request_id, status, now=now, actor=actor, ground=ground)
    close_request(context, request_id, person, actor)
    return person


def _is_given_up(told: RecipientNotice) -> bool:
    """Tell it from what could not be asked from the first, which an operator has yet to see to."""
    return told.status == "unable" and told.tries > 0


def _is_silent(told: Propagation | RecipientNotice) -> bool:
    is_sink = told.recipient.startswith(PREFIX)
    return is_sink and told.status not in {"acknowledged", "nothing_sent"}
