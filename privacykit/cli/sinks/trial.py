"""One synthetic event to one sink, and its answer. Does network I/O."""

from __future__ import annotations

import asyncio
import secrets
import time
from datetime import UTC, datetime
from typing import Literal

import msgspec

from privacykit.collect.events.event import RANDOM_BYTES_PER_EVENT, EventIds
from privacykit.collect.events.format import (
    DATASCHEMA,
    Event,
    EventConsent,
    EventData,
    EventPlace,
    encode_event,
)
from privacykit.collect.ports import Envelope, Maintains, OutboxRow, SendOutcome, Sink
from privacykit.delivery.at_once import at_once
from privacykit.errors import SinkError
from privacykit.settings.backends import Backends

NAME = "privacykit test"
"""What the event is called, wherever it arrives."""

MARK = "privacykit_test"
"""The property that says that it is none of a visitor's."""

LIFE_SECONDS = 86_400
LONGEST_SECONDS = 60.0


class Trial(msgspec.Struct):
    """
    What became of the event.

    Attributes:
        event: Its id.
        outcome: In a word.
        reason: Why, if it was not delivered.
        seconds: How long the sink took.
    """

    event: str
    outcome: Literal["delivered", "rejected", "dropped", "not taken"]
    reason: str = ""
    seconds: float = 0.0


def synthetic(sink: str, site: str, purpose: str, now: float) -> OutboxRow:
    """Return an event of nobody's, marked as a test."""
    (id_,) = EventIds().take(1, int(now * 1000), secrets.token_bytes(RANDOM_BYTES_PER_EVENT))
    end = int(now) + LIFE_SECONDS
    event = Event(
        specversion="1.0",
        id=id_,
        source=f"urn:privacykit:site:{site}",
        type="privacykit.event",
        time=_written(now),
        datacontenttype="application/json",
        dataschema=DATASCHEMA,
        data=EventData(
            name=NAME,
            purpose=purpose,
            site=site,
            place=EventPlace("ZZ", None),
            consent=EventConsent({purpose: "allow"}, "law", ("TEST@000000000000",), ()),
            ip_method="none",
            stability="none",
            ip=None,
            ip_bits=None,
            visitor=None,
            page=None,
            device=None,
            expires_at=_written(end),
            props={MARK: True},
        ),
    )
    return OutboxRow(Envelope(id_, site, purpose, end, (sink,)), encode_event(event))


def try_out(backends: Backends, name: str, now: float) -> Trial:
    """
    Send the sink called *name* one synthetic event, past the outbox.

    Raises:
        InputError: There is no such sink.
        ConfigurationError: It cannot be built.
    """
    sink = backends.sink(name)
    site, purpose = backends.served(name)
    row = synthetic(name, site, purpose, now)
    began = time.monotonic()
    try:
        outcome = at_once(sink, _send(sink, row, now))
    except SinkError as error:
        taken = time.monotonic() - began
        return Trial(row.envelope.id, "not taken", str(error), taken)
    taken = time.monotonic() - began
    for word, found in (("rejected", outcome.rejected), ("dropped", outcome.dropped)):
        if found:
            return Trial(row.envelope.id, word, found[0][1], taken)  # type: ignore[arg-type]
    if outcome.retry or outcome.untried or outcome.unclear:
        return Trial(row.envelope.id, "not taken", "asked to send it again", taken)
    return Trial(row.envelope.id, "delivered", "", taken)


async def _send(sink: Sink, row: OutboxRow, now: float) -> SendOutcome:
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            # As a worker does first: a database that is fresh has no place for the event yet.
            if isinstance(sink, Maintains):
                await sink.keep(now)
            return await sink.send([row])
    except TimeoutError:
        raise SinkError("PK172 the sink took too long") from None


def _written(at: float) -> str:
    return datetime.fromtimestamp(int(at), UTC).isoformat().replace("+00:00", "Z")
