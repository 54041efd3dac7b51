"""
GoatCounter's API of page views as its code answers it. Listens on a port.

Source: arp242/goatcounter ``handlers/api.go``, ``hit.go``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from privacykit.testing.stubs.server import ServiceStub, StubAnswer, StubRequest

MOST_HITS = 500
MARGIN_SECONDS = 5
NO_SESSION = (
    "session or browser/IP not set; use no_sessions if you don't want to track unique visits"
)


class _PageView(msgspec.Struct, forbid_unknown_fields=True):
    path: Annotated[str, Meta(min_length=1, max_length=2048)]
    title: Annotated[str, Meta(max_length=1024)] = ""
    event: bool = False
    ref: Annotated[str, Meta(max_length=2048)] = ""
    size: list[float] = []
    query: str = ""
    bot: int = 0
    user_agent: Annotated[str, Meta(max_length=512)] = ""
    location: Annotated[str, Meta(pattern="^([A-Z]{2})?$")] = ""
    language: str = ""
    ip: str = ""
    created_at: datetime | None = None
    session: str = ""


class _Count(msgspec.Struct, forbid_unknown_fields=True):
    hits: list[Any] = []
    no_sessions: bool = False
    filter: list[str] = []


class GoatCounterStub(ServiceStub):
    """
    GoatCounter with one site.

    Args:
        clock: Returns Unix seconds.
    """

    knows_ids = False

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._clock = clock

    def answer(self, request: StubRequest) -> StubAnswer:
        """Count what came, and name what is not counted."""
        if (request.method, request.path) != ("POST", "/api/v0/count"):
            self.fault(f"{request.method} {request.path}")
            return StubAnswer(404)
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return StubAnswer(401, {"error": "unknown token"})
        if request.headers.get("content-type") != "application/json":
            self.fault("content-type")
            return StubAnswer(415)
        count = self.valid(request.json(), _Count, "count")
        if count is None or not count.hits:
            return StubAnswer(400, {"error": "no hits"})
        if len(count.hits) > MOST_HITS:
            told = f"maximum amount of pageviews in one batch is {MOST_HITS}"
            return StubAnswer(400, {"error": told})
        refused = {
            str(at): why
            for at, one in enumerate(count.hits)
            if (why := self._count(one, no_sessions=count.no_sessions))
        }
        return (
            StubAnswer(400, {"errors": refused}) if refused else StubAnswer(202, {"status": "ok"})
        )

    def _count(self, one: dict[str, Any], *, no_sessions: bool) -> str:
        told = self.valid(one, _PageView, "page view")
        if told is None:
            return "invalid"
        seen = f"{told.session} {one.get('created_at', '')}"
        if self.poison and self.called(seen) in self.poison:
            return "invalid"
        if told.ip or told.user_agent:
            self.fault("an address or a user agent")
        if not (told.session or no_sessions or (told.ip and told.user_agent)):
            return NO_SESSION
        if told.created_at and told.created_at.timestamp() > self._clock() + MARGIN_SECONDS:
            return "created_at: in the future"
        self.take(seen if no_sessions else self.called(seen), one)
        return ""
