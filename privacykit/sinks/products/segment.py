"""
Segment: the HTTP API's batches, with its consent object. Pure.

Sources: segmentio/segment-docs ``connections/sources/catalog/libraries/server/http-api`` and
``privacy/consent-management``.
"""

from __future__ import annotations

import msgspec

from privacykit.sinks.http.answers import Answer, AnswerReading, by_status, says_json
from privacykit.sinks.http.deletion import (
    CallReading,
    DeletionAPI,
    DeletionCall,
    State,
    taken,
    tasks_of,
    within,
)
from privacykit.sinks.http.kind import BatchShape, HTTPKind, HTTPOptions, MessageLimits
from privacykit.sinks.mapping.calls import (
    CATEGORY_PREFERENCES,
    USER_ID,
    Categories,
    Erasable,
    call_fields,
)
from privacykit.sinks.mapping.credentials import Basic, bearer
from privacykit.sinks.mapping.rules import EventMapping, FieldRule, FilledIn
from privacykit.sinks.mapping.sources import Const, Joined, Member, Now, Option
from privacykit.webhook import AnswerKind, wait_asked


class SegmentOptions(HTTPOptions, kw_only=True):
    """Keys of a Segment sink."""

    categories: Categories = None
    erasable: Erasable = False


MAPPING = EventMapping(
    *call_fields(USER_ID, CATEGORY_PREFERENCES),
    filled=(
        FilledIn(
            "`context.ip`, from the connection, where `context.direct` is true",
            "neither is sent; Segment takes no address of a server by itself",
        ),
        FilledIn(
            "`timestamp`, shifted by the difference between `sentAt` and its own clock",
            "`sentAt` is the time of the attempt: keep your server's clock right",
        ),
    ),
)


def read(answer: Answer) -> AnswerReading:
    """Read an answer; how long to wait stands in either of two headers."""
    said = by_status(answer)
    if said.kind is AnswerKind.AGAIN and said.wait is None:
        reset = wait_asked(answer.headers.get("x-ratelimit-reset"), answer.now)
        return msgspec.structs.replace(said, wait=reset)
    found = answer.json()
    if said.kind is AnswerKind.TAKEN and isinstance(found, dict) and found.get("success") is False:
        return AnswerReading(AnswerKind.REFUSED, reason="not_success")
    return said


def read_regulation(answer: Answer) -> CallReading:
    """Read the number of the regulation that was made."""
    said, made = taken(answer), tasks_of(within(answer, "data", "regulateId"))
    if said.kind is AnswerKind.TAKEN and not made:
        return CallReading(AnswerKind.REFUSES_US, said="no regulation")
    return msgspec.structs.replace(said, tasks=made)


_STATES: dict[str, State] = {
    "FINISHED": "done",
    "FAILED": "failed",
    "INVALID": "failed",
    "NOT_SUPPORTED": "failed",
    "PARTIAL_SUCCESS": "failed",
}
"""All others say that it is at work."""


def read_state(answer: Answer) -> CallReading:
    """Read how far a regulation is."""
    told = within(answer, "data", "regulation") or within(answer, "data")
    state = str(told.get("overallStatus")) if isinstance(told, dict) else ""
    said, word = taken(answer), state if state in _STATES else ""
    return CallReading(said.kind, said.wait, state=_STATES.get(state, "working"), said=word)


DELETION = DeletionAPI(
    "userId",
    DeletionCall(
        Const("/regulations"),
        read_regulation,
        fields=(
            FieldRule("regulationType", Const("SUPPRESS_WITH_DELETE")),
            FieldRule("subjectType", Const("USER_ID")),
            FieldRule("subjectIds", Member("ids")),
        ),
    ),
    most=5000,
    url="https://api.segmentapis.com",
    named=True,
    headers=(FieldRule("authorization", bearer(Option("token"))),),
    follow=DeletionCall(Joined(Const("/regulations/"), Member("task")), read_state, method="GET"),
    content_type="application/vnd.segment.v1+json",
)

SEGMENT = HTTPKind(
    "segment",
    "Twilio Segment, in either region.",
    path="/v1/batch",
    headers=(FieldRule("authorization", Basic(Option("token"), Const(""))),),
    shape=BatchShape("batch", (FieldRule("sentAt", Now()),)),
    limits=MessageLimits(events=1000, bytes=475_000, event_bytes=32_000),
    mapping=MAPPING,
    read=read,
    acknowledges=says_json(success=(True,)),
    needs=("token",),
    options=SegmentOptions,
    deletion=DELETION,
    deduplicates="`messageId`, for a day at least",
    erasure="By a regulation `SUPPRESS_WITH_DELETE` of the Public API with the visitor id as "
    "`userId`, which needs `erasable = true`; Segment promises 30 days, in its own stores only.",
)
KIND = SEGMENT.kind()
