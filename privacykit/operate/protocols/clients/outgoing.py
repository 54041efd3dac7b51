"""
Outgoing calls to parties of protocols: bounded, without redirects. Does network I/O.

A name that leads to an address inside our own network is not called, unless the operator wrote
that address itself: a party's name server must not reach what stands behind our wall.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import msgspec

from privacykit.errors import BackendError, MissingExtraError
from privacykit.logs.libraries import withhold_library_logs
from privacykit.webhook import TIMEOUT_SECONDS, is_private

if TYPE_CHECKING:
    from httpx2 import BaseTransport

MOST_ANSWER = 65_536
"""Bytes of an answer that are read; a longer one is none."""
_OURSELVES = frozenset({"localhost", "127.0.0.1", "::1"})


class PartyAnswer(msgspec.Struct, frozen=True):
    """
    How a party answered. It never prints.

    Attributes:
        status: The HTTP status; 0 where there was no answer, or one that is too long.
        headers: Names in lower case.
        body: The body.
    """

    status: int
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    body: bytes = b""

    def __repr__(self) -> str:
        return f"<PartyAnswer {self.status}>"


class PartyClient:
    """
    Calls parties.

    Args:
        transport: For tests: what carries the calls instead of the network.

    Raises:
        MissingExtraError: The extra ``http`` is not installed.
    """

    def __init__(self, transport: BaseTransport | None = None) -> None:
        try:
            import httpx2
        except ImportError:  # pragma: no cover - the test extra brings it
            raise MissingExtraError("http", "requests by protocol") from None
        withhold_library_logs()
        self._failures = (httpx2.HTTPError, httpx2.InvalidURL)
        self._looks_up = transport is None
        self._client = httpx2.Client(
            transport=transport,
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,
            trust_env=False,
            headers={"user-agent": "privacykit"},
        )

    def call(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> PartyAnswer:
        """
        Call *url* once.

        Args:
            method: The HTTP method.
            url: ``https``, or ``http`` to this machine.
            headers: Header lines.
            body: The body.

        Raises:
            BackendError: PK373, *url* leads where nothing of a person may go: nothing was sent.
        """
        check_reachable(url, looks_up=self._looks_up)
        try:
            with self._client.stream(
                method, url, headers=dict(headers or {}), content=body
            ) as response:
                read = b""
                for piece in response.iter_bytes():
                    read += piece
                    if len(read) > MOST_ANSWER:
                        return PartyAnswer(0)
                return PartyAnswer(response.status_code, dict(response.headers), read)
        except self._failures:
            return PartyAnswer(0)
        finally:
            self._client.cookies.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()


def check_reachable(url: str, *, looks_up: bool = True) -> None:
    """
    Refuse a URL that is not ``https``, or whose name leads into our own network.

    Raises:
        BackendError: PK373.
    """
    if not is_private(url):
        raise BackendError("PK373 a party's address is not https, or has a user in it")
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not looks_up or host in _OURSELVES or _is_address(host):
        return
    try:
        found = socket.getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return  # the call itself will say that there is no such name
    if not all(ipaddress.ip_address(line[4][0]).is_global for line in found):
        raise BackendError("PK373 a party's name leads into our own network")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
