"""
Segment's HTTP API as it is documented: almost everything is answered with 200. Listens on a port.

Source: segmentio/segment-docs ``connections/sources/catalog/libraries/server/http-api``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from privacykit.testing.stubs.pipelines.calls import Call, CallContext
from privacykit.testing.stubs.server import ServiceStub, StubAnswer, StubRequest

LARGEST = 500_000
LARGEST_EVENT = 32_000
MOST_EVENTS = 2500
REGULATION_TYPES = frozenset({"application/json", "application/vnd.segment.v1+json"})


class _Consent(msgspec.Struct, forbid_unknown_fields=True):
    categoryPreferences: dict[str, bool]  # noqa: N815 - Segment's name


class _Context(CallContext, kw_only=True, forbid_unknown_fields=True):
    consent: _Consent


class _Call(Call, kw_only=True, forbid_unknown_fields=True):
    context: _Context


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    batch: list[Any]
    sentAt: datetime  # noqa: N815 - as above


class _Regulation(msgspec.Struct, forbid_unknown_fields=True):
    regulationType: Literal[  # noqa: N815 - as above
        "SUPPRESS_ONLY", "UNSUPPRESS", "SUPPRESS_WITH_DELETE", "DELETE_ONLY"
    ]
    subjectType: Literal["USER_ID"]  # noqa: N815 - as above
    subjectIds: Annotated[list[str], Meta(min_length=1, max_length=5000)]  # noqa: N815 - as above


class SegmentStub(ServiceStub):
    """
    Segment.

    Attributes:
        destinations: For each the consent categories that it needs; none means that it gets all.
        ends: What becomes of a regulation.
    """

    def __init__(self) -> None:
        super().__init__()
        self.destinations: dict[str, tuple[str, ...]] = {}
        self.ends = "FINISHED"
        self._regulations: list[_Regulation] = []

    def answer(self, request: StubRequest) -> StubAnswer:
        """Take a batch as Segment does, or make and show regulations."""
        if request.path.startswith("/regulations"):
            return self._regulated(request)
        if (request.method, request.path) != ("POST", "/v1/batch"):
            self.fault(f"{request.method} {request.path}")
            return StubAnswer(404)
        if request.user() != (self.token, ""):
            return StubAnswer(401)
        try:
            batch = self.valid(request.json(), _Batch, "batch")
        except ValueError:
            batch = None
        if (
            batch is None
            or len(request.body) > LARGEST
            or any(one.get("messageId") in self.poison for one in batch.batch)
        ):
            return StubAnswer(400, {"code": "invalid_request", "message": "malformed JSON"})
        if len(batch.batch) > MOST_EVENTS:
            self.fault("a batch that is thrown away")  # with 200
            return StubAnswer(200, {"success": True})
        for one in batch.batch:
            self._take(one)
        return StubAnswer(200, {"success": True})

    def _regulated(self, request: StubRequest) -> StubAnswer:
        if not self.may_delete(request):
            return StubAnswer(401, {"errors": [{"type": "unauthenticated"}]})
        if request.method == "GET":
            return self._regulation(request.path.removeprefix("/regulations/"))
        if request.headers.get("content-type") not in REGULATION_TYPES:
            self.fault("content-type")
        wanted = self.valid(request.json(), _Regulation, "regulation")
        if wanted is None:
            return StubAnswer(400, {"errors": [{"type": "bad-request"}]})
        self._regulations.append(wanted)
        return StubAnswer(200, {"data": {"regulateId": f"reg_{len(self._regulations)}"}})

    def _regulation(self, called: str) -> StubAnswer:
        known = {f"reg_{n}": one for n, one in enumerate(self._regulations, 1)}
        if called not in known:
            return StubAnswer(404, {"errors": [{"type": "not-found"}]})
        status = "RUNNING" if self.at_work else self.ends
        if status == "FINISHED":
            gone = set(known[called].subjectIds)
            self.drop(lambda call: call.get("userId") in gone)
        told = {"id": called, "overallStatus": status, "streamStatus": []}
        return StubAnswer(200, {"data": {"regulation": told}})

    def _take(self, one: dict[str, Any]) -> None:
        call = self.valid(one, _Call, "call")
        if call is None or len(msgspec.json.encode(one)) > LARGEST_EVENT:
            self.fault("a call that is thrown away")  # with 200
            return
        if call.wrong:
            self.fault(call.wrong)
        self.take(call.messageId, one)

    def routed(self, message: str) -> list[str]:
        """Return the destinations that the event *message* flows to."""
        said = self.events[message]["context"]["consent"]["categoryPreferences"]
        return [
            name
            for name, needs in self.destinations.items()
            if all(said.get(category) is True for category in needs)
        ]
