"""
Jitsu's ingest service as its code answers. Listens on a port.

Source: jitsucom/bulker ``ingest/router_batch_handler.go``.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from privacykit.testing.stubs.pipelines.calls import Call, CallContext
from privacykit.testing.stubs.server import ServiceStub, StubAnswer, StubRequest

LARGEST_EVENT = 1_000_000
LONGEST_NAME = 128


class _Consent(msgspec.Struct, forbid_unknown_fields=True):
    categoryPreferences: dict[str, bool]  # noqa: N815 - Segment's name


class _Context(CallContext, kw_only=True, forbid_unknown_fields=True):
    consent: _Consent


class _Call(Call, kw_only=True, forbid_unknown_fields=True):
    messageId: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,64}$")]  # noqa: N815 - as above
    context: _Context


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    batch: list[Any]
    writeKey: str = ""  # noqa: N815 - as above
    context: dict[str, Any] = {}


class JitsuStub(ServiceStub):
    """
    Jitsu. That an event came again only its destinations can tell.

    Attributes:
        connected: Whether the source has destinations; else nothing goes anywhere, with 200.
        invalid: Ids of events that it does not take, and says so with 200.
    """

    knows_ids = False

    def __init__(self) -> None:
        super().__init__()
        self.connected = True
        self.invalid: set[str] = set()

    def answer(self, request: StubRequest) -> StubAnswer:
        """Take a batch, event by event."""
        if (request.method, request.path) != ("POST", "/api/s/s2s/batch"):
            self.fault(f"{request.method} {request.path}")
            return StubAnswer(404)
        if request.headers.get("x-write-key") != self.token:
            return StubAnswer(401, {"ok": False, "error": "stream not found"})
        if not self.connected:
            error = "no destinations found for stream"
            return StubAnswer(200, {"ok": False, "error": error})
        if request.headers.get("x-ip-policy") != "remove":
            self.fault("the address of the connection is stored")
        batch = self.valid(request.json(), _Batch, "batch")
        if batch is None:
            return StubAnswer(400, {"ok": False, "error": "error parsing message"})
        errors = [told for one in batch.batch if (told := self._wrong(one))]
        said: dict[str, Any] = {"ok": not errors, "receivedEvents": len(batch.batch)}
        said["okEvents"] = len(batch.batch) - len(errors)
        return StubAnswer(200, said | ({"errors": errors} if errors else {}))

    def _wrong(self, one: dict[str, Any]) -> str:
        id_ = one.get("messageId", "")
        if id_ in self.poison | self.invalid:
            return f"Message ID: {id_}: event error"
        call = self.valid(one, _Call, "call")
        if call is None or call.wrong or len(msgspec.json.encode(one)) > LARGEST_EVENT:
            self.fault("an event that is not taken")
            return f"Message ID: {id_}: event error"
        if len(call.event) > LONGEST_NAME:
            self.fault("a name that is too long")
        self.take(id_, one)
        return ""
