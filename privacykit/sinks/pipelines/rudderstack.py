"""
RudderStack: the HTTP API's batches, with its consent object. Pure.

Sources: rudderlabs/rudder-server ``gateway`` for what it takes and answers,
``processor/consent.go`` for what it makes of consent.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from privacykit.sinks.http.answers import Answer, says_ok
from privacykit.sinks.http.deletion import CallReading, DeletionAPI, DeletionCall, taken
from privacykit.sinks.http.kind import BatchShape, HTTPKind, MessageLimits, UnsureOptions
from privacykit.sinks.mapping.calls import USER_ID, Categories, Erasable, call_fields
from privacykit.sinks.mapping.credentials import Basic, bearer
from privacykit.sinks.mapping.rules import EventMapping, FieldRule, FilledIn
from privacykit.sinks.mapping.shapes import ValueShape
from privacykit.sinks.mapping.sources import Const, Member, Option
from privacykit.sinks.mapping.tables import NamesIn
from privacykit.webhook import AnswerKind


class RudderStackOptions(UnsureOptions, kw_only=True):
    """Keys of a RudderStack sink."""

    categories: Categories = None
    erasable: Erasable = False


class RudderStackDeletion(msgspec.Struct, kw_only=True):
    """Keys of its table ``deletion``."""

    destinations: Annotated[
        list[str],
        Meta(min_length=1, description="the ids of the destinations in which it deletes"),
    ]


_CONSENT = "context/consentManagement/"
_PURPOSES = "data.consent.purposes"

MAPPING = EventMapping(
    *call_fields(
        USER_ID,
        FieldRule(
            f"{_CONSENT}allowedConsentIds", NamesIn(_PURPOSES, ("allow",), renamed="categories")
        ),
        FieldRule(
            f"{_CONSENT}deniedConsentIds",
            NamesIn(_PURPOSES, ("allow",), others=True, renamed="categories"),
            "the only list that RudderStack looks at, so whatever was not allowed is in it",
        ),
        FieldRule(f"{_CONSENT}provider", Const("custom")),
        FieldRule(f"{_CONSENT}resolutionStrategy", Const("and")),
    ),
    FieldRule("request_ip", Const("0.0.0.0")),  # noqa: S104 - no address to listen at
    filled=(
        FilledIn(
            "`request_ip`, from the connection: the address of your server, which destinations "
            "take where there is no `context.ip`",
            "a constant is sent in its place, which the gateway keeps",
            "request_ip",
        ),
    ),
)


_USERS = ValueShape(", each as `userId` of a table", lambda ids: [{"userId": one} for one in ids])


def read_regulation(answer: Answer) -> CallReading:
    """Read that a regulation was made: a text says so, whatever the status of success is."""
    said = taken(answer)
    if said.kind is AnswerKind.TAKEN and answer.text.strip(' "\r\n').lower() != "created":
        return CallReading(AnswerKind.REFUSES_US, said="nothing created")
    return said


DELETION = DeletionAPI(
    "userId",
    DeletionCall(
        Const("/v2/regulations"),
        read_regulation,
        fields=(
            FieldRule("regulationType", Const("suppress_with_delete")),
            FieldRule("destinationIds", Option("destinations")),
            FieldRule("users", Member("ids", _USERS)),
        ),
    ),
    most=100,
    url="https://api.rudderstack.com",
    headers=(FieldRule("authorization", bearer(Option("token"))),),
    options=RudderStackDeletion,
)
"""It answers that the order was made; nothing tells when it is done."""

RUDDERSTACK = HTTPKind(
    "rudderstack",
    "RudderStack, and what is behind it.",
    path="/v1/batch",
    headers=(FieldRule("authorization", Basic(Option("token"), Const(""))),),
    shape=BatchShape("batch"),
    limits=MessageLimits(events=500, bytes=3_900_000, event_bytes=32_000),
    mapping=MAPPING,
    read=says_ok,
    needs=("token",),
    options=RudderStackOptions,
    deletion=DELETION,
    erasure="By a regulation `suppress_with_delete` (`POST /v2/regulations`, of its paid plans) "
    "with the visitor id as `userId`, which needs `erasable = true`; it deletes in some kinds of "
    "destination only, and names no time.",
)
KIND = RUDDERSTACK.kind()
