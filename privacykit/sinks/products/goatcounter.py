"""
GoatCounter: the API's batches of page views. Pure.

Source: arp242/goatcounter ``handlers/api.go``, ``handlers/api_test.go``, ``handlers/mw.go``.
"""

from __future__ import annotations

from privacykit.sinks.http.answers import Answer, AnswerReading, by_status, says_json
from privacykit.sinks.http.kind import BatchShape, HTTPKind, MessageLimits, UnsureOptions
from privacykit.sinks.mapping.addresses import CampaignQuery
from privacykit.sinks.mapping.choices import Chosen, Only
from privacykit.sinks.mapping.credentials import bearer
from privacykit.sinks.mapping.rules import EventMapping, FieldRule, FilledIn
from privacykit.sinks.mapping.shapes import COUNTRY
from privacykit.sinks.mapping.sources import Const, Either, Member, Option
from privacykit.webhook import AnswerKind

MAPPING = EventMapping(
    FieldRule(
        "path",
        Either(
            Only("type", "privacykit.event", Member("data.name")), Member("data.page"), Const("/")
        ),
    ),
    FieldRule("event", Chosen("type", {"privacykit.event": True}, Const(False))),
    FieldRule("ref", Either(Member("data.referrer.url"), Member("data.referrer.host"))),
    FieldRule("query", CampaignQuery()),
    FieldRule("location", Member("data.place.country", COUNTRY)),
    FieldRule("language", Member("data.language")),
    FieldRule("created_at", Member("time")),
    FieldRule(
        "session",
        Either(Member("data.visitor"), Member("id")),
        "it only groups, and is not stored; without a visitor id every event is a visitor of "
        "its own",
    ),
    filled=(
        FilledIn("the time of arrival", "the event's is sent", "created_at"),
        FilledIn(
            "visitors, from address and user agent",
            "neither is sent, and GoatCounter takes none from the connection",
            "session",
        ),
    ),
)


def read(answer: Answer) -> AnswerReading:
    """Read an answer: of a batch that is refused in part, what it does not name is stored."""
    said, found = by_status(answer), answer.json()
    places = {str(at): at for at in range(len(answer.sent))}
    if said.kind is AnswerKind.TAKEN:
        listed = answer.headers.get("x-goatcounter-filter", "").split(",")
        filtered = [places[one] for item in listed if (one := item.strip()) in places]
        return AnswerReading(dropped=dict.fromkeys(filtered, "filtered"))
    named = found.get("errors") if isinstance(found, dict) else None
    if said.kind is AnswerKind.REFUSED and isinstance(named, dict):
        refused = [places[at] for at in named if at in places]
        return AnswerReading(rejected=dict.fromkeys(refused, "refused")) if refused else said
    return said


GOATCOUNTER = HTTPKind(
    "goatcounter",
    "GoatCounter, in its cloud or on your own machines.",
    path="/api/v0/count",
    headers=(FieldRule("authorization", bearer(Option("token"))),),
    shape=BatchShape("hits"),
    limits=MessageLimits(events=500, bytes=1_000_000, event_bytes=10_000),
    mapping=MAPPING,
    read=read,
    acknowledges=says_json(status=("ok",)),
    needs=("token",),
    options=UnsureOptions,
    erasure="Not by person, because nothing of a person is kept: what a visitor did cannot be "
    "found there. Pages can be deleted as a whole.",
)
KIND = GOATCOUNTER.kind()
