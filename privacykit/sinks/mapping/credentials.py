"""Headers that prove who we are to a backend. Pure."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from privacykit.sinks.mapping.sources import Const, Get, Joined, Settings, ValueSource


def bearer(token: ValueSource) -> Joined:
    """Return *token* as the header ``authorization`` has it (RFC 6750)."""
    return Joined(Const("Bearer "), token)


class Basic:
    """User and password as the header ``authorization`` has them (RFC 7617)."""

    __slots__ = ("pair",)

    def __init__(self, user: ValueSource, password: ValueSource) -> None:
        self.pair = Joined(user, Const(":"), password)

    def bind(self, settings: Settings) -> Get:
        """Return what encodes them."""
        pair = self.pair.bind(settings)

        def get(event: Mapping[str, Any], now: float) -> str | None:
            found = pair(event, now)
            return None if found is None else f"Basic {b64encode(found.encode()).decode()}"

        return get

    def members(self) -> Iterator[str]:
        """Yield those of both."""
        return self.pair.members()

    def words(self) -> str:
        """Say both."""
        return f"Basic: {self.pair.words()}"
