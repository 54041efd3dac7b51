"""
Events to an HTTP endpoint: CloudEvents batches, signed as Standard Webhooks. Does network I/O.

Laws of this file:

1. One call is one attempt: what must not leave is asked for before each, by whoever calls.
2. Only the configured URL is ever called: no redirect, no proxy of the environment, no cookie.
3. What may be the fault of one event is sent in ever smaller batches until that one stands alone.
4. An endpoint that refuses *us* keeps its events waiting; only events it refuses are rejected.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from hashlib import sha256
from ssl import SSLContext, create_default_context
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from privacykit.collect.ports import OutboxRow, Outcome
from privacykit.errors import ConfigurationError, KeyMaterialError, MissingExtraError, SinkError
from privacykit.sinks.config import Reveal, SinkConfig, options, problem, required_url
from privacykit.sinks.signature import sign, signing_keys

if TYPE_CHECKING:
    from httpx2 import AsyncClient, Response

BATCH = 100
"""Events in one message; some 1 kB each."""

TIMEOUT_SECONDS = 20.0
"""How long an endpoint may take; Standard Webhooks advises 15 to 30."""

REFUSED_SECONDS = 300.0
"""How long an endpoint that refuses us is left alone."""

MOST_ANSWER = 65_536
"""Bytes of an answer that are read, and forgotten."""

_TAKEN = range(200, 300)
_REFUSED = range(400, 500)
_AGAIN = frozenset({408, 425, 429})
_REFUSES_US = frozenset({401, 402, 403, 404, 405, 407, 410, 421, 451})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """
    Where messages are posted, and how.

    Attributes:
        url: ``https``, or ``http`` to this machine.
        token: Sent as a bearer token.
        key: What messages are signed with: one or more ``whsec_…``.
        timeout: Seconds it may take.
        trusted: Whose certificates are believed, if not those that everybody believes.
    """

    url: str
    token: Reveal | None = field(default=None, repr=False)
    key: Reveal | None = field(default=None, repr=False)
    timeout: float = TIMEOUT_SECONDS
    trusted: SSLContext | None = None


class HTTPSink:
    """
    Posts batches to *endpoint*.

    Args:
        name: The sink's name.

        endpoint: Where to.

        clock: Returns Unix seconds.

        batch: Events in one message, at most.

    Attributes:
        batch: How many events it wants at a time, at present.

    Raises:
        MissingExtraError: The extra ``http`` is not installed.
    """

    def __init__(
        self,
        name: str,
        endpoint: Endpoint,
        *,
        clock: Callable[[], float],
        batch: int = BATCH,
    ) -> None:
        try:
            import httpx2
        except ImportError:
            raise MissingExtraError("http", "a sink of type 'http'") from None
        self.name = name
        self.batch = batch
        self._most = batch
        self._endpoint = endpoint
        self._clock = clock
        self._failures = (httpx2.HTTPError, httpx2.InvalidURL)
        self._client: AsyncClient | None = None
        self._process = 0

    async def send(self, batch: Sequence[OutboxRow]) -> Outcome:
        """
        Post *batch* once.

        The message's id follows from the events in it, so that the same batch sent again is the
        same message.

        Raises:
            SinkError: The endpoint did not answer, asked to wait, or refuses us.
        """
        if not batch:
            return Outcome()
        body = b"[" + b",".join(row.body for row in batch) + b"]"
        message = sha256("\n".join(row.envelope.id for row in batch).encode()).hexdigest()[:32]
        try:
            headers = self._headers(f"msg_{message}", body)
            status, wait = await self._post(headers, body)
        except KeyMaterialError as error:
            raise SinkError(f"PK165 {error}", retry_after=REFUSED_SECONDS) from None
        except self._failures as error:
            raise SinkError(f"PK166 no answer ({type(error).__name__})") from None
        return self._judge(batch, status, wait)

    def _headers(self, message: str, body: bytes) -> dict[str, str]:
        headers = {"content-type": "application/cloudevents-batch+json; charset=UTF-8"}
        if self._endpoint.token:
            headers["authorization"] = f"Bearer {_revealed(self._endpoint.token)}"
        if self._endpoint.key:
            keys = signing_keys(_revealed(self._endpoint.key))
            headers |= sign(keys, message, int(self._clock()), body)
        return headers

    async def _post(self, headers: dict[str, str], body: bytes) -> tuple[int, float | None]:
        client = self._opened()
        async with client.stream(
            "POST", self._endpoint.url, headers=headers, content=body
        ) as response:
            read = 0
            async for piece in response.aiter_raw():
                read += len(piece)
                if read > MOST_ANSWER:
                    break
            client.cookies.clear()
            return response.status_code, self._asked_to_wait(response)

    def _opened(self) -> AsyncClient:
        # Connections that a fork handed on are the parent's: they are not even closed here.
        if self._client is None or self._process != os.getpid():
            import httpx2

            self._process = os.getpid()
            self._client = httpx2.AsyncClient(
                verify=self._endpoint.trusted or True,
                timeout=self._endpoint.timeout,
                follow_redirects=False,
                trust_env=False,
                headers={"user-agent": "privacykit"},
            )
        return self._client

    def _asked_to_wait(self, response: Response) -> float | None:
        asked = response.headers.get("retry-after", "").strip()
        if asked.isascii() and asked.isdigit():
            return float(asked)
        try:
            then = parsedate_to_datetime(asked).replace(tzinfo=UTC).timestamp()
        except ValueError:
            return None
        return max(then - self._clock(), 0.0)

    def _judge(self, batch: Sequence[OutboxRow], status: int, wait: float | None) -> Outcome:
        if status in _TAKEN:
            self.batch = min(self._most, self.batch * 2)
            return Outcome()
        if status in _REFUSES_US:
            raise SinkError(
                f"PK167 the endpoint refuses us ({status})", retry_after=REFUSED_SECONDS
            )
        if status in _AGAIN or status not in _REFUSED:
            raise SinkError(f"PK168 the endpoint answered {status}", retry_after=wait)
        ids = [row.envelope.id for row in batch]
        if len(ids) > 1:
            self.batch = len(ids) // 2
            return Outcome(retry=tuple(ids))
        return Outcome(rejected=((ids[0], f"status_{status}"),))

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


def _revealed(credential: Reveal) -> str:
    value = credential()
    if not value or not value.isascii() or not value.isprintable():
        raise KeyMaterialError("a credential is missing or unreadable")
    return value


class _Options(msgspec.Struct):
    batch: int = BATCH
    timeout: float = TIMEOUT_SECONDS
    ca_file: str | None = None


def from_config(config: SinkConfig) -> HTTPSink:
    """
    Build the sink.

    Raises:
        ConfigurationError: The URL would carry events in the clear, or a key is unknown.
        MissingExtraError: The extra ``http`` is not installed.
    """
    wanted = options(config, _Options)
    url = required_url(config)
    if not _safe(url):
        raise ConfigurationError(
            problem(
                config,
                "PK164",
                "url",
                "not an https URL without a user in it",
                "events must not travel in the clear; a credential belongs in 'token'",
            )
        )
    if config.key:
        try:
            signing_keys(_revealed(config.key))
        except KeyMaterialError as error:
            raise ConfigurationError(
                problem(config, "PK165", "key", str(error), "write it as whsec_ and base64")
            ) from None
    trusted = _trusted(config, wanted.ca_file)
    endpoint = Endpoint(url, config.token, config.key, wanted.timeout, trusted)
    return HTTPSink(config.name, endpoint, clock=config.clock, batch=wanted.batch)


def _safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.username or parts.password or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _trusted(config: SinkConfig, file: str | None) -> SSLContext | None:
    if file is None:
        return None
    try:
        return create_default_context(cafile=config.base / file)
    except OSError:
        raise ConfigurationError(
            problem(config, "PK169", "ca_file", "cannot be read", "give a file of PEM certificates")
        ) from None
