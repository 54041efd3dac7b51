"""Sample events for tests of sinks and stores. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

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
    event = {
        "specversion": "1.0",
        "id": envelope.id,
        "source": "urn:privacykit:site:shop",
        "type": "privacykit.page",
        "time": datetime.fromtimestamp(NOW + number, UTC),
        "dataschema": "urn:privacykit:event:1",
        "data": {
            "name": "page",
            "purpose": envelope.purpose,
            "site": envelope.site,
            "visitor": envelope.visitor,
            "expires_at": datetime.fromtimestamp(expires_at, UTC),
        },
    }
    return OutboxRow(envelope, msgspec.json.encode(event))


def of_nobody(made: OutboxRow) -> OutboxRow:
    """Return *made* without the person it is of."""
    envelope = msgspec.structs.replace(made.envelope, subject=None)
    return OutboxRow(envelope, made.body)


def ids(*numbers: int) -> list[str]:
    """Return the ids of the events with *numbers*."""
    return [row(number).envelope.id for number in numbers]
