"""
The names under which members of an event go where a backend has no words of its own. Pure.

They are the same at every backend, so that a question asked of one can be asked of another.
"""

from __future__ import annotations

from collections.abc import Collection

from privacykit.sinks.mapping.rules import FieldRule
from privacykit.sinks.mapping.shapes import COMMAS
from privacykit.sinks.mapping.sources import Member
from privacykit.sinks.mapping.tables import MANY, Each

PROPERTIES = {
    "site": "data.site",
    "purpose": "data.purpose",
    "page": "data.page",
    "query": "data.query",
    "country": "data.place.country",
    "region": "data.place.region",
    "language": "data.language",
    "device_type": "data.device.type",
    "os": "data.device.os",
    "browser": "data.device.browser",
    "referrer_channel": "data.referrer.channel",
    "referrer_host": "data.referrer.host",
    "referrer_url": "data.referrer.url",
    "utm_source": "data.campaign.source",
    "utm_medium": "data.campaign.medium",
    "utm_campaign": "data.campaign.name",
    "utm_content": "data.campaign.content",
    "utm_term": "data.campaign.term",
    "click_ids": "data.campaign.click_ids",
    "expires_at": "data.expires_at",
}
"""Name of the property, and the member it holds."""


def properties(into: str, *, without: Collection[str] = ()) -> tuple[FieldRule, ...]:
    """
    Return fields for the members of :data:`PROPERTIES`.

    Args:
        into: The field they are put into, with a ``/`` at its end; or nothing.
        without: Members that the backend has fields of its own for.
    """
    return tuple(
        FieldRule(f"{into}{name}", Member(path))
        for name, path in PROPERTIES.items()
        if path not in without
    )


def consent_properties(into: str, *, room: int = MANY) -> tuple[FieldRule, ...]:
    """
    Return fields that tell why the event may exist, for backends without words for consent.

    Args:
        into: The field they are put into, with a ``/`` at its end, and what their names begin
            with; or nothing.
        room: How many entries that field may have.
    """
    field, slash, begins = into.rpartition("/")
    within, prefix = field + slash, f"{begins}consent_"
    return (
        FieldRule(f"{within}*", Each("data.consent.purposes", prefix=prefix, room=room)),
        FieldRule(f"{into}consent_basis", Member("data.consent.source")),
        FieldRule(f"{into}consent_policies", Member("data.consent.policies", COMMAS)),
        FieldRule(f"{into}consent_signals", Member("data.consent.signals", COMMAS)),
    )
