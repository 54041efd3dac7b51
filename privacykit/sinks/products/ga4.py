"""
Google Analytics 4: the Measurement Protocol, one event in a message, with its consent. Pure.

Sources: Google's reference of the Measurement Protocol; googleanalytics/ga-dev-tools
``ValidateEvent/schemas`` for the limits.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from privacykit.sinks.http.answers import Answer, AnswerReading, by_status, says_nothing_or_json
from privacykit.sinks.http.deletion import CallReading, DeletionAPI, DeletionCall, taken, within
from privacykit.sinks.http.kind import BatchShape, HTTPKind, MessageLimits, UnsureOptions
from privacykit.sinks.mapping.addresses import CAMPAIGN, PageAddress
from privacykit.sinks.mapping.choices import Allowed, BySite, Chosen
from privacykit.sinks.mapping.credentials import bearer
from privacykit.sinks.mapping.rules import EventMapping, FieldRule, FilledIn
from privacykit.sinks.mapping.shapes import (
    COMMAS_100,
    DAY,
    FAMILY_20,
    MICROSECONDS,
    NAME_40,
    SHORT_100,
)
from privacykit.sinks.mapping.sources import Const, Either, Joined, Member, Option
from privacykit.sinks.mapping.standard import properties
from privacykit.sinks.mapping.tables import Each
from privacykit.webhook import AnswerKind

RESERVED = (
    *("ad_activeview", "ad_click", "ad_exposure", "ad_impression", "ad_query", "adunit_exposure"),
    *("app_clear_data", "app_exception", "app_install", "app_remove", "app_store_refund"),
    *("app_update", "app_upgrade", "dynamic_link_app_open", "dynamic_link_app_update"),
    *("dynamic_link_first_open", "error", "first_open", "first_visit", "in_app_purchase"),
    *("notification_dismiss", "notification_foreground", "notification_open"),
    *("notification_receive", "os_update", "screen_view", "session_start", "user_engagement"),
)
"""Names of events that Google keeps for itself."""

MOST_PARAMETERS = 25
LATEST_SECONDS = 72 * 3600.0
"""An older event is moved to the end of these three days."""


class GA4Options(UnsureOptions, kw_only=True):
    """Keys of a sink of Google Analytics 4."""

    measurement_id: Annotated[
        str, Meta(pattern="^G-[A-Z0-9]+$", description="the id of the web data stream, `G-…`")
    ]
    site_url: Annotated[
        str | dict[str, str],
        Meta(description="your site's address, or that of each, put before a page's template"),
    ]
    ad_user_data: (
        Annotated[
            str,
            Meta(
                description="your purpose for which Google may use the event for advertising; "
                "none leaves it `DENIED`"
            ),
        ]
        | None
    ) = None
    ad_personalization: (
        Annotated[
            str,
            Meta(description="the same for personalised advertising; none leaves it `DENIED`"),
        ]
        | None
    ) = None


class GA4Deletion(msgspec.Struct, kw_only=True):
    """Keys of its table ``deletion``."""

    property: Annotated[str, Meta(pattern="^[0-9]+$", description="the number of the property")]


def _consent(name: str) -> Allowed:
    return Allowed(name, Const("GRANTED"), Const("DENIED"))


MAPPING = EventMapping(
    FieldRule(
        "client_id",
        Either(Member("data.visitor"), Member("id")),
        "without a visitor id every event is a visitor of its own",
    ),
    FieldRule("timestamp_micros", Member("time", MICROSECONDS)),
    FieldRule("consent/ad_user_data", _consent("ad_user_data")),
    FieldRule("consent/ad_personalization", _consent("ad_personalization")),
    FieldRule("user_location/country_id", Member("data.place.country")),
    FieldRule("user_location/region_id", Member("data.place.region")),
    FieldRule("device/category", Member("data.device.type")),
    FieldRule("device/operating_system", Member("data.device.os")),
    FieldRule("device/browser", Member("data.device.browser", FAMILY_20)),
    FieldRule("device/language", Member("data.language")),
    FieldRule(
        "events/name",
        Chosen(
            "type",
            {"privacykit.page": "page_view"},
            Chosen(
                "data.name",
                {name: f"x_{name}" for name in RESERVED},
                Member("data.name", NAME_40),
            ),
        ),
    ),
    FieldRule("events/params/page_location", PageAddress(BySite("site_url")), needed=True),
    FieldRule(
        "events/params/page_referrer",
        Either(
            Member("data.referrer.url"), Joined(Const("https://"), Member("data.referrer.host"))
        ),
    ),
    FieldRule(
        "events/params/session_id",
        Member("time", DAY),
        "events have no session: all of a visitor's day are one",
    ),
    FieldRule(
        "events/params/engagement_time_msec",
        Const(1),
        "without it Google shows an event in some reports only",
    ),
    *properties(
        "events/params/",
        without={
            "data.page",
            "data.query",
            "data.place.country",
            "data.place.region",
            "data.language",
            "data.device.type",
            "data.device.os",
            "data.referrer.url",
            *CAMPAIGN.values(),
        },
    ),
    FieldRule("events/params/consent_basis", Member("data.consent.source")),
    FieldRule("events/params/consent_policies", Member("data.consent.policies", COMMAS_100)),
    FieldRule("events/params/consent_signals", Member("data.consent.signals", COMMAS_100)),
    FieldRule(
        "events/params/*",
        Each("data.consent.purposes", prefix="consent_", room=MOST_PARAMETERS, named=NAME_40),
    ),
    FieldRule(
        "events/params/*",
        Each("data.props", shape=SHORT_100, room=MOST_PARAMETERS, named=NAME_40),
    ),
    listed=("events",),
    filled=(
        FilledIn(
            "consent, from what was told of this client before",
            "both are sent with every event",
            "consent/ad_user_data",
        ),
        FilledIn(
            "place, from the address of the connection: your server's",
            "the event's country is sent, `ZZ` where it is unknown",
            "user_location/country_id",
        ),
        FilledIn("the time of arrival", "the event's is sent", "timestamp_micros"),
    ),
)


def read(answer: Answer) -> AnswerReading:
    """Read an answer: the endpoint says nothing, and its debugging twin all that is wrong."""
    said, found = by_status(answer), answer.json()
    told = found.get("validationMessages") if isinstance(found, dict) else None
    if said.kind is AnswerKind.TAKEN and told:
        return AnswerReading(AnswerKind.REFUSED, reason="not_valid")
    return said


def read_asked(answer: Answer) -> CallReading:
    """Read when the deletion was asked for, as Google noted it: it tells nothing more, ever."""
    said = taken(answer)
    if said.kind is AnswerKind.TAKEN and not within(answer, "deletionRequestTime"):
        return CallReading(AnswerKind.REFUSES_US, said="no time of the request")
    return said


DELETION = DeletionAPI(
    "client_id",
    DeletionCall(
        Const("/analytics/v3/userDeletion/userDeletionRequests:upsert"),
        read_asked,
        fields=(
            FieldRule("kind", Const("analytics#userDeletionRequest")),
            FieldRule("id/type", Const("CLIENT_ID")),
            FieldRule("id/userId", Member("id")),
            FieldRule("propertyId", Option("property")),
        ),
    ),
    url="https://www.googleapis.com",
    headers=(FieldRule("authorization", bearer(Option("token"))),),
    options=GA4Deletion,
)

GA4 = HTTPKind(
    "ga4",
    "Google Analytics 4, by its Measurement Protocol.",
    path="/mp/collect",
    url="https://www.google-analytics.com",
    query=(
        FieldRule("measurement_id", Option("measurement_id")),
        FieldRule("api_secret", Option("token")),
    ),
    shape=BatchShape(single=True),
    limits=MessageLimits(events=1, bytes=130_000, age=LATEST_SECONDS),
    mapping=MAPPING,
    read=read,
    acknowledges=says_nothing_or_json,
    needs=("token",),
    options=GA4Options,
    deletion=DELETION,
    erasure="By the User Deletion API with the visitor id as `CLIENT_ID`: gone from reports of "
    "single users within 72 hours, from the store when Google next cleans it, about every two "
    "months; summed reports and exports to BigQuery keep it.",
)
KIND = GA4.kind()
