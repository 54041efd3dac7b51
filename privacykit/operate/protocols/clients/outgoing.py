"""
Outgoing calls to parties of protocols: bounded, without redirects. Does network I/O.

The address that was checked is the one that is called, under the name that was looked up: a name
server that answers otherwise the second time leads nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

import msgspec

from privacykit.errors import MissingExtraError
from privacykit.logs.libraries import withhold_library_logs
from privacykit.operate.protocols.clients.addresses import checked_addresses
from privacykit.recipients.certificates import believed
from privacykit.webhook import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from httpx2 import BaseTransport, Request

MOST_ANSWER = 65_536
"""Bytes of an answer that are read; a longer one is none."""


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
        transport: For tests: what carries the calls instead of the usual one.

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
        self._no_way = (httpx2.ConnectError, httpx2.ConnectTimeout)
        # A connection is used once: another name at the same address has another certificate.
        usual = httpx2.HTTPTransport(
            verify=believed(),
            trust_env=False,
            limits=httpx2.Limits(max_keepalive_connections=0),
        )
        self._client = httpx2.Client(
            transport=transport or usual,
            verify=believed(),
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,
            trust_env=False,
            headers={"user-agent": "privacykit"},
        )

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        written: str | None = None,
    ) -> PartyAnswer:
        """
        Call *url* once.

        Args:
            method: The HTTP method.
            url: ``https``, or ``http`` to this machine.
            headers: Header lines.
            body: The body.
            written: Where a party named *url*: the address that the operator wrote of that party.

        Raises:
            BackendError: PK373, *url* leads where nothing of a person may go: nothing was sent.
        """
        addresses = checked_addresses(url, written)
        try:
            request = self._client.build_request(
                method, url, headers=dict(headers or {}), content=body
            )
            if addresses is None:
                return self._answer(request)
            return self._first_answer(request, addresses)
        except self._failures:
            return PartyAnswer(0)
        finally:
            self._client.cookies.clear()

    def _first_answer(self, request: Request, addresses: Sequence[str]) -> PartyAnswer:
        """Call *request* at the first of *addresses* that lets itself be connected to."""
        asked = request.url
        request.extensions["sni_hostname"] = asked.raw_host.decode("ascii")
        for address in addresses:
            request.url = asked.copy_with(host=address)
            try:
                return self._answer(request)
            except self._no_way:
                continue
        return PartyAnswer(0)

    def _answer(self, request: Request) -> PartyAnswer:
        response = self._client.send(request, stream=True)
        try:
            read = b""
            for piece in response.iter_bytes():
                read += piece
                if len(read) > MOST_ANSWER:
                    return PartyAnswer(0)
            return PartyAnswer(response.status_code, dict(response.headers), read)
        finally:
            response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()
