"""
A stand-in for an HTTP service, on loopback: records, validates, answers. Listens on a port.

Laws of this file:

1. Everything that arrived is kept whole, and can be searched, decoded: for a canary.
2. What the documentation of the service does not allow is a *fault*, even where the service itself
   would take it, or take it and throw it away.
3. Trouble is queued: a status, headers, a body, a silence, a broken connection.
"""

from __future__ import annotations

import gzip
import threading
from abc import ABC, abstractmethod
from base64 import b64decode
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self, TypeVar
from urllib.parse import parse_qsl, unquote_plus, urlsplit

import msgspec

_T = TypeVar("_T")

SILENT = 0
"""In place of a status: the request is read and nothing is answered until the stub ends."""

BROKEN = -1
"""In place of a status: the connection is ended without an answer."""

CARRIERS = ("cookie", "forwarded", "referer", "origin", "via", "x-real-ip", "accept-language")
"""Headers that a sink never sends, besides all that begin with ``x-forwarded-`` or ``sec-``."""


@dataclass(frozen=True, slots=True)
class StubRequest:
    """
    One request as it arrived.

    Attributes:
        method: In capitals.
        path: Without the query.
        query: Its parameters; of several with one name the last.
        headers: By name in lower case.
        raw: The body as it came.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw: bytes = field(repr=False)

    @property
    def body(self) -> bytes:
        """The body, unpacked."""
        return (
            gzip.decompress(self.raw)
            if self.headers.get("content-encoding") == "gzip"
            else (self.raw)
        )

    def json(self) -> Any:  # noqa: ANN401 - any JSON
        """
        Return the body read as JSON.

        Raises:
            ValueError: It is none.
        """
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise ValueError("not JSON") from None

    def user(self) -> tuple[str, str] | None:
        """Return user and password of a Basic ``authorization``, if there is one."""
        kind, _, packed = self.headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            return None
        user, _, password = b64decode(packed).decode().partition(":")
        return user, password

    def searchable(self) -> bytes:
        """Return all of it in one piece, also unpacked and percent-decoded."""
        said = "\n".join(f"{name}: {value}" for name, value in self.headers.items())
        query = "\n".join(f"{name}={value}" for name, value in self.query.items())
        decoded = unquote_plus(self.body.decode(errors="replace"))
        head = f"{self.method} {self.path}\n{query}\n{said}\n{decoded}\n"
        return head.encode() + self.raw + self.body


@dataclass(frozen=True, slots=True)
class StubAnswer:
    """
    An answer of the stub.

    Attributes:
        status: The HTTP status, :data:`SILENT` or :data:`BROKEN`.
        body: A table or list goes as JSON, text as text, bytes as they are.
        headers: Further headers.
    """

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> tuple[bytes, str]:
        """Return the body's bytes and their type."""
        if self.body is None:
            return b"", ""
        if isinstance(self.body, bytes):
            return self.body, ""
        if isinstance(self.body, str):
            return self.body.encode(), "text/plain; charset=utf-8"
        return msgspec.json.encode(self.body), "application/json"


class ServiceStub(ABC):
    """
    The base of all stubs: subclass it and write :meth:`answer`.

    Attributes:
        token: What a sink must prove that it knows.
        deletion_token: What whoever wants people deleted must prove to know, where it is another.
        at_work: Whether deletions that were asked for are not done yet.
        requests: Everything that arrived, in order.
        faults: What was wrong with it, in words without values.
        events: What was taken: by id the newest, and how often it came.
        counts: How often each id was taken: more than once is what a service without ids counts
            twice.
        poison: Ids for the sake of which a whole message is refused.
        knows_ids: Whether the service counts an event once that comes twice.
        wants: Headers that it documents, although elsewhere they carry an address.
        called: Of a service without ids: what it sees of an event -> the id that a test knows.
    """

    knows_ids = True
    wants: frozenset[str] = frozenset()
    token = "stub-credential"  # noqa: S105 - of a stub
    deletion_token = "stub-deletion-credential"  # noqa: S105 - as above
    at_work = False

    def __init__(self) -> None:
        self.requests: list[StubRequest] = []
        self.faults: list[str] = []
        self.events: dict[str, Any] = {}
        self.counts: dict[str, int] = {}
        self.poison: set[str] = set()
        self.called: Callable[[str], str] = str
        self._trouble: deque[StubAnswer] = deque()
        self._ended = threading.Event()
        self._server: ThreadingHTTPServer | None = None

    @abstractmethod
    def answer(self, request: StubRequest) -> StubAnswer:
        """Check *request* as the service would, take its events, and return its answer."""

    def fail(
        self,
        status: int,
        body: Any = None,  # noqa: ANN401 - any JSON
        *,
        headers: Mapping[str, str] | None = None,
        times: int = 1,
    ) -> None:
        """Answer the next *times* requests so, whatever they are."""
        self._trouble.extend([StubAnswer(status, body, headers or {})] * times)

    def refuse(self) -> None:
        """Answer the next request as the service does whose credential is wrong."""
        self.fail(401)

    def take(self, id_: str, event: Any) -> None:  # noqa: ANN401 - any JSON
        """Keep *event*."""
        self.events[id_] = event
        self.counts[id_] = self.counts.get(id_, 0) + 1

    def drop(self, gone: Callable[[Any], bool]) -> int:
        """Throw away the events that are *gone*, and return how many they were."""
        ids = [id_ for id_, event in self.events.items() if gone(event)]
        for id_ in ids:
            del self.events[id_]
            self.counts.pop(id_, None)
        return len(ids)

    def may_delete(self, request: StubRequest) -> bool:
        """Tell whether *request* shows the token for deletions."""
        return request.headers.get("authorization") == f"Bearer {self.deletion_token}"

    def arrived(self) -> list[str]:
        """Return the ids that were taken, as often as the service would count them."""
        counted = self.events if self.knows_ids else self.counts
        often = (1 if self.knows_ids else self.counts[id_] for id_ in counted)
        return sorted(id_ for id_, n in zip(counted, often, strict=True) for _ in range(n))

    def fault(self, words: str) -> None:
        """Note what is wrong."""
        self.faults.append(words)

    def valid(self, document: Any, shape: type[_T], what: str) -> _T | None:  # noqa: ANN401
        """Return *document* read as *shape*; note it, and return nothing, where it is not that."""
        try:
            return msgspec.convert(document, shape)
        except msgspec.ValidationError as error:
            self.fault(f"{what}: {error}")
            return None

    def received(self) -> bytes:
        """Return all that ever arrived, headers, queries and bodies, also decoded."""
        return b"\n".join(request.searchable() for request in self.requests)

    @property
    def url(self) -> str:
        """
        Where it listens.

        Raises:
            RuntimeError: It is not started.
        """
        if self._server is None:
            raise RuntimeError("the stub is not started")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"of": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_failure: object) -> None:
        self._ended.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def handle(self, request: StubRequest) -> StubAnswer:
        """Record *request* and return what is queued, or what the service says."""
        self.requests.append(request)
        for name in request.headers:
            carries = name in CARRIERS or name.startswith(("x-forwarded-", "sec-"))
            if carries and name not in self.wants:
                self.fault(f"the header {name}")
        if request.headers.get("user-agent") != "privacykit":
            self.fault("another user agent than ours")
        if self._trouble:
            return self._trouble.popleft()
        return self.answer(request)

    def wait(self) -> None:
        """Wait until the stub ends."""
        self._ended.wait()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    of: ServiceStub

    def _any(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        parts = urlsplit(self.path)
        request = StubRequest(
            self.command,
            parts.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length),
        )
        answer = self.of.handle(request)
        if answer.status == SILENT:
            self.of.wait()
        if answer.status in {SILENT, BROKEN}:
            self.close_connection = True
            return
        body, kind = answer.encoded()
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if kind:
            self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _any  # noqa: N815 - http.server's names

    def log_message(self, *_words: object) -> None:
        """Say nothing."""
