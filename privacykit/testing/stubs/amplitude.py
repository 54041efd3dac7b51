"""
Amplitude's batch upload, and its deletion API. Listens on a port.

Source: Amplitude-Developer-Docs/amplitude-dev-center ``batch-event-upload-api.md``,
``user-privacy-api.md``.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from privacykit.testing.stubs.server import ServiceStub, StubAnswer, StubRequest

LARGEST = 20 * 1024 * 1024
MOST_EVENTS = 2000
LONGEST_TEXT = 1024

_Id = Annotated[str, Meta(min_length=5)]


class _Event(msgspec.Struct, forbid_unknown_fields=True):
    event_type: Annotated[str, Meta(min_length=1)]
    time: int
    insert_id: str
    user_id: _Id | None = None
    device_id: _Id | None = None
    session_id: int = -1
    event_properties: dict[str, Any] = {}
    user_properties: dict[str, Any] = {}
    country: str = ""
    region: str = ""
    language: str = ""
    os_name: str = ""
    library: str = ""


class _Upload(msgspec.Struct, forbid_unknown_fields=True):
    events: Annotated[list[Any], Meta(min_length=1, max_length=MOST_EVENTS)]
    api_key: str = ""
    options: dict[str, int] = {}


class _Deletion(msgspec.Struct, forbid_unknown_fields=True):
    user_ids: Annotated[list[str], Meta(min_length=1, max_length=100)]
    requester: str
    ignore_invalid_id: str = "false"
    delete_from_org: str = "false"
    include_mapped_user_ids: str = "false"


class AmplitudeStub(ServiceStub):
    """
    Amplitude.

    Attributes:
        slow: Ids of events whose users do too much at once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.slow: set[str] = set()

    def answer(self, request: StubRequest) -> StubAnswer:
        """Take a batch whole or not at all, or queue a deletion."""
        if request.path == "/api/2/deletions/users":
            return self._delete(request)
        if (request.method, request.path) != ("POST", "/batch"):
            self.fault(f"{request.method} {request.path}")
            return StubAnswer(404)
        if len(request.body) > LARGEST:
            return StubAnswer(413, {"code": 413, "error": "Payload too large"})
        upload = self.valid(request.json(), _Upload, "upload")
        if upload is None or not upload.api_key:
            error = {"code": 400, "error": "Request missing required field"}
            return StubAnswer(400, error | {"missing_field": "api_key"})
        if upload.api_key != self.token:
            return StubAnswer(400, {"code": 400, "error": "Invalid API key: unknown"})
        return self._taken(upload.events, len(request.body))

    def _taken(self, events: list[Any], size: int) -> StubAnswer:
        read = [self.valid(one, _Event, "event") for one in events]
        wrong = [at for at, one in enumerate(read) if not one or one.insert_id in self.poison]
        if wrong:
            error = {"code": 400, "error": "Request missing required field"}
            return StubAnswer(400, error | {"events_with_invalid_fields": {"time": wrong}})
        slow = [at for at, one in enumerate(read) if one and one.insert_id in self.slow]
        if slow:
            error = {"code": 429, "error": "Too many requests for some devices and users"}
            return StubAnswer(429, error | {"eps_threshold": 1000, "throttled_events": slow})
        for event, one in zip(read, events, strict=True):
            if event:
                self._look(event)
                self.take(event.insert_id, one)
        said = {"code": 200, "events_ingested": len(events), "payload_size_bytes": size}
        return StubAnswer(200, said | {"server_upload_time": 1396381378123})

    def _look(self, event: _Event) -> None:
        if not (event.user_id or event.device_id):
            self.fault("an event of nobody")
        texts = (value for value in event.event_properties.values() if isinstance(value, str))
        if any(len(text) > LONGEST_TEXT for text in texts):
            self.fault("a text that is cut")

    def _delete(self, request: StubRequest) -> StubAnswer:
        if request.method == "GET":
            days = {request.query.get("start_day"), request.query.get("end_day")}
            if days != {"2026-12-03"} or request.user() is None:
                return StubAnswer(400 if request.user() else 401)
            status = "staging" if self.at_work else "done"
            return StubAnswer(200, [{"day": "2026-12-03", "amplitude_ids": [], "status": status}])
        wanted = self.valid(request.json(), _Deletion, "deletion")
        if wanted is None or request.user() is None:
            return StubAnswer(401 if wanted else 400)
        gone = set(wanted.user_ids)
        self.drop(lambda one: one.get("user_id") in gone)
        asked = {"requested_on_day": "2026-11-21", "requester": wanted.requester}
        queued = [{"amplitude_id": 356896327775} | asked for _ in gone]
        return StubAnswer(
            200, [{"day": "2026-12-03", "amplitude_ids": queued, "status": "staging"}]
        )
