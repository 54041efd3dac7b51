"""The HTTP client of sinks: bounded answers, no redirect, no cookie kept. Does network I/O."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import TYPE_CHECKING, Any, NamedTuple

from privacykit.errors import MissingExtraError, SinkError
from privacykit.logs.libraries import withhold_library_logs
from privacykit.recipients.certificates import believed

if TYPE_CHECKING:
    from httpx2 import AsyncClient, Response

USER_AGENT = "privacykit"


class HTTPAnswer(NamedTuple):
    """
    What a backend answered.

    Attributes:
        status: The HTTP status.
        headers: By name in lower case.
        body: Its bytes, as far as they are read.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def success(self) -> bool:
        """Whether the status is one of success."""
        return self.status // 100 == 2  # noqa: PLR2004 - HTTP: 2xx

    @property
    def text(self) -> str:
        """The body as text; what is no text in it stands as replaced."""
        return self.body.decode("utf-8", "replace")


@dataclass(slots=True)
class HTTPClient:
    """
    Connections to one backend, each process's own.

    Attributes:
        timeout: Seconds.
        trusted: Whose certificates are believed, if not those that everybody believes.
        failures: What is raised when there was no answer.
        untouched: Those of them after which nothing can have been done.
    """

    timeout: float
    trusted: SSLContext | None = None
    failures: tuple[type[Exception], ...] = ()
    untouched: tuple[type[Exception], ...] = ()
    _client: AsyncClient | None = field(default=None, repr=False)
    _process: int = 0

    def __post_init__(self) -> None:
        import httpx2

        self.failures = (httpx2.HTTPError, httpx2.InvalidURL)
        self.untouched = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.InvalidURL)

    def opened(self) -> AsyncClient:
        """Return the client of this process."""
        # Connections that a fork handed on are the parent's: they are not even closed here.
        if self._client is None or self._process != os.getpid():
            import httpx2

            withhold_library_logs()
            self._process = os.getpid()
            self._client = httpx2.AsyncClient(
                verify=self.trusted or believed(),
                timeout=self.timeout,
                follow_redirects=False,
                trust_env=False,
                headers={"user-agent": USER_AGENT, "accept-encoding": "identity"},
            )
        return self._client

    async def exchange(
        self,
        method: str,
        url: str,
        *,
        most: int,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str],
        content: bytes = b"",
        whole: bool = False,
        seconds: float | None = None,
    ) -> HTTPAnswer:
        """
        Make one call.

        Args:
            method: In capitals.
            url: Where to.
            most: Bytes of the answer that are read.
            params: Of the query.
            headers: Besides those of all calls.
            content: The body.
            whole: Whether an answer that is longer is of no use.
            seconds: To wait, where they are others than those of all calls.

        Raises:
            SinkError: The answer is longer, and only the whole is of use.
        """
        async with self._asked(
            method, url, params=params, headers=headers, content=content, seconds=seconds
        ) as response:
            read = bytearray()
            async for piece in response.aiter_raw():
                read += piece
                if len(read) > most:
                    break
            if whole and len(read) > most:
                raise SinkError("PK168 the server's answer is longer than any of its own")
            said = {name.lower(): value for name, value in response.headers.items()}
            return HTTPAnswer(response.status_code, said, bytes(read[:most]))

    async def pieces(
        self,
        method: str,
        url: str,
        *,
        most: int,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str],
        files: Mapping[str, bytes] | None = None,
        seconds: float | None = None,
    ) -> AsyncIterator[HTTPAnswer | bytes]:
        """
        Make one call; yield the answer, without its body if it is one of success, then that.

        Args:
            method: In capitals.
            url: Where to.
            most: Bytes that are read of an answer that is none of success.
            params: Of the query.
            headers: Besides those of all calls.
            files: The parts of a form, by their names, if one is sent.
            seconds: To wait for a piece, where they are others than those of all calls.
        """
        async with self._asked(
            method, url, params=params, headers=headers, content=None, files=files, seconds=seconds
        ) as response:
            said = {name.lower(): value for name, value in response.headers.items()}
            answer, read = HTTPAnswer(response.status_code, said, b""), bytearray()
            if answer.success:
                yield answer
            async for piece in response.aiter_raw():
                if answer.success:
                    yield piece
                elif len(read) <= most:
                    read += piece
            if not answer.success:
                yield answer._replace(body=bytes(read[:most]))

    @asynccontextmanager
    async def _asked(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        content: bytes | None,
        files: Mapping[str, bytes] | None = None,
        seconds: float | None = None,
    ) -> AsyncIterator[Response]:
        client = self.opened()
        async with client.stream(
            method,
            url,
            params=params,
            headers=headers,
            content=content,
            files=files,
            timeout=self.timeout if seconds is None else seconds,
        ) as response:
            client.cookies.clear()
            yield response

    async def close(self) -> None:
        """Close the connections, if they are ours."""
        client, self._client = self._client, None
        if client is not None and self._process == os.getpid():
            await client.aclose()


def client_of(what: str, *, timeout: float, trusted: SSLContext | None) -> HTTPClient:
    """
    Return a client; nothing is connected to yet.

    Raises:
        MissingExtraError: The extra ``http`` is not installed, which *what* needs.
    """
    try:
        import httpcore2  # noqa: F401 - httpx2 would import it in the delivery thread
        import httpx2  # noqa: F401 - looked for, not used yet
    except ImportError:
        raise MissingExtraError("http", what) from None
    return HTTPClient(timeout, trusted)
