"""
RudderStack's gateway as its code answers, and its rule of consent. Listens on a port.

Sources: rudderlabs/rudder-server ``gateway/response/response.go``, ``processor/consent.go``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from privacykit.testing.stubs.pipelines.calls import Call, CallContext
from privacykit.testing.stubs.server import ServiceStub, StubAnswer, StubRequest

LARGEST = 4000 * 1024
LARGEST_EVENT = 32_000


class _Consent(msgspec.Struct, forbid_unknown_fields=True):
    allowedConsentIds: list[str]  # noqa: N815 - RudderStack's name
    deniedConsentIds: list[str]  # noqa: N815 - as above
    provider: Literal["custom", "oneTrust", "ketch", "iubenda"]
    resolutionStrategy: Literal["and", "or"]  # noqa: N815 - as above


class _Context(CallContext, kw_only=True, forbid_unknown_fields=True):
    consentManagement: _Consent  # noqa: N815 - as above


class _Call(Call, kw_only=True, forbid_unknown_fields=True):
    context: _Context
    request_ip: str = ""


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    batch: list[Any]
    sentAt: datetime | None = None  # noqa: N815 - as above


class _Regulation(msgspec.Struct, forbid_unknown_fields=True):
    regulationType: Literal["suppress", "suppress_with_delete"]  # noqa: N815 - as above
    users: list[dict[str, str]]
    sourceIds: list[str] = []  # noqa: N815 - as above
    destinationIds: list[str] = []  # noqa: N815 - as above


class RudderStackStub(ServiceStub):
    """
    RudderStack, without the deduplication that has to be switched on.

    Attributes:
        destinations: For each the consent ids that it needs; none means that it gets all.
    """

    knows_ids = False

    def __init__(self) -> None:
        super().__init__()
        self.destinations: dict[str, tuple[str, ...]] = {}

    def answer(self, request: StubRequest) -> StubAnswer:
        """Take a batch as RudderStack does: whole, or not at all."""
        if request.path == "/v2/regulations":
            return self._regulate(request)
        if (request.method, request.path) != ("POST", "/v1/batch"):
            self.fault(f"{request.method} {request.path}")
            return StubAnswer(404)
        if request.user() != (self.token, ""):
            return StubAnswer(401, "invalid write key")
        if len(request.body) > LARGEST:
            return StubAnswer(413, "request size exceeds max limit")
        try:
            batch = self.valid(request.json(), _Batch, "batch")
        except ValueError:
            batch = None
        if batch is None or not batch.batch:
            return StubAnswer(400, "invalid json" if batch is None else "empty batch payload")
        return self._taken(batch.batch)

    def _taken(self, batch: list[Any]) -> StubAnswer:
        calls = [(one, self.valid(one, _Call, "call")) for one in batch]
        if any(call and call.messageId in self.poison for _, call in calls):
            return StubAnswer(400, "request neither has anonymousId nor userId")
        for one, call in calls:
            if call is None:
                continue
            self._look(call, len(msgspec.json.encode(one)))
            self.take(call.messageId, one)
        return StubAnswer(200, "ok")

    def _regulate(self, request: StubRequest) -> StubAnswer:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return StubAnswer(401)
        wanted = self.valid(request.json(), _Regulation, "regulation")
        if wanted is None or bool(wanted.sourceIds) == bool(wanted.destinationIds):
            return StubAnswer(400)
        gone = {user["userId"] for user in wanted.users}
        self.drop(lambda one: one.get("userId") in gone)
        return StubAnswer(201, "Created")

    def _look(self, call: _Call, size: int) -> None:
        if call.wrong:
            self.fault(call.wrong)
        if size > LARGEST_EVENT:
            self.fault("a call larger than is documented")
        if call.request_ip != "0.0.0.0":  # noqa: S104 - no address to listen at
            self.fault("the address of the connection is stored")

    def routed(self, message: str) -> list[str]:
        """Return the destinations that the event *message* flows to: only denied ids count."""
        denied = self.events[message]["context"]["consentManagement"]["deniedConsentIds"]
        return [name for name, needs in self.destinations.items() if not set(needs) & set(denied)]
