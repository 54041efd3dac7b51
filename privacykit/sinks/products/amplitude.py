"""
Amplitude: the batch event upload API. Pure.

Sources: Amplitude-Developer-Docs/amplitude-dev-center ``batch-event-upload-api.md`` and
``user-privacy-api.md`` (of 2023); amplitude/Amplitude-Python for what is done with its answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from privacykit.sinks.http.answers import (
    STRANGER,
    Answer,
    AnswerReading,
    by_status,
    positions,
    says_json,
)
from privacykit.sinks.http.deletion import CallReading, DeletionAPI, DeletionCall, taken, tasks_of
from privacykit.sinks.http.kind import BatchShape, HTTPKind, MessageLimits
from privacykit.sinks.mapping.choices import Chosen
from privacykit.sinks.mapping.credentials import Basic
from privacykit.sinks.mapping.rules import EventMapping, FieldRule, FilledIn
from privacykit.sinks.mapping.shapes import MILLISECONDS, REGION
from privacykit.sinks.mapping.sources import Const, Either, Member, Option
from privacykit.sinks.mapping.standard import consent_properties, properties
from privacykit.sinks.mapping.tables import Each
from privacykit.webhook import AnswerKind

MAPPING = EventMapping(
    FieldRule(
        "event_type",
        Chosen("type", {"privacykit.page": "[Amplitude] Page Viewed"}, Member("data.name")),
    ),
    FieldRule("user_id", Member("data.visitor"), "its deletion looks for nothing else"),
    FieldRule(
        "device_id",
        Either(Member("data.visitor"), Member("id")),
        "without a visitor id every event is a user of its own",
    ),
    FieldRule("insert_id", Member("id")),
    FieldRule("time", Member("time", MILLISECONDS)),
    FieldRule("session_id", Const(-1), "of no session"),
    FieldRule("country", Member("data.place.country")),
    FieldRule("region", Member("data.place.region", REGION)),
    FieldRule("language", Member("data.language")),
    FieldRule("os_name", Member("data.device.os")),
    FieldRule("library", Const("privacykit")),
    *properties(
        "event_properties/", without={"data.place.country", "data.language", "data.device.os"}
    ),
    *consent_properties("event_properties/"),
    FieldRule("event_properties/*", Each("data.props")),
    filled=(
        FilledIn(
            "country, region and city, from `ip`, and from the connection where that is `$remote`",
            "neither is sent; Amplitude takes no address of a server by itself",
        ),
    ),
)

_LISTED = {
    "events_with_invalid_fields": "invalid",
    "events_with_missing_fields": "invalid",
    "events_with_invalid_id_lengths": "invalid",
    "silenced_events": "silenced",
}
"""Where an answer names events by their positions, and why each is given up."""


def read(answer: Answer) -> AnswerReading:
    """Read an answer; of a batch refused for some events none is in, and these are named."""
    found = answer.json()
    told = found if isinstance(found, dict) else {}
    if answer.status == HTTPStatus.BAD_REQUEST:
        return _refused(answer, told)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        # Of users who do too much; where their day's quota is used up they wait as well.
        slow = positions(answer, _numbers(told.get("throttled_events")))
        if slow:
            return AnswerReading(retry=slow, untaken=_others(answer, slow))
    elif answer.status == HTTPStatus.OK and told.get("code") != HTTPStatus.OK:
        # No upload API at this URL: it has nothing.
        return STRANGER
    return by_status(answer)


def _refused(answer: Answer, told: dict[str, Any]) -> AnswerReading:
    key = told.get("missing_field") == "api_key" or "api key" in str(told.get("error")).lower()
    if key:
        return AnswerReading(AnswerKind.REFUSES_US)
    wrong = {
        at: why
        for name, why in _LISTED.items()
        for at in positions(answer, _numbers(told.get(name)))
    }
    if not wrong:
        return by_status(answer)
    return AnswerReading(rejected=wrong, untaken=_others(answer, wrong))


def _numbers(value: Any) -> Iterator[object]:  # noqa: ANN401 - any JSON
    # A list of positions, or one for each field.
    for inner in value.values() if isinstance(value, dict) else [value]:
        yield from inner if isinstance(inner, list) else ()


def _others(answer: Answer, named: Any) -> list[int]:  # noqa: ANN401 - a table or a list
    return [at for at in range(len(answer.sent)) if at not in named]


def _jobs(answer: Answer) -> list[dict[str, Any]]:
    # One table, or a list of them: its documentation has both.
    found = answer.json()
    rows = found if isinstance(found, list) else [found]
    return [one for one in rows if isinstance(one, dict) and "day" in one]


def read_asked(answer: Answer) -> CallReading:
    """Read the day of the job; there is none where it knows nobody of these ids."""
    said, days = taken(answer), [one["day"] for one in _jobs(answer)]
    if said.kind is AnswerKind.TAKEN and not days and answer.json() != []:
        return CallReading(AnswerKind.REFUSES_US, said="no job")
    return CallReading(said.kind, said.wait, tasks=tasks_of(*days))


def read_state(answer: Answer) -> CallReading:
    """Read how far the job of a day is."""
    said, jobs = taken(answer), _jobs(answer)
    done = jobs and all(one.get("status") == "done" for one in jobs)
    return CallReading(said.kind, said.wait, state="done" if done else "working")


DELETION = DeletionAPI(
    "user_id",
    DeletionCall(
        Const("/api/2/deletions/users"),
        read_asked,
        fields=(
            FieldRule("user_ids", Member("ids")),
            FieldRule("requester", Const("privacykit")),
            FieldRule("ignore_invalid_id", Const("true")),
            FieldRule("delete_from_org", Const("false")),
            FieldRule("include_mapped_user_ids", Const("true")),
        ),
    ),
    most=100,
    url="https://amplitude.com",
    named=True,
    headers=(FieldRule("authorization", Basic(Option("sink_token"), Option("token"))),),
    follow=DeletionCall(
        Const("/api/2/deletions/users"),
        read_state,
        method="GET",
        query=(
            FieldRule("start_day", Member("task")),
            FieldRule("end_day", Member("task")),
        ),
    ),
)
"""What is told apart by its answers is a day's job, and all that was asked for on it."""

AMPLITUDE = HTTPKind(
    "amplitude",
    "Amplitude, in either region.",
    path="/batch",
    shape=BatchShape("events", (FieldRule("api_key", Option("token")),)),
    limits=MessageLimits(events=1000, bytes=5_000_000, event_bytes=1_000_000),
    mapping=MAPPING,
    read=read,
    acknowledges=says_json("code"),
    needs=("token",),
    deletion=DELETION,
    deduplicates="`device_id` and `insert_id` together, for seven days",
    erasure="By `POST /api/2/deletions/users` with the visitor id as `user_ids`; it is done in a "
    "job 10 to 13 days later, Amplitude promises 30, and new events are those of a new user.",
)
KIND = AMPLITUDE.kind()
