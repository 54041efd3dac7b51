"""
The CloudEvents message of an event, as its protocol bindings have it: structured or binary. Pure.

Source: cloudevents/spec 1.0, the bindings for Kafka, NATS, AMQP and MQTT, which differ in how the
names of attributes are spelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from privacykit.collect.events.format import frame_of, members_of
from privacykit.collect.ports import OutboxRow

Mode = Literal["structured", "binary"]
"""The event whole as JSON, or its data alone with the attributes in headers."""

STRUCTURED_TYPE = "application/cloudevents+json; charset=UTF-8"
_UNQUOTED = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')


_NONE: Mapping[str, str] = {}
_filed = members_of("data.site", "data.purpose", "data.visitor")


class Message(msgspec.Struct, frozen=True):
    """
    One event, ready to be published.

    Attributes:
        id: The event's id.
        key: What orders and finds it: the visitor, or the event's own id where there is none.
        site: The site's id.
        purpose: The event's purpose.
        expires_at: Unix seconds; the end of its retention.
        content_type: Of the body.
        attributes: CloudEvents attributes for headers, by name; none in structured mode.
        body: The bytes.
    """

    id: str
    key: str
    site: str
    purpose: str
    expires_at: int
    content_type: str
    attributes: Mapping[str, str]
    body: bytes

    def headers(self, prefix: str) -> dict[str, str]:
        """Return the attributes with *prefix* before each name, percent-encoded as they must be."""
        return {
            prefix + name: quote(value, safe=_UNQUOTED) for name, value in self.attributes.items()
        }


def message_of(row: OutboxRow, mode: Mode) -> Message:
    """
    Return the message for *row*: of the envelope nothing but what the event says itself.

    Raises:
        ValueError: It is no event of ours.
    """
    try:
        site, purpose, visitor = _filed(row.body)
        id_, end = row.envelope.id, row.envelope.expires_at
        key = visitor or id_
        if mode == "structured":
            return Message(id_, key, site, purpose, end, STRUCTURED_TYPE, _NONE, row.body)
        event = frame_of(row.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ValueError("not an event of this format") from None
    attributes: dict[str, Any] = {
        name: getattr(event, name)
        for name in ("specversion", "id", "source", "type", "time", "dataschema")
    }
    kind = event.datacontenttype
    return Message(id_, key, site, purpose, end, kind, attributes, bytes(event.data))
