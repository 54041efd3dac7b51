"""
HubSpot's custom events, forms with consent, and deletion of contacts. Listens on a port.

Source: HubSpot/HubSpot-public-api-spec-collection, *Send Event Completions* 2026-09 and *CRM
Contacts* 2026-03.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from privacykit.testing.stubs.server import ServiceStub, StubAnswer, StubRequest

ERROR = {
    "message": "Invalid input (details will vary based on the error)",
    "correlationId": "aeb5f871-7f07-4993-9211-075dc63e7cbf",
    "category": "VALIDATION_ERROR",
    "links": {"knowledge-base": "https://www.hubspot.com/products/service/knowledge-base"},
}

CONTACTS = "/crm/objects/2026-03/contacts/"

_Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,49}$")]


class _Event(msgspec.Struct, forbid_unknown_fields=True):
    eventName: Annotated[  # noqa: N815 - HubSpot's name
        str, Meta(pattern=r"^pe[1-9][0-9]*_[a-z0-9_]{1,50}$")
    ]
    occurredAt: datetime | None = None  # noqa: N815 - as above
    uuid: str = ""
    objectId: Annotated[str, Meta(pattern="^[0-9]+$")] | None = None  # noqa: N815 - as above
    email: str | None = None
    utk: str | None = None
    properties: Annotated[dict[_Name, str], Meta(max_length=50)] = {}


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    inputs: Annotated[list[Any], Meta(min_length=1, max_length=500)]


class _Deletion(msgspec.Struct, forbid_unknown_fields=True):
    objectId: str  # noqa: N815 - as above
    idProperty: Literal["email"] | None = None  # noqa: N815 - as above


class _Communication(msgspec.Struct, forbid_unknown_fields=True):
    value: bool
    subscriptionTypeId: int  # noqa: N815 - as above
    text: Annotated[str, Meta(min_length=1)]


class _Consent(msgspec.Struct, forbid_unknown_fields=True):
    consentToProcess: bool  # noqa: N815 - as above
    text: Annotated[str, Meta(min_length=1)]
    communications: list[_Communication]


class _Options(msgspec.Struct, forbid_unknown_fields=True):
    consent: _Consent


class _Form(msgspec.Struct, forbid_unknown_fields=True):
    fields: Annotated[list[dict[str, str]], Meta(min_length=1, max_length=1000)]
    submittedAt: Annotated[str, Meta(pattern="^[0-9]{13}$")]  # noqa: N815 - as above
    legalConsentOptions: _Options  # noqa: N815 - as above
    context: dict[str, str] = {}


class HubSpotStub(ServiceStub):
    """
    HubSpot, which does not promise to know an event that comes again.

    Attributes:
        blocked: E-mail addresses that were deleted without being known: never to be used again.
    """

    knows_ids = False

    def __init__(self) -> None:
        super().__init__()
        self.blocked: set[str] = set()
        self._going: set[str] = set()

    def answer(self, request: StubRequest) -> StubAnswer:
        """Take events whole or not at all, or delete a contact."""
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return StubAnswer(401, ERROR | {"category": "INVALID_AUTHENTICATION"})
        if request.path.startswith(CONTACTS):
            return self._contact(request)
        if request.path == "/events/custom/2026-09/send":
            return self._taken([request.json()])
        if request.path.startswith("/submissions/v3/integration/secure/submit/"):
            return self._submitted(request)
        if request.path != "/events/custom/2026-09/send/batch":
            self.fault(f"{request.method} {request.path}")
            return StubAnswer(404)
        batch = self.valid(request.json(), _Batch, "batch")
        return self._taken(batch.inputs if batch else [])

    def _contact(self, request: StubRequest) -> StubAnswer:
        called = request.path.removeprefix(CONTACTS)
        if (request.method, called) == ("POST", "gdpr-delete"):
            return self._delete(request)
        there = request.method == "GET" and self.at_work and called in self._going
        return StubAnswer(200, {"id": called}) if there else StubAnswer(404, ERROR)

    def _taken(self, inputs: list[Any]) -> StubAnswer:
        read = [self.valid(one, _Event, "event") for one in inputs]
        if not read or any(one is None or one.uuid in self.poison for one in read):
            return StubAnswer(400, ERROR)
        for event, one in zip(read, inputs, strict=True):
            if event:
                if sum(bool(said) for said in (event.objectId, event.email, event.utk)) != 1:
                    self.fault("an event of nobody, or of several")
                self.take(event.uuid, one)
        return StubAnswer(204)

    def _submitted(self, request: StubRequest) -> StubAnswer:
        form = self.valid(request.json(), _Form, "form")
        if form is None:
            return StubAnswer(400, ERROR)
        if {"hutk", "ipAddress"} & set(form.context):
            self.fault("a form that tells the visitor's cookie or address")
        return StubAnswer(200, {"inlineMessage": "Thanks for submitting the form."})

    def _delete(self, request: StubRequest) -> StubAnswer:
        wanted = self.valid(request.json(), _Deletion, "deletion")
        if wanted is None:
            return StubAnswer(400, ERROR)
        by = wanted.idProperty or "objectId"
        gone = self.drop(lambda one: one.get(by) == wanted.objectId)
        self._going.add(wanted.objectId)
        if not gone and wanted.idProperty:
            self.blocked.add(wanted.objectId)
        return StubAnswer(204)
