"""
Plausible: the Events API, one event in a message. Pure.

Sources: plausible/docs ``docs/events-api.md``; for what its code does, plausible/analytics
``lib/plausible_web/remote_ip.ex`` and ``lib/plausible/ingestion``.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from privacykit.sinks.http.answers import Answer, AnswerReading, all_dropped, by_status, says_json
from privacykit.sinks.http.kind import BatchShape, HTTPKind, MessageLimits, UnsureOptions
from privacykit.sinks.mapping.addresses import CAMPAIGN, PageAddress
from privacykit.sinks.mapping.choices import BySite, Chosen
from privacykit.sinks.mapping.rules import EventMapping, FieldRule, FilledIn
from privacykit.sinks.mapping.shapes import STAND_IN
from privacykit.sinks.mapping.sources import Const, Either, Joined, Member
from privacykit.sinks.mapping.standard import consent_properties, properties
from privacykit.sinks.mapping.tables import Each
from privacykit.webhook import AnswerKind

MOST_PROPERTIES = 30


class PlausibleOptions(UnsureOptions, kw_only=True):
    """Keys of a Plausible sink."""

    domain: Annotated[
        str | dict[str, str],
        Meta(
            description="your site as Plausible knows it, or each: "
            "`{ shop = 'shop.example', blog = 'blog.example' }`"
        ),
    ]


MAPPING = EventMapping(
    FieldRule("domain", BySite("domain"), needed=True),
    FieldRule("name", Chosen("type", {"privacykit.page": "pageview"}, Member("data.name"))),
    FieldRule("url", PageAddress(Joined(Const("https://"), BySite("domain"))), needed=True),
    FieldRule(
        "referrer",
        Either(
            Member("data.referrer.url"), Joined(Const("https://"), Member("data.referrer.host"))
        ),
    ),
    *properties(
        "props/",
        without={"data.page", "data.query", "data.site", "data.referrer.url", *CAMPAIGN.values()},
    ),
    *consent_properties("props/", room=MOST_PROPERTIES),
    FieldRule("props/*", Each("data.props", room=MOST_PROPERTIES)),
    headers=(
        FieldRule(
            "x-forwarded-for",
            Either(Member("data.visitor", STAND_IN), Member("id", STAND_IN)),
            "Plausible counts visitors by address and user agent; without a visitor id every "
            "event is a visitor of its own",
        ),
    ),
    filled=(
        FilledIn(
            "the visitor, from the address of the connection and the user agent: for all events "
            "your server's",
            "a stand-in made of the visitor id is sent, an address that nobody has",
            "x-forwarded-for",
        ),
        FilledIn(
            "country, region and city, from that address",
            "no geo database knows anything of the stand-in; the country is a property",
            "x-forwarded-for",
        ),
        FilledIn(
            "browser and system, from the user agent",
            "every message has our own name there, which says nothing; they are properties",
        ),
        FilledIn(
            "the time, from its own clock",
            "it takes no other: an event that waited is counted when it arrives",
        ),
    ),
)


def read(answer: Answer) -> AnswerReading:
    """Read an answer; what it throws away it accepts too, and says so in a header."""
    said = by_status(answer)
    if said.kind is AnswerKind.TAKEN and answer.headers.get("x-plausible-dropped", "0") != "0":
        return all_dropped(answer, "not_counted")
    return said


def _is_its_own(answer: Answer) -> bool:
    # Its code says `ok`, its documentation an empty object.
    return answer.text.strip() == "ok" or says_json()(answer)


PLAUSIBLE = HTTPKind(
    "plausible",
    "Plausible, in its cloud or on your own machines.",
    path="/api/event",
    url="https://plausible.io",
    shape=BatchShape(single=True),
    limits=MessageLimits(events=1, bytes=1_000_000),
    mapping=MAPPING,
    read=read,
    acknowledges=_is_its_own,
    uses=(),
    options=PlausibleOptions,
    erasure="Not by person: of the stand-in Plausible keeps a hash with a salt that it deletes "
    "within two days, and no interface finds a visitor. A site's numbers can be reset as a whole.",
)
KIND = PLAUSIBLE.kind()
