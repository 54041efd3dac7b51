"""
OpenTelemetry: events as log records, OTLP over HTTP in JSON. Pure.

Sources: open-telemetry/opentelemetry-proto ``docs/specification.md``;
open-telemetry/semantic-conventions for the names of attributes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from privacykit.sinks.http.answers import (
    Answer,
    AnswerReading,
    by_status,
    dropped_unnamed,
    says_nothing_or_json,
)
from privacykit.sinks.http.kind import BatchShape, HTTPKind, MessageLimits, UnsureOptions
from privacykit.sinks.mapping.credentials import bearer
from privacykit.sinks.mapping.rules import EventMapping, FieldRule
from privacykit.sinks.mapping.shapes import NANOSECONDS
from privacykit.sinks.mapping.sources import Const, Member, Option
from privacykit.sinks.mapping.standard import consent_properties, properties
from privacykit.sinks.mapping.tables import Each
from privacykit.webhook import AnswerKind

_CONVENTIONS = {
    "user.id": "data.visitor",
    "url.template": "data.page",
    "geo.country.iso_code": "data.place.country",
    "geo.region.iso_code": "data.place.region",
    "user_agent.name": "data.device.browser",
    "user_agent.os.name": "data.device.os",
}
"""Attributes of the semantic conventions, and the members they hold."""

_TYPES = ("stringValue", "boolValue", "intValue", "doubleValue")


class OTLPOptions(UnsureOptions, kw_only=True):
    """Keys of an OTLP sink."""

    service: Annotated[str, Meta(min_length=1, description="the resource's `service.name`")] = (
        "privacykit"
    )


def _value(value: str | bool | float) -> dict[str, Any]:
    # An integer is a text: 64 bits are more than a number of JSON's holds.
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}


def _form(made: dict[str, Any]) -> dict[str, Any]:
    """Return attributes as the list of keys and values that they are."""
    told = made["attributes"].items()
    return made | {"attributes": [{"key": key, "value": _value(value)} for key, value in told]}


def _wrapped(beside: Mapping[str, Any], records: msgspec.Raw) -> dict[str, Any]:
    service = {"key": "service.name", "value": {"stringValue": beside["service.name"]}}
    scope = {"scope": {"name": "privacykit"}, "logRecords": records}
    return {"resourceLogs": [{"resource": {"attributes": [service]}, "scopeLogs": [scope]}]}


MAPPING = EventMapping(
    FieldRule("timeUnixNano", Member("time", NANOSECONDS)),
    FieldRule("severityNumber", Const(9), "INFO"),
    FieldRule("eventName", Member("data.name")),
    FieldRule("body/stringValue", Member("data.name")),
    FieldRule("attributes/log.record.uid", Member("id")),
    *(FieldRule(f"attributes/{name}", Member(path)) for name, path in _CONVENTIONS.items()),
    *properties("attributes/privacykit.", without=_CONVENTIONS.values()),
    *consent_properties("attributes/privacykit."),
    FieldRule("attributes/*", Each("data.props", prefix="privacykit.props.")),
    form=_form,
    form_names=("key", "value", *_TYPES),
)


def read(answer: Answer) -> AnswerReading:
    """Read an answer: of a batch that was taken, how many records were not; never again."""
    said, found = by_status(answer), answer.json()
    if said.kind is not AnswerKind.TAKEN:
        return said
    partial = found.get("partialSuccess") if isinstance(found, dict) else None
    count = str(partial.get("rejectedLogRecords", 0)) if isinstance(partial, dict) else "0"
    lost = int(count) if count.isascii() and count.isdigit() else 0
    return AnswerReading(dropped=dropped_unnamed(answer, lost, "rejected_unnamed"))


OTLP = HTTPKind(
    "otlp",
    "Any OpenTelemetry collector: log records over HTTP.",
    path="/v1/logs",
    headers=(FieldRule("authorization", bearer(Option("token"))),),
    shape=BatchShape(fields=(FieldRule("service.name", Option("service")),), wrap=_wrapped),
    limits=MessageLimits(events=500, bytes=4_000_000),
    mapping=MAPPING,
    read=read,
    acknowledges=says_nothing_or_json,
    options=OTLPOptions,
    erasure="The protocol has none: erase in what is behind the collector, by the attribute "
    "`user.id`, which is the visitor id, or by its retention.",
)
KIND = OTLP.kind()
