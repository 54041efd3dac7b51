"""
An ASGI application that shows reports on this machine, read-only. Asks what makes them in threads.

Laws: it answers ``GET`` alone, to whoever calls it by a name of the loopback interface and does
not come from another site; nothing is kept by a cache; one report is made at a time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

import anyio

LONGEST_QUERY: Final = 4096
MOST_PARAMETERS: Final = 50
_NAMES: Final = ("127.0.0.1", "localhost")
_HEADERS: Final = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_OURS: Final = frozenset({b"none", b"same-origin"})
"""What browsers say of a request that was typed, or came from a page of ours."""

Message = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class ShownPage:
    """
    An answer.

    Attributes:
        status: Of HTTP.
        html: The page.
    """

    status: int
    html: str


Shown = Callable[[str, Mapping[str, Sequence[str]]], ShownPage]
"""Makes the page of a path and a query; may take a while."""


class ReportPages:
    """
    The application.

    Args:
        shown: Makes the pages.
        policy: Their content security policy.
        refused: Makes the page that says one thing.
    """

    def __init__(self, shown: Shown, policy: str, refused: Callable[[int, str], ShownPage]) -> None:
        self._shown = shown
        self._refused = refused
        self._one = anyio.CapacityLimiter(1)
        csp = f"{policy}; frame-ancestors 'none'"
        self._headers = {**_HEADERS, "content-security-policy": csp}

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],  # noqa: ARG002 - ASGI gives it
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return
        page = self._refusal(scope)
        if page is None:
            query = parse_qs(
                scope["query_string"].decode("latin-1"),
                keep_blank_values=True,  # a field that was emptied is not one that is absent
                max_num_fields=MOST_PARAMETERS,
            )
            page = await anyio.to_thread.run_sync(
                self._shown, scope["path"], query, limiter=self._one
            )
        body = page.html.encode()
        told = {**self._headers, "content-length": str(len(body))}
        if page.status == 405:  # noqa: PLR2004 - RFC 9110 §15.5.6
            told["allow"] = "GET"
        headers = [(name.encode(), value.encode()) for name, value in told.items()]
        await send({"type": "http.response.start", "status": page.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _refusal(self, scope: Mapping[str, Any]) -> ShownPage | None:
        headers = {name.lower(): value for name, value in scope["headers"]}
        hosts = [value for name, value in scope["headers"] if name.lower() == b"host"]
        port = scope["server"][1]
        if len(hosts) != 1 or hosts[0] not in {f"{name}:{port}".encode() for name in _NAMES}:
            return self._refused(421, "This address shows reports to this machine alone.")
        if headers.get(b"sec-fetch-site", b"none") not in _OURS:
            return self._refused(403, "Another site led here: type the address yourself.")
        if scope["method"] != "GET":
            return self._refused(405, "Reports are only read here.")
        query = scope["query_string"]
        if len(query) > LONGEST_QUERY or query.count(b"&") >= MOST_PARAMETERS:
            return self._refused(414, "That is more than a report can be asked.")
        return None
