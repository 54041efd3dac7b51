"""
PostHog: the capture API's batches ("V0"), as its own libraries post them. Pure.

Sources: posthog.com/docs/api/capture; PostHog/posthog ``rust/capture`` for the answers.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from privacykit.sinks.http.answers import Answer, AnswerReading, all_dropped, by_status, says_json
from privacykit.sinks.http.deletion import (
    CallReading,
    DeletionAPI,
    DeletionCall,
    taken,
    tasks_of,
    within,
)
from privacykit.sinks.http.kind import BatchShape, HTTPKind, HTTPOptions, MessageLimits
from privacykit.sinks.mapping.choices import Chosen
from privacykit.sinks.mapping.credentials import bearer
from privacykit.sinks.mapping.rules import EventMapping, FieldRule, FilledIn
from privacykit.sinks.mapping.sources import Const, Either, Joined, Member, Option
from privacykit.sinks.mapping.standard import consent_properties, properties
from privacykit.sinks.mapping.tables import Each
from privacykit.webhook import AnswerKind

_OWN = {
    "browser": "data.device.browser",
    "os": "data.device.os",
    "device_type": "data.device.type",
    "pathname": "data.page",
    "referring_domain": "data.referrer.host",
    "geoip_country_code": "data.place.country",
}
"""PostHog's own properties, without their sign, and the members they hold."""


class PostHogOptions(HTTPOptions, kw_only=True):
    """Keys of a PostHog sink."""

    site_url: (
        Annotated[str, Meta(description="your site's address, put before the page's template")]
        | None
    ) = None
    erasable: Annotated[
        bool,
        Meta(
            description="let PostHog make a person of each visitor id: its deletion finds nothing "
            "else"
        ),
    ] = False


class PostHogDeletion(msgspec.Struct, kw_only=True):
    """Keys of its table ``deletion``."""

    project: Annotated[str, Meta(min_length=1, description="the number of the project")]


MAPPING = EventMapping(
    FieldRule("event", Chosen("type", {"privacykit.page": "$pageview"}, Member("data.name"))),
    FieldRule(
        "distinct_id",
        Either(Member("data.visitor"), Member("id")),
        "without a visitor id every event is a visitor of its own",
    ),
    FieldRule("uuid", Member("id")),
    FieldRule("timestamp", Member("time")),
    FieldRule("properties/$process_person_profile", Either(Option("erasable"), Const(False))),
    FieldRule("properties/$geoip_disable", Const(True)),
    FieldRule("properties/$ip", Const("0.0.0.0")),  # noqa: S104 - no address to listen at
    FieldRule("properties/$lib", Const("privacykit")),
    FieldRule("properties/$current_url", Joined(Option("site_url"), Member("data.page"))),
    *(FieldRule(f"properties/${name}", Member(path)) for name, path in _OWN.items()),
    *properties("properties/", without=_OWN.values()),
    *consent_properties("properties/"),
    FieldRule(
        "properties/*",
        Each("data.props", reserved=frozenset({"distinct_id", "token"}), signs="$"),
    ),
    filled=(
        FilledIn(
            "`$ip`, from the connection: the address of your server",
            "a constant is sent in its place",
            "properties/$ip",
        ),
        FilledIn(
            "city, postal code and coordinates, from that address",
            "its geo database is switched off for each event",
            "properties/$geoip_disable",
        ),
        FilledIn(
            "a person profile for each `distinct_id`",
            "switched off for each event, unless the sink is `erasable`; ignored for an id that "
            "was identified before",
            "properties/$process_person_profile",
        ),
        FilledIn(
            "`timestamp`, shifted by the difference between `sent_at` and its own clock",
            "no `sent_at` is sent: the time is the event's, and the same on every attempt",
        ),
    ),
)


def read(answer: Answer) -> AnswerReading:
    """Read an answer; beyond its quota PostHog answers 200 and throws everything away."""
    said = by_status(answer)
    found = answer.json()
    if said.kind is AnswerKind.TAKEN and isinstance(found, dict) and found.get("quota_limited"):
        return all_dropped(answer, "quota_limited")
    return said


def read_persons(answer: Answer) -> CallReading:
    """Read the persons of one id; one with another id beside it is perhaps somebody else too."""
    said, persons = taken(answer), within(answer, "results")
    if said.kind is not AnswerKind.TAKEN:
        return said
    if not isinstance(persons, list):
        return CallReading(AnswerKind.REFUSES_US, said="no list of persons")
    if any(set(_ids(one)) - set(answer.sent) for one in persons):
        return CallReading(AnswerKind.REFUSED, said="a person with other ids too")
    found = tasks_of(*(one.get("uuid") or one.get("id") for one in persons))
    return CallReading(found=found, tasks=found)


def _ids(person: Any) -> list[str]:  # noqa: ANN401 - any JSON
    return person.get("distinct_ids", ()) if isinstance(person, dict) else [""]


def read_asked(answer: Answer) -> CallReading:
    """Read that persons went, and that their events wait to."""
    said = taken(answer)
    if said.kind is AnswerKind.TAKEN and within(answer, "deletion_errors"):
        return CallReading(AnswerKind.AGAIN)
    if said.kind is AnswerKind.TAKEN and within(answer, "persons_deleted") is None:
        return CallReading(AnswerKind.REFUSES_US, said="no count of persons")
    return said


def read_status(answer: Answer) -> CallReading:
    """Read how far the deletion of one person's events is; it is done when it was verified."""
    said, found = taken(answer), within(answer, "results")
    if said.kind is not AnswerKind.TAKEN:
        return said
    rows = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    done = rows and all(one.get("delete_verified_at") for one in rows)
    return CallReading(state="done" if done else "working")


_PERSONS = Joined(Const("/api/projects/"), Option("project"), Const("/persons/"))

DELETION = DeletionAPI(
    "distinct_id",
    DeletionCall(
        Joined(_PERSONS, Const("bulk_delete/")),
        read_asked,
        fields=(
            FieldRule("ids", Member("found")),
            FieldRule("delete_events", Const(True)),
            FieldRule("delete_recordings", Const(True)),
            FieldRule("keep_person", Const(False)),
        ),
    ),
    headers=(FieldRule("authorization", bearer(Option("token"))),),
    find=DeletionCall(
        _PERSONS, read_persons, method="GET", query=(FieldRule("distinct_id", Member("id")),)
    ),
    follow=DeletionCall(
        Joined(_PERSONS, Const("deletion_status/")),
        read_status,
        method="GET",
        query=(FieldRule("person_uuid", Member("task")), FieldRule("status", Const("all"))),
    ),
    options=PostHogDeletion,
    switch="erasable",
)
"""Persons go at once and their events later: what it says of them is followed."""

POSTHOG = HTTPKind(
    "posthog",
    "PostHog, in the cloud of either region or on your own machines.",
    path="/batch/",
    shape=BatchShape(
        "batch",
        (
            FieldRule("api_key", Option("token")),
            FieldRule("historical_migration", Const(False)),
        ),
    ),
    limits=MessageLimits(events=500, bytes=5_000_000, event_bytes=900 * 1024),
    mapping=MAPPING,
    read=read,
    acknowledges=says_json(status=("Ok", "ok", 1)),
    needs=("token",),
    options=PostHogOptions,
    deduplicates="`uuid`, `event`, `timestamp` and `distinct_id` together, when it merges its data",
    erasure="By its persons API, with `erasable = true`: the person of a visitor id is found, "
    "deleted with `delete_events`, and the state of that asked until it is verified; events go "
    "when PostHog is less busy, in its cloud at weekends. Without `erasable` no event has a "
    "person, and it finds nothing.",
    deletion=DELETION,
)
KIND = POSTHOG.kind()
