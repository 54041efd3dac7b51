"""
The part of S3 that sinks of objects use, with its conditions and errors. Listens on a port.

Sources: AWS, "Amazon S3 API Reference" (PutObject, GetObject, DeleteObject, ListObjectsV2, error
responses) and "Conditional requests".
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import md5, sha256
from urllib.parse import unquote
from xml.sax.saxutils import escape

from privacykit.sinks.storage.object_forms import form_of
from privacykit.sinks.storage.object_names import ObjectName
from privacykit.sinks.storage.s3_signing import S3Credentials, S3Request, signed_headers
from privacykit.testing.stubs.server import ServiceStub, StubAnswer, StubRequest

_PAGE = 1000
_SKEW_SECONDS = 900
"""How far the clock of who asks may be off."""


class S3Stub(ServiceStub):
    """
    One bucket.

    Attributes:
        bucket: Its name.
        region: Where it says that it is.
        user: The id of the access key; :attr:`token` is its secret half.
        objects: What it holds, by key.
        page: Keys in one page of a list.
        conditions: Whether it heeds ``If-Match`` and ``If-None-Match``, as not all servers do.
    """

    bucket = "events"
    region = "eu-central-1"
    user = "AKIASTUB"

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self.objects: dict[str, bytes] = {}
        self.page = _PAGE
        self.conditions = True
        self._clock = clock

    def answer(self, request: StubRequest) -> StubAnswer:
        """Do what is asked of an object or of the bucket, or say why not as S3 does."""
        path = unquote(request.path)
        if not self._signed(request, path):
            return _error(403, "SignatureDoesNotMatch")
        bucket, _, key = path.lstrip("/").partition("/")
        if bucket != self.bucket:
            return _error(404, "NoSuchBucket")
        return self._object(key, request) if key else self._list(request)

    def _object(self, key: str, request: StubRequest) -> StubAnswer:
        match request.method:
            case "PUT":
                return self._put(key, request)
            case "GET" if key in self.objects:
                body = self.objects[key].decode("latin-1")
                return _Binary(200, body, {"etag": _tag(self.objects[key])})
            case "GET":
                return _error(404, "NoSuchKey")
            case "DELETE":
                self.objects.pop(key, None)
                return StubAnswer(204)
        self.fault(f"{request.method} of an object")
        return _error(405, "MethodNotAllowed")

    def _signed(self, request: StubRequest, path: str) -> bool:
        if request.headers.get("x-amz-content-sha256") != sha256(request.raw).hexdigest():
            self.fault("the digest of the body")
        host = request.headers["host"]
        asked = S3Request(request.method, host, path, request.query, request.raw)
        who = S3Credentials(self.user, self.token, request.headers.get("x-amz-security-token", ""))
        at = _moment(request.headers.get("x-amz-date", ""))
        proof = signed_headers(asked, who, self.region, at)["authorization"]
        fresh = abs(self._clock() - at) <= _SKEW_SECONDS
        return fresh and request.headers.get("authorization") == proof

    def _put(self, key: str, request: StubRequest) -> StubAnswer:
        there = self.objects.get(key)
        match, none = request.headers.get("if-match"), request.headers.get("if-none-match")
        if match is None and none is None:
            self.fault("a put without a condition: it may overwrite what somebody else wrote")
        if self.conditions and none is not None and there is not None:
            return _error(412, "PreconditionFailed")
        if self.conditions and match is not None:
            if there is None:
                return _error(404, "NoSuchKey")
            if match != _tag(there):
                return _error(412, "PreconditionFailed")
        self.objects[key] = request.raw
        return StubAnswer(200, headers={"etag": _tag(request.raw)})

    def _list(self, request: StubRequest) -> StubAnswer:
        if request.method != "GET" or request.query.get("list-type") != "2":
            self.fault("not a list of the second version")
            return _error(405, "MethodNotAllowed")
        after = request.query.get("continuation-token", "")
        prefix = request.query.get("prefix", "")
        keys = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
        page = keys[: min(self.page, int(request.query.get("max-keys", _PAGE)))]
        more = len(page) < len(keys)
        listed = "".join(f"<Contents><Key>{escape(key)}</Key></Contents>" for key in page)
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        return StubAnswer(200, f"<ListBucketResult>{listed}{token}</ListBucketResult>")

    def arrived(self) -> list[str]:
        """Return the ids of all events in all objects, as often as they are in them."""
        return sorted(
            id_
            for key, body in self.objects.items()
            if (name := ObjectName.parse(key[key.index("event_date=") :]))
            for id_ in ids_in(name, body)
        )


class _Binary(StubAnswer):
    """An answer whose text is bytes."""

    def encoded(self) -> tuple[bytes, str]:
        """Return the body's bytes and their type."""
        return str(self.body).encode("latin-1"), "application/octet-stream"


def ids_in(name: ObjectName, body: bytes) -> list[str]:
    """Return the ids of the events in an object, in no order."""
    return list(form_of(name.suffix).ids(body))


def _moment(text: str) -> float:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%S%z").timestamp()
    except ValueError:
        return 0.0


def _tag(body: bytes) -> str:
    return f'"{md5(body, usedforsecurity=False).hexdigest()}"'


def _error(status: int, code: str) -> StubAnswer:
    return StubAnswer(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>")
