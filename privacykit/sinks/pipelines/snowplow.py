"""
Snowplow: the tracker protocol ("tp2") to a collector, with entities for consent. Pure.

Sources: snowplow/iglu-central ``payload_data`` 1-0-4 and ``gdpr`` 1-0-0; snowplow/stream-collector
for what it stores and answers.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from privacykit.sinks.http.answers import says_ok
from privacykit.sinks.http.kind import BatchShape, HTTPKind, HTTPOptions, MessageLimits
from privacykit.sinks.mapping.addresses import PageAddress
from privacykit.sinks.mapping.choices import BySite, Chosen, Only
from privacykit.sinks.mapping.rules import EventMapping, FieldRule, FilledIn
from privacykit.sinks.mapping.shapes import COMMAS, MILLISECONDS_TEXT
from privacykit.sinks.mapping.sources import Const, Either, Joined, Member, Option
from privacykit.sinks.mapping.standard import properties
from privacykit.sinks.mapping.tables import Each

SNOWPLOW_VENDOR = "iglu:com.snowplowanalytics.snowplow"
OURS = "co/data/event"
"""The entity of our own: all that Snowplow has no field for."""

_OWN = {"data.site", "data.query", "data.language", "data.referrer.url", "data.referrer.host"}


class SnowplowOptions(HTTPOptions, kw_only=True):
    """Keys of a Snowplow sink."""

    vendor: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9_.-]+$",
            description="the vendor under which your Iglu registry has the schema of our entity",
        ),
    ]
    site_url: Annotated[
        str | dict[str, str],
        Meta(description="your site's address, or that of each, put before a page's template"),
    ]


def _form(made: dict[str, Any]) -> dict[str, Any]:
    """Return entities as the text that a payload has, in which every value is one."""
    held = made["co"]
    listed = held | {"data": list(held["data"].values())}
    return made | {"co": msgspec.json.encode(listed).decode()}


MAPPING = EventMapping(
    FieldRule(
        "e", Chosen("type", {"privacykit.page": "pv"}, Const("se")), "a page view, or structured"
    ),
    FieldRule("eid", Member("id")),
    FieldRule("dtm", Member("time", MILLISECONDS_TEXT)),
    FieldRule("ttm", Member("time", MILLISECONDS_TEXT), "becomes `derived_tstamp`"),
    FieldRule("aid", Member("data.site")),
    FieldRule("p", Const("srv")),
    FieldRule("tv", Const("privacykit")),
    FieldRule("tna", Const("privacykit")),
    FieldRule("duid", Member("data.visitor")),
    FieldRule("ua", Const("privacykit")),
    FieldRule("url", PageAddress(BySite("site_url")), needed=True),
    FieldRule(
        "refr",
        Either(
            Member("data.referrer.url"), Joined(Const("https://"), Member("data.referrer.host"))
        ),
    ),
    FieldRule("lang", Member("data.language")),
    FieldRule("se_ca", Only("type", "privacykit.event", Member("data.purpose"))),
    FieldRule("se_ac", Only("type", "privacykit.event", Member("data.name"))),
    FieldRule("co/schema", Const(f"{SNOWPLOW_VENDOR}/contexts/jsonschema/1-0-1")),
    FieldRule(
        "co/data/gdpr/schema",
        Only("data.consent.source", "consent", Const(f"{SNOWPLOW_VENDOR}/gdpr/jsonschema/1-0-0")),
        "an entity where the event rests on consent; Snowplow has no word for what the law allows",
    ),
    FieldRule(
        "co/data/gdpr/data/basisForProcessing",
        Only("data.consent.source", "consent", Const("consent")),
    ),
    FieldRule(
        f"{OURS}/schema",
        Joined(Const("iglu:"), Option("vendor"), Const("/privacykit_event/jsonschema/1-0-0")),
        "an entity of every event; `co` is one text of both",
    ),
    *properties(f"{OURS}/data/", without=_OWN),
    FieldRule(f"{OURS}/data/consent_purposes/*", Each("data.consent.purposes")),
    FieldRule(f"{OURS}/data/consent_basis", Member("data.consent.source")),
    FieldRule(f"{OURS}/data/consent_policies", Member("data.consent.policies", COMMAS)),
    FieldRule(f"{OURS}/data/consent_signals", Member("data.consent.signals", COMMAS)),
    FieldRule(f"{OURS}/data/props/*", Each("data.props")),
    form=_form,
    filled=(
        FilledIn(
            "`user_ipaddress`, from the connection: the address of your server",
            "the header `SP-Anonymous` has the collector write `unknown`",
        ),
        FilledIn(
            "`network_userid`, from a cookie of the collector's",
            "the header `SP-Anonymous` makes it zeros, and no cookie is kept",
        ),
        FilledIn("`useragent`, from the header", "a constant is sent", "ua"),
        FilledIn(
            "`derived_tstamp`, of the collector's clock and ours", "the event's is sent", "ttm"
        ),
        FilledIn("`page_url`, from the header `Referer`", "none is sent, and a page always"),
    ),
)


SNOWPLOW = HTTPKind(
    "snowplow",
    "A Snowplow collector.",
    path="/com.snowplowanalytics.snowplow/tp2",
    headers=(FieldRule("sp-anonymous", Const("*")),),
    shape=BatchShape(
        "data",
        (FieldRule("schema", Const(f"{SNOWPLOW_VENDOR}/payload_data/jsonschema/1-0-4")),),
        content_type="application/json; charset=utf-8",
    ),
    limits=MessageLimits(events=100, bytes=900_000),
    mapping=MAPPING,
    read=says_ok,
    uses=(),
    options=SnowplowOptions,
    deduplicates="`eid` and what the event says, in the warehouse, where your loader or data "
    "models take duplicates out",
    erasure="Snowplow has no interface for it: delete in the warehouse by `domain_userid`, which "
    "is the visitor id, and in the archive by its Spark job *right to be forgotten* with a "
    "criterion of that field.",
)
KIND = SNOWPLOW.kind()
