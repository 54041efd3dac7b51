"""
An OpenTelemetry collector's endpoint for logs, OTLP in JSON. Listens on a port.

Source: open-telemetry/opentelemetry-proto ``docs/specification.md``.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from privacykit.testing.stubs.server import ServiceStub, StubAnswer, StubRequest

LARGEST = 64 * 1024 * 1024
NEVER = ("client.address", "user_agent.original", "url.full", "url.query", "url.path")
"""Attributes that would be finer than an event of ours."""

_Number = Annotated[str, Meta(pattern=r"^-?[0-9]{1,20}$")]
_Hex = Annotated[str, Meta(pattern=r"^[0-9A-Fa-f]+$")]


class _Value(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    stringValue: str | None = None  # noqa: N815 - the protocol's name
    boolValue: bool | None = None  # noqa: N815 - as above
    intValue: _Number | int | None = None  # noqa: N815 - as above
    doubleValue: float | None = None  # noqa: N815 - as above
    arrayValue: dict[str, list[_Value]] | None = None  # noqa: N815 - as above

    @property
    def one(self) -> bool:
        """Whether it is exactly one of them."""
        return sum(value is not None for value in msgspec.structs.astuple(self)) == 1


class _Attribute(msgspec.Struct, forbid_unknown_fields=True):
    key: Annotated[str, Meta(min_length=1)]
    value: _Value


class _Record(msgspec.Struct, forbid_unknown_fields=True):
    timeUnixNano: _Number  # noqa: N815 - as above
    severityNumber: Annotated[int, Meta(ge=1, le=24)]  # noqa: N815 - as above
    attributes: list[_Attribute]
    body: _Value | None = None
    eventName: str = ""  # noqa: N815 - as above
    severityText: str = ""  # noqa: N815 - as above
    observedTimeUnixNano: _Number = "0"  # noqa: N815 - as above
    traceId: Annotated[_Hex, Meta(min_length=32, max_length=32)] | None = None  # noqa: N815 - as above
    spanId: Annotated[_Hex, Meta(min_length=16, max_length=16)] | None = None  # noqa: N815 - as above


class _Scope(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    version: str = ""


class _ScopeLogs(msgspec.Struct, forbid_unknown_fields=True):
    scope: _Scope
    logRecords: list[Any]  # noqa: N815 - as above


class _Resource(msgspec.Struct, forbid_unknown_fields=True):
    attributes: list[_Attribute]


class _ResourceLogs(msgspec.Struct, forbid_unknown_fields=True):
    resource: _Resource
    scopeLogs: list[_ScopeLogs]  # noqa: N815 - as above


class _Request(msgspec.Struct):
    resourceLogs: list[_ResourceLogs] = []  # noqa: N815 - as above; others are ignored


class OTLPStub(ServiceStub):
    """
    A collector, which knows no ids.

    Attributes:
        rejected: Ids of records that what is behind it does not take: how many it says, not which.
    """

    knows_ids = False

    def __init__(self) -> None:
        super().__init__()
        self.rejected: set[str] = set()

    def answer(self, request: StubRequest) -> StubAnswer:
        """Take log records, but those that are rejected."""
        if (request.method, request.path) != ("POST", "/v1/logs"):
            self.fault(f"{request.method} {request.path}")
            return StubAnswer(404)
        if request.headers.get("content-type") != "application/json":
            self.fault("content-type")
        if len(request.body) > LARGEST:
            return StubAnswer(413)
        told = self.valid(request.json(), _Request, "request")
        if told is None:
            return StubAnswer(400, {"message": "not an ExportLogsServiceRequest"})
        scopes = [scope for one in told.resourceLogs for scope in one.scopeLogs]
        records = [record for scope in scopes for record in scope.logRecords]
        if not records:
            self.fault("no record: a name it does not know is ignored")  # with 200
        read = [(one, self.valid(one, _Record, "record")) for one in records]
        if any(record and _id(record) in self.poison for _, record in read):
            return StubAnswer(400, {"message": "bad record"})
        lost = sum(not self._taken(one, record) for one, record in read)
        if not lost:
            return StubAnswer(200, {})
        partial = {"rejectedLogRecords": str(lost), "errorMessage": "record too old"}
        return StubAnswer(200, {"partialSuccess": partial})

    def _taken(self, one: dict[str, Any], record: _Record | None) -> bool:
        if record is None or _id(record) in self.rejected:
            return False
        for attribute in record.attributes:
            if attribute.key in NEVER:
                self.fault(f"the attribute {attribute.key}")
            if not attribute.value.one:
                self.fault("a value of no type, or of several")
        self.take(_id(record), one)
        return True


def _id(record: _Record) -> str:
    said = [one.value.stringValue for one in record.attributes if one.key == "log.record.uid"]
    return str(said[0]) if said else ""
