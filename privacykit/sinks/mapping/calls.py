"""
Segment's calls, `page` and `track`, which other pipelines speak as well. Pure.

Source: segmentio/segment-docs ``connections/spec``.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from privacykit.sinks.mapping.choices import Chosen, IfSet, Only
from privacykit.sinks.mapping.rules import FieldRule
from privacykit.sinks.mapping.shapes import ALLOWED
from privacykit.sinks.mapping.sources import Const, Either, Member
from privacykit.sinks.mapping.standard import consent_properties, properties
from privacykit.sinks.mapping.tables import Each

_CONTEXT = {
    "page/path": "data.page",
    "page/referrer": "data.referrer.url",
    "locale": "data.language",
    "location/country": "data.place.country",
    "location/region": "data.place.region",
    "device/type": "data.device.type",
    "os/name": "data.device.os",
    "campaign/source": "data.campaign.source",
    "campaign/medium": "data.campaign.medium",
    "campaign/name": "data.campaign.name",
    "campaign/content": "data.campaign.content",
    "campaign/term": "data.campaign.term",
}
"""Fields of ``context``, and the members they hold."""

Categories = (
    Annotated[
        dict[str, str],
        Meta(
            description="the id of the consent category there for each of your purposes, "
            "like `{ analytics = 'Analytics' }`; your own names where it is left out"
        ),
    ]
    | None
)
"""The key ``categories``; an id of several purposes is allowed if all of them are."""

Erasable = Annotated[
    bool,
    Meta(
        description="send the visitor id as `userId` too: its deletion finds nothing else",
    ),
]
"""The key ``erasable``."""

CATEGORY_PREFERENCES = FieldRule(
    "context/consent/categoryPreferences/*",
    Each("data.consent.purposes", shape=ALLOWED, renamed="categories", always=True),
    "without this object the event goes everywhere, so it is there even when empty",
)
"""Consent as Segment has it."""

USER_ID = FieldRule("userId", IfSet("erasable", Member("data.visitor")))
"""Who it is, for pipelines whose deletion looks for nothing else."""


def call_fields(*consent: FieldRule) -> tuple[FieldRule, ...]:
    """
    Return the fields of a call.

    Args:
        consent: Those that say what was allowed, in the pipeline's own words.
    """
    return (
        FieldRule("type", Chosen("type", {"privacykit.page": "page"}, Const("track"))),
        FieldRule("event", Only("type", "privacykit.event", Member("data.name"))),
        FieldRule(
            "anonymousId",
            Either(Member("data.visitor"), Member("id")),
            "without a visitor id every event is a visitor of its own",
        ),
        FieldRule("messageId", Member("id")),
        FieldRule("timestamp", Member("time")),
        *consent,
        FieldRule("context/library/name", Const("privacykit")),
        *(FieldRule(f"context/{name}", Member(path)) for name, path in _CONTEXT.items()),
        *properties("properties/", without=_CONTEXT.values()),
        *consent_properties("properties/"),
        FieldRule("properties/path", Member("data.page")),
        FieldRule("properties/*", Each("data.props")),
    )
