"""
PostHog's capture API as ``rust/capture`` answers it. Listens on a port.

Sources: PostHog/posthog ``rust/capture/src/api.rs``; posthog.com/docs/api/capture.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from msgspec import Meta

from privacykit.testing.stubs.server import ServiceStub, StubAnswer, StubRequest

GENERIC = frozenset({"anonymous", "guest", "null", "none", "undefined", "distinct_id", "id"})
"""Ids that it refuses to merge, and so are nobody's."""

LARGEST = 20 * 1024 * 1024
LARGEST_EVENT = 1_000_000
PERSONS = "/api/projects/1/persons/"


class _Event(msgspec.Struct, forbid_unknown_fields=True):
    event: Annotated[str, Meta(min_length=1)]
    distinct_id: Annotated[str, Meta(min_length=1, max_length=200)]
    properties: dict[str, Any]
    timestamp: datetime
    uuid: UUID


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    batch: list[Any]
    api_key: str = ""
    historical_migration: bool = False
    sent_at: str | None = None


class _Deletion(msgspec.Struct, forbid_unknown_fields=True):
    ids: Annotated[list[str], Meta(max_length=1000)] = []
    distinct_ids: Annotated[list[str], Meta(max_length=1000)] = []
    delete_events: bool = False
    delete_recordings: bool = False
    keep_person: bool = False


class PostHogStub(ServiceStub):
    """
    PostHog.

    Attributes:
        over_quota: Whether the project's quota is used up: then everything is thrown away, with
            200.
        profiles: Whether persons are wanted: by them alone it deletes.
        persons: The number of the person of each ``distinct_id`` that has one.
    """

    token = "phc_stub"  # noqa: S105 - of a stub

    def __init__(self) -> None:
        super().__init__()
        self.over_quota = False
        self.profiles = False
        self.persons: dict[str, str] = {}
        self._queued: dict[str, set[str]] = {}

    def answer(self, request: StubRequest) -> StubAnswer:
        """Take a batch, or say what is wrong as PostHog does; or find and delete persons."""
        if request.path.startswith(PERSONS):
            return self._managed(request)
        if (request.method, request.path) != ("POST", "/batch/"):
            self.fault(f"{request.method} {request.path}")
            return StubAnswer(404)
        if request.headers.get("content-type") != "application/json":
            self.fault("content-type")
        if len(request.body) > LARGEST:
            return StubAnswer(413)
        try:
            batch = self.valid(request.json(), _Batch, "batch")
        except ValueError:
            batch = None
        if batch is None or not batch.batch:
            return StubAnswer(400, "request holds no event")
        if batch.api_key != self.token:
            named = "invalid api_key" if batch.api_key else "event submitted without an api_key"
            return StubAnswer(401, named)
        if batch.sent_at is not None:
            self.fault("sent_at shifts the time of an event that is sent again")
        return self._taken(batch.batch)

    def _taken(self, batch: list[Any]) -> StubAnswer:
        if any(one.get("uuid") in self.poison for one in batch):
            return StubAnswer(400, "invalid event")
        if self.over_quota:
            return StubAnswer(200, {"status": 1, "quota_limited": ["events"]})
        for one in batch:
            event = self.valid(one, _Event, "event")
            if event is None or len(msgspec.json.encode(one)) > LARGEST_EVENT:
                self.fault("an event that is thrown away")  # with 200
                continue
            self._look(event)
            # It is one event by these four together.
            self.take(str(event.uuid), one)
        return StubAnswer(200, {"status": 1})

    def _managed(self, request: StubRequest) -> StubAnswer:
        if not self.may_delete(request):
            return StubAnswer(401, {"type": "authentication_error", "code": "not_authenticated"})
        what = request.method, request.path.removeprefix(PERSONS)
        if what == ("GET", ""):
            known = self.persons.get(request.query.get("distinct_id", ""))
            ids = [id_ for id_, uuid in self.persons.items() if uuid == known]
            person = {"id": known, "uuid": known, "distinct_ids": ids}
            return StubAnswer(200, {"next": None, "results": [person] if known else []})
        if what == ("GET", "deletion_status/"):
            return self._status(request.query)
        if what == ("POST", "bulk_delete/"):
            return self._delete(request)
        self.fault(f"{request.method} {request.path}")
        return StubAnswer(404)

    def _delete(self, request: StubRequest) -> StubAnswer:
        wanted = self.valid(request.json(), _Deletion, "deletion")
        if wanted is None or bool(wanted.ids) == bool(wanted.distinct_ids):
            return StubAnswer(400, {"detail": "ids or distinct_ids"})
        gone = {
            id_: uuid
            for id_, uuid in self.persons.items()
            if uuid in wanted.ids or id_ in wanted.distinct_ids
        }
        for id_, uuid in gone.items():
            del self.persons[id_]
            if wanted.delete_events:
                self._queued.setdefault(uuid, set()).add(id_)
        counted = {"persons_found": len(gone), "persons_deleted": len(gone)}
        queued = {
            "events_queued_for_deletion": wanted.delete_events,
            "recordings_queued_for_deletion": wanted.delete_recordings,
        }
        return StubAnswer(202, {**counted, **queued, "deletion_errors": []})

    def _status(self, query: Mapping[str, str]) -> StubAnswer:
        uuid = query.get("person_uuid", "")
        if uuid not in self._queued:
            return StubAnswer(200, {"next": None, "results": []})
        if not self.at_work:
            self.drop(lambda event: event["distinct_id"] in self._queued[uuid])
        row = {
            "person_uuid": uuid,
            "created_at": "2026-11-21T10:00:00Z",
            "status": "pending" if self.at_work else "completed",
            "delete_verified_at": None if self.at_work else "2026-11-28T10:00:00Z",
        }
        return StubAnswer(200, {"next": None, "results": [row]})

    def _look(self, event: _Event) -> None:
        said = event.properties
        if event.distinct_id.lower() in GENERIC:
            self.fault("a distinct_id that is everybody's")
        if said.get("$process_person_profile") is not False and not self.profiles:
            self.fault("a person profile")
        elif said.get("$process_person_profile") is not False:
            uuid = str(uuid5(NAMESPACE_URL, event.distinct_id))
            self.persons.setdefault(event.distinct_id, uuid)
        if said.get("$geoip_disable") is not True or said.get("$ip") != "0.0.0.0":  # noqa: S104
            self.fault("the address of the connection is stored")
