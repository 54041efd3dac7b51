"""
Umami: batches of events, its own form one by one. Pure.

Sources: umami-software/umami ``src/app/api/send``, ``src/app/api/batch``, ``src/lib/detect.ts``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

from privacykit.sinks.http.answers import STRANGER, Answer, AnswerReading, all_dropped, by_status
from privacykit.sinks.http.kind import HTTPKind, MessageLimits, UnsureOptions
from privacykit.sinks.mapping.addresses import CAMPAIGN, PageAddress
from privacykit.sinks.mapping.choices import BySite, Only
from privacykit.sinks.mapping.rules import EventMapping, FieldRule, FilledIn
from privacykit.sinks.mapping.shapes import FAMILY_20, FIRST_50, SECONDS
from privacykit.sinks.mapping.sources import Const, Either, Joined, Member
from privacykit.sinks.mapping.standard import consent_properties, properties
from privacykit.sinks.mapping.tables import Each
from privacykit.webhook import AnswerKind

USER_AGENT = "Mozilla/5.0 (privacykit)"
"""No browser's, and none that Umami takes for a robot's, whose events it does not count."""


class UmamiOptions(UnsureOptions, kw_only=True):
    """Keys of an Umami sink."""

    website: Annotated[
        str | dict[str, str],
        Meta(description="Umami's id of your website (a UUID), or of each: `{ shop = '…' }`"),
    ]
    hostname: Annotated[str | dict[str, str], Meta(description="the host of your site, or of each")]


MAPPING = EventMapping(
    FieldRule("type", Const("event")),
    FieldRule("payload/website", BySite("website"), needed=True),
    FieldRule("payload/hostname", BySite("hostname"), needed=True),
    FieldRule("payload/url", PageAddress()),
    FieldRule(
        "payload/referrer",
        Either(
            Member("data.referrer.url"), Joined(Const("https://"), Member("data.referrer.host"))
        ),
    ),
    FieldRule("payload/name", Only("type", "privacykit.event", Member("data.name", FIRST_50))),
    FieldRule(
        "payload/id",
        Either(Member("data.visitor"), Member("id")),
        "without a visitor id every event is a visitor of its own",
    ),
    FieldRule("payload/timestamp", Member("time", SECONDS)),
    FieldRule("payload/ip", Const("0.0.0.0")),  # noqa: S104 - no address to listen at
    FieldRule("payload/userAgent", Const(USER_AGENT)),
    FieldRule("payload/language", Member("data.language")),
    FieldRule("payload/device", Member("data.device.type")),
    FieldRule("payload/os", Member("data.device.os")),
    FieldRule("payload/browser", Member("data.device.browser", FAMILY_20)),
    *properties(
        "payload/data/",
        without={
            "data.page",
            "data.query",
            "data.site",
            "data.language",
            "data.device.type",
            "data.device.os",
            "data.referrer.url",
            *CAMPAIGN.values(),
        },
    ),
    *consent_properties("payload/data/"),
    FieldRule("payload/data/*", Each("data.props", reserved=frozenset({"commerce"}))),
    filled=(
        FilledIn(
            "the visitor, from address and user agent: for all events your server's",
            "each visitor's id is sent",
            "payload/id",
        ),
        FilledIn(
            "country, region and city, from the address or headers of a proxy in front of it",
            "a constant is sent in its place, of which no geo database knows anything",
            "payload/ip",
        ),
        FilledIn(
            "browser and system, from the user agent",
            "a constant is sent, and the event's own, which an old Umami does not read",
            "payload/userAgent",
        ),
        FilledIn("the time of arrival", "the event's is sent, in seconds", "payload/timestamp"),
    ),
)


def read(answer: Answer) -> AnswerReading:
    """Read an answer: of a batch it names what it did not take."""
    said, found = by_status(answer), answer.json()
    if said.kind is not AnswerKind.TAKEN:
        return said
    if not isinstance(found, dict) or not {"processed", "cache", "beep"} & set(found):
        return STRANGER
    if "beep" in found:
        return all_dropped(answer, "robot")
    failed = dict(_failed(found.get("details")))
    if len(failed) == len(answer.sent) and set(failed.values()) == {"no_website"}:
        return AnswerReading(AnswerKind.REFUSES_US)
    return AnswerReading(rejected={at: why for at, why in failed.items() if at < len(answer.sent)})


def _failed(details: object) -> Iterator[tuple[int, str]]:
    for one in details if isinstance(details, list) else ():
        match one:
            case {"index": int(at), "response": {"error": {"message": "Website not found."}}}:
                yield at, "no_website"
            case {"index": int(at), "response": {"error": {"status": int(status)}}}:
                yield at, f"status_{status}"
            case {"index": int(at)}:
                yield at, "refused"


UMAMI = HTTPKind(
    "umami",
    "Umami, in its cloud or on your own machines.",
    path="/api/batch",
    limits=MessageLimits(events=100, bytes=1_000_000, event_bytes=100_000),
    mapping=MAPPING,
    read=read,
    uses=(),
    options=UmamiOptions,
    erasure="Not by person: no interface finds a visitor by the id that is sent. A website's "
    "numbers can be reset as a whole.",
)
KIND = UMAMI.kind()
