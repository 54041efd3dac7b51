"""
Plausible's Events API as its tests and code answer. Listens on a port.

Sources: plausible/docs ``docs/events-api.md``; plausible/analytics
``test/plausible_web/controllers/api/external_controller_test.exs``.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from privacykit.testing.stubs.server import ServiceStub, StubAnswer, StubRequest

BOTS = ("bot", "crawler", "headlesschrome")
NOBODYS = ip_network("2001:db8::/32")
LONGEST_URL = 2000
MOST_PROPERTIES = 30

_Key = Annotated[str, Meta(min_length=1, max_length=300)]
_Value = Annotated[str, Meta(max_length=2000)] | int | float | bool


class _Revenue(msgspec.Struct, forbid_unknown_fields=True):
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    amount: str | float


class _PageEvent(msgspec.Struct, forbid_unknown_fields=True):
    domain: Annotated[str, Meta(min_length=1)]
    name: Annotated[str, Meta(min_length=1, max_length=120)]
    url: str
    referrer: str = ""
    props: dict[_Key, _Value] = {}
    revenue: _Revenue | None = None
    interactive: bool = True


class PlausibleStub(ServiceStub):
    """
    Plausible.

    Attributes:
        dropping: Whether it throws away what it accepts, as over the limit of a site.
    """

    knows_ids = False
    wants = frozenset({"x-forwarded-for"})

    def __init__(self) -> None:
        super().__init__()
        self.dropping = False

    def answer(self, request: StubRequest) -> StubAnswer:
        """Take one event."""
        if (request.method, request.path) != ("POST", "/api/event"):
            self.fault(f"{request.method} {request.path}")
            return StubAnswer(404)
        try:
            told = request.json()
        except ValueError:
            return _refused("request", "Unable to parse request body as json")
        for field, why in (("url", "is required"), ("domain", "can't be blank")):
            if not told.get(field):
                return _refused(field, why)
        visitor = request.headers.get("x-forwarded-for", "127.0.0.1").partition(",")[0].strip()
        agent = request.headers.get("user-agent", "").lower()
        if self.called(visitor) in self.poison:
            return _refused("props", "is invalid")
        if self.dropping or any(bot in agent for bot in BOTS):
            return StubAnswer(202, "ok", {"x-plausible-dropped": "1"})
        return self._taken(told, visitor)

    def _taken(self, told: dict[str, Any], visitor: str) -> StubAnswer:
        event = self.valid(told, _PageEvent, "event")
        if event is None:
            return _refused("props", "is invalid")
        if len(event.url.encode()) > LONGEST_URL or event.url.startswith("data:"):
            return _refused("url", "is invalid")
        if len(event.props) > MOST_PROPERTIES:
            self.fault("more properties than are kept")
        if ip_address(visitor) not in NOBODYS:
            self.fault("an address that may be somebody's")
        self.take(self.called(visitor), told)
        return StubAnswer(202, "ok")


def _refused(field: str, why: str) -> StubAnswer:
    return StubAnswer(400, {"errors": {field: [why]}})
