"""Sample events for tests of sinks and stores. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from privacykit.collect.events.format import (
    Event,
    EventCampaign,
    EventConsent,
    EventData,
    EventDevice,
    EventPlace,
    EventReferrer,
    decode_event,
    encode_event,
)
from privacykit.collect.ports import Envelope, OutboxRow

NOW = 1_800_000_000.0
"""A moment in January 2027."""

LATER = 1_808_006_400
"""The end of the samples' retention: 18 April 2027."""


def row(number: int, *, sinks: Sequence[str] = ("events",), expires_at: int = LATER) -> OutboxRow:
    """
    Return the event with *number*.

    Args:
        number: Not negative; ids are ordered as numbers are.
        sinks: The sinks that may take it.
        expires_at: Unix seconds.
    """
    envelope = Envelope(
        id=f"018f2a6e-0000-7000-8000-{number:012d}",
        site="shop",
        purpose="analytics",
        expires_at=expires_at,
        sinks=tuple(sinks),
        visitor=f"{number:032x}",
        record=f"record-{number}",
        subject=f"subject-{number}",
    )
    event = Event(
        specversion="1.0",
        id=envelope.id,
        source="urn:privacykit:site:shop",
        type="privacykit.page",
        time=_written(NOW + number),
        datacontenttype="application/json",
        dataschema="urn:privacykit:event:1",
        data=EventData(
            name="page",
            purpose=envelope.purpose,
            site=envelope.site,
            place=EventPlace("DE", None),
            consent=EventConsent({"analytics": "allow"}, "law", ("DE@0123456789ab",), ()),
            ip_method="truncate",
            stability="stable",
            ip="203.0.113.0",
            ip_bits=24,
            visitor=envelope.visitor,
            page="/",
            device=None,
            expires_at=_written(expires_at),
        ),
    )
    return OutboxRow(envelope, encode_event(event))


def rich_row(number: int, **data: object) -> OutboxRow:
    """
    Return an event with *number* that has every member there is, sent by the application.

    Args:
        number: As for :func:`row`.
        data: Members of its data to have another value.
    """
    plain = decode_event(row(number).body)
    told = {
        "name": "order placed",
        "place": EventPlace("US", "US-CA"),
        "consent": EventConsent(
            {"analytics": "allow", "ads": "deny", "profile": "needs_consent"},
            "consent",
            ("US-CA@0123456789ab", "US@ba9876543210"),
            ("gpc",),
        ),
        "page": "/orders/{id}",
        "device": EventDevice("mobile", "Android", "Firefox 145"),
        "language": "en",
        "referrer": EventReferrer("search", "search.example", "https://search.example/"),
        "campaign": EventCampaign("letter", "email", "spring", "top", "shoes", "gclid"),
        "query": "size=9",
        "props": {"colour": "red", "amount": 12.5, "items": 3, "gift": True, "$ip": "none"},
        **data,
    }
    event = msgspec.structs.replace(
        plain, type="privacykit.event", data=msgspec.structs.replace(plain.data, **told)
    )
    return OutboxRow(row(number).envelope, encode_event(event))


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def of_nobody(made: OutboxRow) -> OutboxRow:
    """Return *made* without the person it is of."""
    envelope = msgspec.structs.replace(made.envelope, subject=None)
    return OutboxRow(envelope, made.body)


def ids(*numbers: int) -> list[str]:
    """Return the ids of the events with *numbers*."""
    return [row(number).envelope.id for number in numbers]
