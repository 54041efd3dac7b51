"""
Umami's collector as its code answers it, single and in batches. Listens on a port.

Sources: umami-software/umami ``src/app/api/send``, ``src/app/api/batch``; the kinds of user agents
that omrilotan/isbot takes for robots.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from uuid import UUID, uuid5

import msgspec
from msgspec import Meta

from privacykit.testing.stubs.server import ServiceStub, StubAnswer, StubRequest

ROBOT = re.compile(
    r"bots?(\b|_)|crawl|spider|headless|http|\(\)|^[\w .()-]+(/v?[\d.]+)?$"
    r"|^mozilla/\d\.\d\s([\w.-]+|\(compatible;?\))$",
    re.IGNORECASE,
)
LATEST_SECONDS = 100_000_000_000
"""A time beyond this is one in milliseconds."""

_Tag = Annotated[str, Meta(max_length=50, pattern=r"^[^=+\-@\t\r]")]


class _Payload(msgspec.Struct, forbid_unknown_fields=True):
    website: UUID
    hostname: Annotated[str, Meta(max_length=100)] = ""
    language: Annotated[str, Meta(max_length=35)] = ""
    referrer: str = ""
    screen: Annotated[str, Meta(max_length=11)] = ""
    title: str = ""
    url: str = ""
    name: _Tag | None = None
    tag: _Tag | None = None
    data: dict[str, Any] = {}
    id: Annotated[str, Meta(max_length=50)] = ""
    ip: str = ""
    userAgent: str = ""  # noqa: N815 - Umami's name
    timestamp: int = 0
    browser: Annotated[str, Meta(max_length=20)] = ""
    os: Annotated[str, Meta(max_length=20)] = ""
    device: Annotated[str, Meta(max_length=20)] = ""


class _Sent(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["event", "identify", "performance"]
    payload: _Payload


class UmamiStub(ServiceStub):
    """Umami with one website."""

    knows_ids = False
    website = "b59e9c65-ae32-47f1-8400-119fcf4861c4"

    def __init__(self) -> None:
        super().__init__()
        self._lost = False

    def refuse(self) -> None:
        """Know no website the next time: there is no credential that could be wrong."""
        self._lost = True

    def answer(self, request: StubRequest) -> StubAnswer:
        """Take one, or a list of them one by one."""
        if (request.method, request.path) not in {("POST", "/api/send"), ("POST", "/api/batch")}:
            self.fault(f"{request.method} {request.path}")
            return StubAnswer(404)
        if "x-umami-cache" in request.headers:
            self.fault("a session kept of another visitor")
        agent = request.headers.get("user-agent", "")
        lost, self._lost = self._lost, False
        if request.path == "/api/send":
            return self._one(request.json(), agent, lost=lost)
        answers = [self._one(one, agent, lost=lost) for one in request.json()]
        failed = [
            {"index": at, "response": given.body}
            for at, given in enumerate(answers)
            if given.status != 200  # noqa: PLR2004 - HTTP: success
        ]
        told = {
            "size": len(answers),
            "processed": len(answers) - len(failed),
            "errors": len(failed),
            "details": failed,
            "cache": "token",
        }
        return StubAnswer(200, told)

    def _one(self, document: Any, agent: str, *, lost: bool) -> StubAnswer:  # noqa: ANN401
        sent = self.valid(document, _Sent, "item")
        if sent is None:
            return _refused("Bad request")
        told = sent.payload
        if lost or str(told.website) != self.website:
            return _refused("Website not found.")
        if ROBOT.search(told.userAgent or agent):
            self.fault("what it takes for a robot, and throws away")  # with 200
            return StubAnswer(200, {"beep": "boop"})
        seen = f"{told.id} {told.timestamp}"
        if self.called(seen) in self.poison:
            return _refused("Bad request")
        self._look(told)
        self.take(self.called(seen), document["payload"])
        session = str(uuid5(told.website, told.id))
        return StubAnswer(200, {"cache": "token", "sessionId": session, "visitId": session})

    def _look(self, told: _Payload) -> None:
        if not told.id:
            self.fault("no id: all come from one visitor")
        if not told.ip or not told.userAgent:
            self.fault("address or user agent of the connection are taken")
        if told.ip not in {"", "0.0.0.0"}:  # noqa: S104 - no address to listen at
            self.fault("an address that may be somebody's")
        if not 0 < told.timestamp < LATEST_SECONDS:
            self.fault("no time, or one in milliseconds")


def _refused(message: str) -> StubAnswer:
    return StubAnswer(400, {"error": {"message": message, "code": "bad-request", "status": 400}})
