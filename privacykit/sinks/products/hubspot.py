"""
HubSpot: custom events of a contact, where a consent allows the link. Pure.

Source: HubSpot/HubSpot-public-api-spec-collection, *Send Event Completions*, 2026-09.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import msgspec
from msgspec import Meta

from privacykit.sinks.http.answers import Answer, says_nothing_or_json
from privacykit.sinks.http.deletion import CallReading, DeletionAPI, DeletionCall, taken, tasks_of
from privacykit.sinks.http.kind import BatchShape, HTTPKind, MessageLimits, UnsureOptions
from privacykit.sinks.mapping.choices import EntryOf, Only
from privacykit.sinks.mapping.credentials import bearer
from privacykit.sinks.mapping.rules import EventMapping, FieldRule
from privacykit.sinks.mapping.shapes import COMMAS, DIGITS, INTERNAL_NAME, ISO, PAIRS, TEXT
from privacykit.sinks.mapping.sources import Const, Joined, Member, Option
from privacykit.sinks.mapping.standard import PROPERTIES
from privacykit.sinks.mapping.tables import Numbered
from privacykit.webhook import AnswerKind

MOST_PROPERTIES = 50

TOLD = {
    **{name: Member(path) for name, path in PROPERTIES.items()},
    "consent_purposes": Member("data.consent.purposes", PAIRS),
    "consent_basis": Member("data.consent.source"),
    "consent_policies": Member("data.consent.policies", COMMAS),
    "consent_signals": Member("data.consent.signals", COMMAS),
}
"""What may become a property of an event, besides the application's own."""

InternalName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,49}$")]


class HubSpotOptions(UnsureOptions, kw_only=True):
    """Keys of a HubSpot sink."""

    hub_id: Annotated[int, Meta(ge=1, description="the number of your HubSpot account")]
    contact: Annotated[
        str,
        Meta(
            min_length=1,
            description="the property of an event in which your application says whose it is: "
            "the record id of a HubSpot contact, a number",
        ),
    ]
    properties: (
        Annotated[
            dict[str, InternalName],
            Meta(
                max_length=MOST_PROPERTIES,
                description="HubSpot's internal name for each property that is sent: one of "
                + ", ".join(f"`{name}`" for name in TOLD)
                + ", or one of your application's",
            ),
        ]
        | None
    ) = None


MAPPING = EventMapping(
    FieldRule(
        "eventName",
        Joined(Const("pe"), Option("hub_id"), Const("_"), Member("data.name", INTERNAL_NAME)),
    ),
    FieldRule(
        "objectId",
        Only("data.consent.source", "consent", EntryOf("data.props", "contact", DIGITS)),
        needed=True,
    ),
    FieldRule("occurredAt", Member("time", ISO)),
    FieldRule("uuid", Member("id")),
    FieldRule("properties/*", Numbered("", "properties", TOLD, rest="data.props", shape=TEXT)),
)


def read_asked(answer: Answer) -> CallReading:
    """Read that the contact is to go; HubSpot answers so too where there is none."""
    said = taken(answer)
    if said.kind is AnswerKind.TAKEN and answer.status != HTTPStatus.NO_CONTENT:
        return CallReading(AnswerKind.REFUSES_US, said="another answer than 204")
    return msgspec.structs.replace(said, tasks=tasks_of(*answer.sent))


def read_contact(answer: Answer) -> CallReading:
    """Read whether the contact is there yet."""
    if answer.status == HTTPStatus.NOT_FOUND:
        return CallReading(said="no contact")
    return msgspec.structs.replace(taken(answer), state="working")


_CONTACTS = "/crm/objects/2026-03/contacts/"

DELETION = DeletionAPI(
    "objectId",
    DeletionCall(
        Const(f"{_CONTACTS}gdpr-delete"), read_asked, fields=(FieldRule("objectId", Member("id")),)
    ),
    headers=(FieldRule("authorization", bearer(Option("token"))),),
    follow=DeletionCall(Joined(Const(_CONTACTS), Member("task")), read_contact, method="GET"),
    found_by="person",
    table=False,
)

HUBSPOT = HTTPKind(
    "hubspot",
    "HubSpot: events of contacts who consented to the link.",
    path="/events/custom/2026-09/send/batch",
    url="https://api.hubapi.com",
    headers=(FieldRule("authorization", bearer(Option("token"))),),
    shape=BatchShape("inputs"),
    limits=MessageLimits(events=100, bytes=1_000_000, event_bytes=32_000),
    mapping=MAPPING,
    acknowledges=says_nothing_or_json,
    needs=("token",),
    options=HubSpotOptions,
    deletion=DELETION,
    erasure="By `POST /crm/objects/2026-03/contacts/gdpr-delete` with the contact's record id, "
    "which deletes the whole contact, in time that HubSpot does not name. Never by an e-mail "
    "address without looking it up: one that HubSpot does not know goes on a list for ever.",
)
KIND = HUBSPOT.kind()
