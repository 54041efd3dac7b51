"""
Send one message to a recipient's webhook and hand back what it answered. Does network I/O.

No redirect is followed, no cookie kept, and an address inside the answer is never called: the only
place a person's identity goes is the URL in the data map.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from privacykit.errors import ConfigurationError, MissingExtraError, Problem
from privacykit.govern.requests.notify import RecipientAnswer, judge
from privacykit.logs.libraries import withhold_library_logs
from privacykit.recipients.certificates import believed
from privacykit.webhook import TIMEOUT_SECONDS, is_private

if TYPE_CHECKING:
    from httpx2 import BaseTransport

MOST_ANSWER = 16_384
"""Bytes of an answer that are read."""


class Webhooks:
    """
    Sends to webhooks.

    Args:
        clock: Returns Unix seconds.
        transport: For tests: what carries the requests instead of the network.

    Raises:
        MissingExtraError: The extra ``http`` is not installed.
    """

    def __init__(self, clock: Callable[[], float], transport: BaseTransport | None = None) -> None:
        try:
            import httpx2
        except ImportError:  # pragma: no cover - the test extra brings it
            raise MissingExtraError("http", "telling recipients by webhook") from None
        self._clock = clock
        withhold_library_logs()
        self._failures = (httpx2.HTTPError, httpx2.InvalidURL)
        self._client = httpx2.Client(
            transport=transport,
            verify=believed(),
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,
            trust_env=False,
            headers={"user-agent": "privacykit", "content-type": "application/json"},
        )

    def send(self, url: str, headers: dict[str, str], body: bytes) -> RecipientAnswer:
        """
        Post *body* to *url* once.

        Args:
            url: From the data map; ``https``, or ``http`` to this machine.
            headers: From :func:`privacykit.webhook.sign`.
            body: The raw body that was signed.

        Returns:
            What the answer means; *pending* when there was none.

        Raises:
            ConfigurationError: *url* is neither; nothing was sent.
        """
        check_url(url)
        try:
            with self._client.stream("POST", url, headers=headers, content=body) as response:
                read = b""
                for piece in response.iter_bytes():
                    read += piece
                    if len(read) > MOST_ANSWER:
                        break
                # Header names come in lower case.
                said = dict(response.headers)
                return judge(response.status_code, said, read[:MOST_ANSWER], self._clock())
        except self._failures:
            return judge(0, {}, b"", self._clock())
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


def check_url(url: str) -> None:
    """
    Refuse a URL that would carry an identity in the clear.

    Raises:
        ConfigurationError: Neither ``https`` nor this machine, or with a user in it.
    """
    if not is_private(url):
        raise ConfigurationError(
            Problem(
                "PK252",
                "datamap.toml",
                "recipients",
                "the URL of a recipient is not https, or has a user in it",
                "identities must not travel in the clear, nor passwords stand in a URL",
            )
        )
