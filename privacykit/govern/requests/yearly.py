"""
Yearly metrics of requests, as California wants them published by 1 July (11 CCR 7102). Pure.

Laws: a request belongs to the year in which it was received, whatever happened when; one that was
opened again counts once; nothing of a person is in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from statistics import fmean, median
from typing import Final

import msgspec

from privacykit.govern.records import RequestStatus, RequestType, SubjectRequest
from privacykit.govern.requests.ledger import StoredRequest
from privacykit.govern.requests.lifecycle import Ground

CALIFORNIA: Final = "US-CA"
KINDS: Final[tuple[tuple[str, frozenset[RequestType]], ...]] = (
    ("delete", frozenset({RequestType.ERASURE})),
    ("correct", frozenset({RequestType.RECTIFICATION})),
    ("know", frozenset({RequestType.ACCESS, RequestType.PORTABILITY})),
    ("opt_out_of_sale_sharing", frozenset({RequestType.OPT_OUT_SALE_SHARING})),
    ("limit", frozenset({RequestType.LIMIT_SENSITIVE})),
)
"""The five kinds that are counted, and which requests of ours they are."""
GROUNDS: Final[tuple[tuple[str, frozenset[Ground]], ...]] = (
    (
        "unverifiable",
        frozenset({Ground.IDENTITY_FAILURE, Ground.IDENTITY_REQUIRED, Ground.INFORMATION_REQUIRED}),
    ),
    ("not_a_consumer", frozenset({Ground.OUTSIDE_JURISDICTION})),
    (
        "exempt",
        frozenset(
            {
                Ground.LEGALLY_REQUIRED,
                Ground.LEGAL_CLAIMS,
                Ground.FREEDOM_OF_EXPRESSION,
                Ground.ARCHIVING,
                Ground.NOT_COVERED,
            }
        ),
    ),
)
"""Why requests are denied, by the regulation's words; the first that fits counts."""
OTHER: Final = "other"


class YearlyMetrics(msgspec.Struct, frozen=True):
    """
    The metrics of one kind of request.

    Attributes:
        kind: Which.
        received: How many were received in the year.
        complied: How many were complied with in whole.
        complied_in_part: How many in part.
        denied: How many were refused.
        denied_by: Of these, how many by each ground: nobody proved who they are, it was not of a
            consumer, a law exempts what was asked for, another.
        open: How many have no answer yet, or were taken back or failed.
        median_days: Days from receipt to answer, of those answered; ``None`` for none.
        mean_days: The same as a mean, to a tenth.
    """

    kind: str
    received: int
    complied: int
    complied_in_part: int
    denied: int
    denied_by: dict[str, int]
    open: int
    median_days: float | None
    mean_days: float | None


def yearly_metrics(
    filed: Iterable[StoredRequest], year: int, zone: tzinfo, place: str | None = CALIFORNIA
) -> tuple[YearlyMetrics, ...]:
    """
    Return the metrics of *year*, a row for each of :data:`KINDS`.

    Args:
        filed: Every request; one id counts once.
        year: The calendar year in which they were received.
        zone: Whose days they are.
        place: Only of people of this place; ``None`` is everybody, which must be said with it.
    """
    by_id = {one.request.subject_request_id: one.request for one in filed}
    known = [
        one
        for one in by_id.values()
        if _day(one.received_at, zone).year == year and place in {None, one.place}
    ]
    return tuple(
        _metrics(kind, [one for one in known if one.subject_request_type in types], zone)
        for kind, types in KINDS
    )


def _metrics(kind: str, requests: list[SubjectRequest], zone: tzinfo) -> YearlyMetrics:
    whole = _with(requests, RequestStatus.FULFILLED)
    part = _with(requests, RequestStatus.PARTIALLY_FULFILLED)
    denied = _with(requests, RequestStatus.REJECTED)
    days = [
        (_day(one.finished_at, zone) - _day(one.received_at, zone)).days
        for one in (*whole, *part, *denied)
        if one.finished_at is not None
    ]
    return YearlyMetrics(
        kind,
        received=len(requests),
        complied=len(whole),
        complied_in_part=len(part),
        denied=len(denied),
        denied_by=_by_ground(denied),
        open=len(requests) - len(whole) - len(part) - len(denied),
        median_days=float(median(days)) if days else None,
        mean_days=round(fmean(days), 1) if days else None,
    )


def _by_ground(denied: list[SubjectRequest]) -> dict[str, int]:
    found = dict.fromkeys([*(name for name, _ in GROUNDS), OTHER], 0)
    for one in denied:
        told = set((one.justification or "").split(", "))
        fitting = (name for name, grounds in GROUNDS if told & {it.value for it in grounds})
        found[next(fitting, OTHER)] += 1
    return found


def _with(requests: list[SubjectRequest], status: RequestStatus) -> list[SubjectRequest]:
    return [one for one in requests if one.status is status]


def _day(at: float, zone: tzinfo) -> date:
    return datetime.fromtimestamp(at, zone).date()
