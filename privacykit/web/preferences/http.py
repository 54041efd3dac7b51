"""Requests to pages and their answers, in no framework's words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from urllib.parse import parse_qsl

import msgspec

from privacykit.collect.privacy import NO_PRIVACY, NoPrivacy, Privacy
from privacykit.web.headers import Headers

MOST_PARAMETERS = 50
LONGEST_QUERY = 4096
"""Bytes; our own links need few, and a stranger's kilobytes are not decoded."""
EVENT_PATH = "/event"
"""Of the events of browsers, below the prefix."""
ACCOUNT_PATH = "/account"
"""Of the account page, below the prefix: it asks the application and a store, though it is read."""


STATUS_PATH = "/request/status"
"""Of the page that shows how somebody's request stands, below the prefix."""
PROTOCOLS_PATH = "/requests/"
"""Of the protocols by which requests arrive, below the prefix."""
WITH_BODY = frozenset({"POST", "DELETE"})
"""Methods whose body is read."""


def may_wait(method: str, path: str) -> bool:
    """Tell whether an answer may wait for a store of ours: a form is committed, an event is not."""
    if path.endswith((ACCOUNT_PATH, STATUS_PATH)) or PROTOCOLS_PATH in path:
        return True
    return method == "POST" and not path.endswith(EVENT_PATH)


class PageRequest(msgspec.Struct, frozen=True):
    """
    A request for a page of ours.

    It never prints: it holds what a visitor sent.

    Attributes:
        method: The method.
        path: The path, as the server gives it: with *root* or without.
        root: The path that the application is mounted at.
        query: The raw query string.
        headers: Names, lower case, to values, as they came in; repeated lines joined.
        scheme: ``http`` or ``https``, as the server sees it.
        body: The body; of a too long one a little more than may be, ``None`` of a broken one.
        privacy: The decision about the request.
        busy: Whether all our threads wait for a store, so that nothing may be committed.
    """

    method: str
    path: str
    root: str
    query: bytes
    headers: dict[bytes, bytes]
    scheme: str = "http"
    body: bytes | None = b""
    privacy: Privacy | NoPrivacy = NO_PRIVACY
    busy: bool = False

    def __repr__(self) -> str:
        return "<PageRequest>"

    @property
    def local_path(self) -> str:
        """The path below the mount."""
        return self.path.removeprefix(self.root)

    @property
    def cookie(self) -> bytes:
        """The ``Cookie`` header, empty when there is none."""
        return self.headers.get(b"cookie", b"")

    def header(self, name: bytes) -> str:
        """Return the header *name* as text, empty when there is none."""
        return self.headers.get(name, b"").decode("latin-1")

    def parameter(self, name: str) -> str:
        """Return the first query parameter *name*, empty when there is none or too much of it."""
        if not self.query or len(self.query) > LONGEST_QUERY:
            return ""
        try:
            query = self.query.decode("latin-1")
            found = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
        except ValueError:
            return ""
        return next((value for key, value in found if key == name), "")


class PageResponse(msgspec.Struct, frozen=True):
    """
    A response of ours, whole.

    Attributes:
        status: The HTTP status.
        headers: Its header lines, names lower case.
        body: Its bytes.
    """

    status: int
    headers: Headers
    body: bytes = b""

    def setting(self, cookies: Iterable[str]) -> PageResponse:
        """Return the response with *cookies*, ``Set-Cookie`` values, added."""
        lines = [(b"set-cookie", value.encode("latin-1")) for value in cookies]
        return PageResponse(self.status, [*self.headers, *lines], self.body)

    def uncached(self) -> PageResponse:
        """Return the response for this one request: no cache keeps it."""
        kept = [line for line in self.headers if line[0] != b"cache-control"]
        lines = [*kept, (b"cache-control", b"private, no-store")]
        return PageResponse(self.status, lines, self.body)


def page_response(
    body: bytes, media_type: str, headers: Mapping[str, str], status: int = 200
) -> PageResponse:
    """Return a response with *body*, its length and type, and *headers*."""
    lines = [
        (name.lower().encode(), value.encode("latin-1"))
        for name, value in {
            "content-length": str(len(body)),
            "content-type": media_type,
            **headers,
        }.items()
    ]
    return PageResponse(status, lines, body)


Pages = Callable[[PageRequest], PageResponse]
"""Serves pages of ours; synchronous, a form is committed before it returns."""
