"""
Jitsu: the ingest service's batches of server events, in Segment's form. Pure.

Source: jitsucom/bulker ``ingest/router_batch_handler.go`` and ``router.go``.
"""

from __future__ import annotations

import re
from typing import Any

from privacykit.sinks.http.answers import (
    STRANGER,
    Answer,
    AnswerReading,
    by_status,
    dropped_unnamed,
)
from privacykit.sinks.http.kind import BatchShape, HTTPKind, MessageLimits, UnsureOptions
from privacykit.sinks.mapping.calls import CATEGORY_PREFERENCES, Categories, call_fields
from privacykit.sinks.mapping.rules import EventMapping, FieldRule, FilledIn
from privacykit.sinks.mapping.sources import Const, Option
from privacykit.webhook import AnswerKind


class JitsuOptions(UnsureOptions, kw_only=True):
    """Keys of a Jitsu sink."""

    categories: Categories = None


MAPPING = EventMapping(
    *call_fields(CATEGORY_PREFERENCES),
    filled=(
        FilledIn(
            "`requestIp`, from the connection: the address of your server",
            "the header `X-IP-Policy` has it removed",
        ),
    ),
)

_MESSAGE = re.compile(r"Message ID: ([A-Za-z0-9._-]+)")
_REFUSES_US = ("stream not found", "no destinations found")


def read(answer: Answer) -> AnswerReading:
    """Read an answer: of a batch that was taken, how many events are in, and which are not."""
    said, found = by_status(answer), answer.json()
    if any(words in answer.text for words in _REFUSES_US):
        # With 200 and with 400: nothing of it is anywhere, and would be next time.
        return AnswerReading(AnswerKind.REFUSES_US)
    if said.kind is not AnswerKind.TAKEN:
        return said
    if not isinstance(found, dict) or "ok" not in found:
        return STRANGER
    if found["ok"] is True:
        return said
    return _partial(answer, found)


def _partial(answer: Answer, found: dict[str, Any]) -> AnswerReading:
    taken, errors = found.get("okEvents"), found.get("errors")
    texts = [one for one in errors if isinstance(one, str)] if isinstance(errors, list) else []
    named = {match[1] for text in texts if (match := _MESSAGE.search(text))}
    wrong = [at for at, id_ in enumerate(answer.sent) if id_ in named]
    if not isinstance(taken, int):
        return AnswerReading(AnswerKind.REFUSED, reason="not_ok")
    lost = len(answer.sent) - taken - len(wrong)
    return AnswerReading(
        rejected=dict.fromkeys(wrong, "invalid"),
        dropped=dropped_unnamed(answer, lost, "invalid_unnamed", besides=wrong),
    )


JITSU = HTTPKind(
    "jitsu",
    "Jitsu, and what is behind it.",
    path="/api/s/s2s/batch",
    headers=(
        FieldRule("x-write-key", Option("token")),
        FieldRule("x-ip-policy", Const("remove")),
    ),
    shape=BatchShape("batch"),
    limits=MessageLimits(events=500, bytes=1_000_000, event_bytes=900_000),
    mapping=MAPPING,
    read=read,
    needs=("token",),
    options=JitsuOptions,
    erasure="Jitsu keeps nothing to delete from: erase at each of its destinations, by "
    "`anonymous_id`, which is the visitor id.",
)
KIND = JITSU.kind()
