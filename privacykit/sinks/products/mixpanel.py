"""
Mixpanel: the import API, strictly. Pure.

Sources: mixpanel/docs ``reference/import-events.mdx``, ``openapi/ingestion.openapi.yaml``,
``openapi/gdpr.openapi.yaml``.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from privacykit.sinks.http.answers import (
    STRANGER,
    Answer,
    AnswerReading,
    by_status,
    dropped_unnamed,
    positions,
    says_json,
)
from privacykit.sinks.http.deletion import (
    CallReading,
    DeletionAPI,
    DeletionCall,
    State,
    taken,
    tasks_of,
    within,
)
from privacykit.sinks.http.kind import BatchShape, HTTPKind, MessageLimits
from privacykit.sinks.mapping.choices import Chosen
from privacykit.sinks.mapping.credentials import Basic, bearer
from privacykit.sinks.mapping.rules import EventMapping, FieldRule, FilledIn
from privacykit.sinks.mapping.shapes import MILLISECONDS
from privacykit.sinks.mapping.sources import Const, Either, Joined, Member, Option
from privacykit.sinks.mapping.standard import consent_properties, properties
from privacykit.sinks.mapping.tables import Each
from privacykit.webhook import AnswerKind

_OWN = {
    "$browser": "data.device.browser",
    "$os": "data.device.os",
    "$referring_domain": "data.referrer.host",
    "mp_country_code": "data.place.country",
}
"""Mixpanel's own properties, and the members they hold."""

MAPPING = EventMapping(
    FieldRule(
        "event", Chosen("type", {"privacykit.page": "$mp_web_page_view"}, Member("data.name"))
    ),
    FieldRule("properties/time", Member("time", MILLISECONDS)),
    FieldRule(
        "properties/distinct_id",
        Either(Member("data.visitor"), Const("")),
        "an empty one is nobody's",
    ),
    FieldRule("properties/$insert_id", Member("id")),
    FieldRule("properties/ip", Const(0)),
    *(FieldRule(f"properties/{name}", Member(path)) for name, path in _OWN.items()),
    *properties("properties/", without=_OWN.values()),
    *consent_properties("properties/"),
    FieldRule(
        "properties/*", Each("data.props", reserved=frozenset({"token", "mp_lib"}), signs="$")
    ),
    filled=(
        FilledIn(
            "city, region and country, from the connection: your server's",
            "no address is looked up; the event's country is sent",
            "properties/ip",
        ),
        FilledIn(
            "`distinct_id`, made of that address",
            "it is always sent, if empty",
            "properties/distinct_id",
        ),
    ),
)


def read(answer: Answer) -> AnswerReading:
    """Read an answer: of a batch refused with 400 all are in but the events it names."""
    found = answer.json()
    if not isinstance(found, dict) or answer.status not in {HTTPStatus.OK, HTTPStatus.BAD_REQUEST}:
        return by_status(answer)
    if answer.status == HTTPStatus.BAD_REQUEST and "failed_records" not in found:
        return by_status(answer)
    imported = found.get("num_records_imported")
    if not isinstance(imported, int):
        # No import API at this URL: it has nothing.
        return STRANGER
    wrong = positions(answer, [_index(one) for one in found.get("failed_records") or ()])
    lost = len(answer.sent) - imported - len(wrong)
    return AnswerReading(
        rejected=dict.fromkeys(wrong, "invalid"),
        dropped=dropped_unnamed(answer, lost, "not_imported", besides=wrong),
    )


def _index(record: Any) -> Any:  # noqa: ANN401 - any JSON
    return record.get("index") if isinstance(record, dict) else None


def _results(answer: Answer) -> dict[str, Any]:
    # One table, or a list of one: its documentation has both.
    found = within(answer, "results")
    found = found[0] if isinstance(found, list) and found else found
    return found if isinstance(found, dict) else {}


def read_asked(answer: Answer) -> CallReading:
    """Read the name of the job."""
    said, made = taken(answer), tasks_of(_results(answer).get("task_id"))
    if said.kind is AnswerKind.TAKEN and not made:
        return CallReading(AnswerKind.REFUSES_US, said="no job")
    return CallReading(said.kind, said.wait, tasks=made)


_STATES: dict[str, State] = {
    "SUCCESS": "done",
    "FAILURE": "failed",
    "REVOKED": "failed",
    "NOT_FOUND": "failed",
}
"""All others say that it is at work."""


def read_state(answer: Answer) -> CallReading:
    """Read how far a job is."""
    said, state = taken(answer), str(_results(answer).get("status"))
    word = state if state in _STATES else ""
    return CallReading(said.kind, said.wait, state=_STATES.get(state, "working"), said=word)


_JOBS = "/api/app/data-deletions/v3.0/"

DELETION = DeletionAPI(
    "properties/distinct_id",
    DeletionCall(
        Const(_JOBS),
        read_asked,
        query=(FieldRule("token", Option("sink_token")),),
        fields=(
            FieldRule("distinct_ids", Member("ids")),
            FieldRule("compliance_type", Const("GDPR")),
        ),
    ),
    most=2000,
    url="https://mixpanel.com",
    named=True,
    headers=(FieldRule("authorization", bearer(Option("token"))),),
    follow=DeletionCall(
        Joined(Const(_JOBS), Member("task")),
        read_state,
        method="GET",
        query=(FieldRule("token", Option("sink_token")),),
    ),
)

MIXPANEL = HTTPKind(
    "mixpanel",
    "Mixpanel, in any of its regions.",
    path="/import",
    headers=(FieldRule("authorization", Basic(Option("token"), Const(""))),),
    query=(FieldRule("strict", Const(1)),),
    shape=BatchShape(),
    limits=MessageLimits(events=2000, bytes=2_000_000, event_bytes=1_000_000),
    mapping=MAPPING,
    read=read,
    acknowledges=says_json("num_records_imported"),
    needs=("token",),
    deletion=DELETION,
    deduplicates="`$insert_id`, `event`, `time` and `distinct_id` together, when it is asked",
    erasure="By `POST /api/app/data-deletions/v3.0/` with the visitor id as `distinct_ids`; it is "
    "queued, says how far it is, names no time, and does not stop new events.",
)
KIND = MIXPANEL.kind()
