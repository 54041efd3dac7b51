"""Segment's calls as they are documented, for the stubs of what speaks them. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta


class CallContext(msgspec.Struct, forbid_unknown_fields=True):
    """What is documented of ``context``, and sent by a server; consent is the pipeline's own."""

    library: dict[str, str] = {}
    page: dict[str, str] = {}
    locale: str = ""
    location: dict[str, str] = {}
    device: dict[str, str] = {}
    os: dict[str, str] = {}
    campaign: dict[str, str] = {}


class Call(msgspec.Struct, forbid_unknown_fields=True):
    """A call without its ``context``."""

    type: Literal["track", "page", "screen", "identify", "group", "alias"]
    messageId: Annotated[str, Meta(min_length=1, max_length=99)]  # noqa: N815 - Segment's name
    timestamp: datetime
    anonymousId: str = ""  # noqa: N815 - as above
    userId: str = ""  # noqa: N815 - as above
    event: str = ""
    properties: dict[str, Any] = {}

    @property
    def wrong(self) -> str:
        """What is wrong with it, in words; nothing if it is right."""
        if not (self.anonymousId or self.userId):
            return "a call of nobody"
        return "a track without an event" if self.type == "track" and not self.event else ""
