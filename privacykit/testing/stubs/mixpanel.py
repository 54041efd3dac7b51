"""
Mixpanel's import API, strict, and its deletion API. Listens on a port.

Source: mixpanel/docs ``reference/import-events.mdx``, ``openapi/gdpr.openapi.yaml``.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from privacykit.testing.stubs.server import ServiceStub, StubAnswer, StubRequest

LARGEST = 2 * 1024 * 1024
MOST_EVENTS = 2000
MOST_PROPERTIES = 254
JOBS = "/api/app/data-deletions/v3.0/"
JOB = "job-tracking-id"
OLDEST = 31_536_000
"""1971, in Unix seconds."""

NOBODY = frozenset(
    [
        "00000000-0000-0000-0000-000000000000",
        "anon",
        "anonymous",
        "nil",
        "none",
        "null",
        "n/a",
        "na",
        "undefined",
        "unknown",
        "<nil>",
        "0",
        "-1",
        "true",
        "false",
        "[]",
        "{}",
    ]
)
"""Ids that it does not take for anybody's."""


class _Properties(msgspec.Struct):
    time: float
    distinct_id: str
    insert_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,36}$")] = msgspec.field(
        name="$insert_id"
    )


class _Record(msgspec.Struct, forbid_unknown_fields=True):
    event: Annotated[str, Meta(min_length=1)]
    properties: _Properties


class _Deletion(msgspec.Struct, forbid_unknown_fields=True):
    distinct_ids: Annotated[list[str], Meta(min_length=1, max_length=2000)]
    compliance_type: Literal["GDPR", "CCPA"]


class MixpanelStub(ServiceStub):
    """
    Mixpanel.

    Args:
        clock: Returns Unix seconds.

    Attributes:
        invalid: Ids of events of which it says, in a batch of others, that they are invalid.
        ends: What becomes of a deletion.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self.invalid: set[str] = set()
        self.ends = "SUCCESS"
        self._clock = clock

    def answer(self, request: StubRequest) -> StubAnswer:
        """Import a batch, or delete people."""
        if request.path.startswith(JOBS):
            return self._job(request) if request.method == "GET" else self._delete(request)
        if (request.method, request.path) != ("POST", "/import"):
            self.fault(f"{request.method} {request.path}")
            return StubAnswer(404)
        if request.query.get("strict") != "1":
            self.fault("without strict=1 what is invalid is thrown away with 200")
        if (request.user() or ("", ""))[0] != self.token:
            told = {"code": 401, "error": "Invalid credentials", "status": "Unauthorized"}
            return StubAnswer(401, told)
        if len(request.body) > LARGEST:
            return StubAnswer(413)
        batch = request.json()
        if not isinstance(batch, list) or len(batch) > MOST_EVENTS:
            self.fault("no list of at most 2000 events")
            return StubAnswer(400, {"code": 400, "error": "request is not valid"})
        return self._imported(batch)

    def _imported(self, batch: list[Any]) -> StubAnswer:
        failed = [
            {"index": at, "$insert_id": told, "field": "properties", "message": "is invalid"}
            for at, one in enumerate(batch)
            if (told := self._failed(one))
        ]
        imported = len(batch) - len(failed)
        if not failed:
            return StubAnswer(200, {"code": 200, "num_records_imported": imported, "status": "OK"})
        said = {
            "code": 400,
            "error": "some data points in the request failed validation",
            "failed_records": failed,
            "num_records_imported": imported,
            "status": "Bad Request",
        }
        return StubAnswer(400, said)

    def _failed(self, one: dict[str, Any]) -> str:
        record = self.valid(one, _Record, "event")
        if record is None:
            return "unknown"
        told = record.properties
        if told.insert_id in self.poison | self.invalid:
            return told.insert_id
        self._look(one["properties"], told)
        self.take(told.insert_id, one)
        return ""

    def _look(self, properties: dict[str, Any], told: _Properties) -> None:
        at = told.time / 1000 if told.time > self._clock() * 10 else told.time
        if at < OLDEST or at > self._clock() + 3600:
            self.fault("a time that is rejected")
        if told.distinct_id.lower() in NOBODY or told.insert_id.lower() in NOBODY:
            self.fault("an id that is everybody's")
        if "ip" not in properties or properties["ip"] != 0:
            self.fault("the address of the connection is looked up")
        if len(properties) > MOST_PROPERTIES:
            self.fault("too many properties")
        if any(re.match(r"\$(ignore|device_id|user_id)$", name) for name in properties):
            self.fault("a property that means something else")

    def _job(self, request: StubRequest) -> StubAnswer:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return StubAnswer(401)
        if request.query.get("token") != self.token or request.path != f"{JOBS}{JOB}":
            return StubAnswer(200, {"status": "ok", "results": {"status": "NOT_FOUND"}})
        status = "STARTED" if self.at_work else self.ends
        return StubAnswer(200, {"status": "ok", "results": {"status": status}})

    def _delete(self, request: StubRequest) -> StubAnswer:
        wanted = self.valid(request.json(), _Deletion, "deletion")
        if wanted is None or not request.headers.get("authorization", "").startswith("Bearer "):
            return StubAnswer(401 if wanted else 400)
        if "token" not in request.query:
            self.fault("a deletion without the token of a project")
        gone = set(wanted.distinct_ids)
        self.drop(lambda one: one["properties"]["distinct_id"] in gone)
        return StubAnswer(201, {"status": "ok", "results": {"task_id": JOB}})
