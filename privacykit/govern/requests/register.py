"""
The register of requests: what an authority asks to see, without anything of a person. Pure.

A row a request, its days those of the controller (GDPR Art. 5(2), 12(3), 31).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo

import msgspec

from privacykit.govern.records import SubjectRequest
from privacykit.govern.requests.ledger import StoredRequest


class RegisterRow(msgspec.Struct, frozen=True):
    """
    One request, as the register shows it. Days are ISO 8601, empty where there is none.

    Attributes:
        id: The request's; it says nothing about the person.
        type: What was asked.
        law: The policy whose deadline was the earliest.
        received: The day it reached us.
        acknowledged: The day the person heard so.
        due: The day by which it had to be answered.
        extended_to: The later day, where the law gave longer.
        answered: The day it was.
        in_time: ``yes`` or ``no``; empty while it is open and not late.
        outcome: The request's status.
        ground: Why it was refused, extended or answered in part.
        proof: How the person proved who they are.
    """

    id: str
    type: str
    law: str
    received: str
    acknowledged: str
    due: str
    extended_to: str
    answered: str
    in_time: str
    outcome: str
    ground: str
    proof: str


COLUMNS: tuple[str, ...] = RegisterRow.__struct_fields__


def register_rows(
    filed: Iterable[StoredRequest], zone: tzinfo, now: float
) -> tuple[RegisterRow, ...]:
    """
    Return the register of *filed*, the oldest first.

    Args:
        filed: The requests.
        zone: Whose days they are.
        now: Unix seconds: an open request is late after its deadline.
    """
    ordered = sorted(filed, key=lambda one: (one.request.received_at, _id(one.request)))
    return tuple(_row(one, zone, now) for one in ordered)


def _row(filed: StoredRequest, zone: tzinfo, now: float) -> RegisterRow:
    request = filed.request

    def day(at: float | None) -> str:
        return datetime.fromtimestamp(at, zone).date().isoformat() if at is not None else ""

    proof = request.assurance
    return RegisterRow(
        _id(request),
        request.subject_request_type.value,
        request.regulation,
        day(request.received_at),
        day(request.acknowledged_at),
        day(request.due_at),
        day(request.extended_to),
        day(request.finished_at),
        _in_time(request, now),
        request.status.value,
        request.justification or "",
        f"{proof.level} ({proof.method})" if proof else "",
    )


def _in_time(request: SubjectRequest, now: float) -> str:
    due = request.extended_to or request.due_at
    if due is None:
        return ""
    if request.finished_at is None:
        return "no" if now > due else ""
    return "yes" if request.finished_at <= due else "no"


def _id(request: SubjectRequest) -> str:
    return request.subject_request_id
