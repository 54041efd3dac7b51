"""
Google's Measurement Protocol: what it takes, what it drops unsaid, its debugging twin. Listens.

Sources: Google's reference of the Measurement Protocol; googleanalytics/ga-dev-tools
``ValidateEvent/schemas``.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from privacykit.testing.stubs.server import ServiceStub, StubAnswer, StubRequest

MOST_EVENTS = 25
MOST_PARAMETERS = 25
LARGEST = 130_000
LATEST_SECONDS = 72 * 3600
NAME = re.compile("(?!firebase_|ga_|google_|gtag)[A-Za-z][A-Za-z0-9_]{0,39}")
RESERVED = frozenset({"ad_click", "app_exception", "error", "first_visit", "session_start"})
LONGEST = {"page_location": 1000, "page_referrer": 420, "page_title": 300}
LONGEST_VALUE = 100

_Said = Literal["GRANTED", "DENIED"]


class _GoogleConsent(msgspec.Struct, forbid_unknown_fields=True):
    ad_user_data: _Said
    ad_personalization: _Said


class _Location(msgspec.Struct, forbid_unknown_fields=True):
    country_id: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    region_id: Annotated[str, Meta(pattern="^[A-Z]{2}-[A-Z0-9]{1,3}$")] | None = None


class _Device(msgspec.Struct, forbid_unknown_fields=True):
    category: str = ""
    language: str = ""
    operating_system: str = ""
    browser: str = ""


class _Call(msgspec.Struct, forbid_unknown_fields=True):
    client_id: Annotated[str, Meta(min_length=1)]
    consent: _GoogleConsent
    user_location: _Location
    timestamp_micros: int
    events: list[dict[str, Any]]
    device: _Device | None = None


class _Who(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["CLIENT_ID", "USER_ID", "APP_INSTANCE_ID"]
    userId: Annotated[str, Meta(min_length=1)]  # noqa: N815 - Google's name


class _Deletion(msgspec.Struct, forbid_unknown_fields=True):
    kind: Literal["analytics#userDeletionRequest"]
    id: _Who
    propertyId: str  # noqa: N815 - as above


class GA4Stub(ServiceStub):
    """
    One web data stream: whatever comes is answered 204.

    Args:
        clock: Returns Unix seconds.

    Attributes:
        measurement_id: The stream's id.
        property: The number of its property.
    """

    knows_ids = False
    measurement_id = "G-TEST00000"
    property = "123456"

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._clock = clock

    def answer(self, request: StubRequest) -> StubAnswer:
        """Take a message, or say what is wrong with it where one debugs; or delete a user."""
        if request.path == "/analytics/v3/userDeletion/userDeletionRequests:upsert":
            return self._delete(request)
        if request.method == "POST" and request.path == "/debug/mp/collect":
            found = list(_wrong(request.json()))
            return StubAnswer(200, {"validationMessages": found})
        if (request.method, request.path) == ("POST", "/mp/collect"):
            return self._collected(request)
        self.fault(f"{request.method} {request.path}")
        return StubAnswer(404)

    def _collected(self, request: StubRequest) -> StubAnswer:
        if request.query.get("measurement_id") != self.measurement_id:
            self.fault("another stream")
        if request.query.get("api_secret") != self.token:
            self.fault("a secret that is not the stream's: dropped with 204")
            return StubAnswer(204)
        told = request.json()
        seen = f"{told.get('client_id')} {told.get('timestamp_micros')}"
        if self.poison and self.called(seen) in self.poison:
            return StubAnswer(400)
        call = self.valid(told, _Call, "message")
        wrong = [one["validationCode"] for one in _wrong(told)]
        if call is None or wrong or len(request.body) > LARGEST:
            self.faults += wrong  # all of it answered 204, and dropped
            return StubAnswer(204)
        if self._clock() - call.timestamp_micros / 1e6 > LATEST_SECONDS:
            self.fault("a time that is moved to three days ago")
        self.take(self.called(seen), told)
        return StubAnswer(204)

    def _delete(self, request: StubRequest) -> StubAnswer:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return StubAnswer(401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}})
        told = request.json()
        wanted = self.valid(told, _Deletion, "deletion")
        if wanted is None or wanted.propertyId != self.property:
            return StubAnswer(400, {"error": {"code": 400, "message": "Invalid property"}})
        if not self.at_work:
            self.drop(lambda call: call["client_id"] == wanted.id.userId)
        return StubAnswer(200, told | {"deletionRequestTime": "2026-11-21T10:00:00.000Z"})


def _wrong(told: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    events = told.get("events") or []
    if not told.get("client_id"):
        yield _message("client_id", "Measurement requires a client_id.", "VALUE_REQUIRED")
    if not 1 <= len(events) <= MOST_EVENTS:
        yield _message("events", "Between 1 and 25 events are allowed.", "EXCEEDED_MAX_ENTITIES")
    for at, event in enumerate(events):
        name = event.get("name", "")
        if name in RESERVED:
            said = f"Event at index: [{at}] has reserved name [{name}]."
            yield _message("events", said, "NAME_RESERVED")
        elif not NAME.fullmatch(name):
            said = f"Event at index: [{at}] has invalid name [{name}]."
            said += "" if name[:1].isalpha() else " Names must start with an alphabetic character."
            yield _message("events", said, "NAME_INVALID")
        yield from _wrong_parameters(event.get("params") or {})


def _wrong_parameters(params: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    where = "events.params"
    if len(params) > MOST_PARAMETERS:
        yield _message(where, "More than 25 parameters.", "EXCEEDED_MAX_ENTITIES")
    for name, value in params.items():
        if not NAME.fullmatch(name):
            yield _message(where, "A parameter has an invalid name.", "NAME_INVALID")
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            yield _message(where, "A parameter is no text or number.", "VALUE_INVALID")
        elif isinstance(value, str) and len(value) > LONGEST.get(name, LONGEST_VALUE):
            yield _message(where, "A parameter is too long.", "VALUE_OUT_OF_BOUNDS")


def _message(path: str, said: str, code: str) -> dict[str, str]:
    return {"fieldPath": path, "description": said, "validationCode": code}
