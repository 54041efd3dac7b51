"""
Webhooks, as Standard Webhooks 1.0 has them: where one may go, its signature, its answer. Pure.

Whatever posts a message, a batch of events or what a person asked of us, follows these rules.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from privacykit.errors import KeyMaterialError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_BYTES = range(24, 65)
"""The length of a symmetric signing key."""

TIMEOUT_SECONDS = 20.0
"""How long a receiver may take; Standard Webhooks advises 15 to 30."""

LONGEST_WAIT_SECONDS = 86_400.0
"""The most that a receiver may ask us to wait; a day."""

AGAIN = frozenset({408, 425, 429})
"""Statuses that ask to come again, nothing having been done."""

_REFUSES_US = frozenset({401, 402, 403, 404, 405, 407, 410, 421, 451})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class AnswerKind(Enum):
    """
    What the status of an answer says of a message.

    Attributes:
        TAKEN: The receiver has it.
        AGAIN: It may be sent again later, as it is.
        REFUSES_US: The URL or our credential is wrong: whatever we sent would be refused.
        REFUSED: This message is refused and will be again.
    """

    TAKEN = auto()
    AGAIN = auto()
    REFUSES_US = auto()
    REFUSED = auto()


def answer_kind(status: int) -> AnswerKind:
    """
    Say what *status* means.

    Args:
        status: An HTTP status; 0 when there was no answer at all. A redirect is none: it is not
            followed.
    """
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP: success
        return AnswerKind.TAKEN
    if status in _REFUSES_US:
        return AnswerKind.REFUSES_US
    if 400 <= status < 500 and status not in AGAIN:  # noqa: PLR2004 - HTTP: client error
        return AnswerKind.REFUSED
    return AnswerKind.AGAIN


def wait_asked(retry_after: str | None, now: float) -> float | None:
    """
    Read how long a receiver asks us to wait (RFC 9110 §10.2.3).

    Args:
        retry_after: The header ``Retry-After``: seconds or a date.
        now: Unix seconds.

    Returns:
        Seconds from 0 to :data:`LONGEST_WAIT_SECONDS`; ``None`` when it asks for nothing readable.
    """
    asked = (retry_after or "").strip()
    if asked.isascii() and asked.isdigit():
        return min(float(asked), LONGEST_WAIT_SECONDS)
    then = http_date(asked)
    return None if then is None else min(max(then - now, 0.0), LONGEST_WAIT_SECONDS)


def http_date(text: str) -> float | None:
    """Return the Unix seconds of an HTTP date (RFC 9110 §5.6.7), ``None`` for what is none."""
    try:
        then = parsedate_to_datetime(text)
    except ValueError:
        return None
    return (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp()


def is_private(url: str) -> bool:
    """
    Tell whether nobody on the way can read what is posted to *url*, nor find a password in it.

    Only ``https``, or ``http`` to this machine, with a host and without a user, is.
    """
    if not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    if "@" in parts.netloc or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def signing_keys(text: str) -> list[bytes]:
    """
    Read symmetric keys separated by blanks, each ``whsec_`` and base64.

    Returns:
        One at least: two while one is rotated.

    Raises:
        KeyMaterialError: There is none, or one is no base64, or not of 24 to 64 bytes.
    """
    keys = []
    for item in text.split():
        try:
            key = b64decode(item.removeprefix("whsec_"), validate=True)
        except ValueError:
            raise KeyMaterialError("a signing key is not base64") from None
        keys.append(_checked(key))
    if not keys:
        raise KeyMaterialError("there is no signing key")
    return keys


def sign(
    message: str,
    at: int,
    body: bytes,
    *,
    keys: Sequence[bytes] = (),
    private: Ed25519PrivateKey | None = None,
) -> dict[str, str]:
    """
    Return the headers that sign one attempt.

    Args:
        message: The message's id, the same on every attempt.
        at: Unix seconds of this attempt.
        body: The raw body.
        keys: Shared with the receiver; every one signs (``v1``).
        private: Ours, for receivers that know its public half (``v1a``).

    Returns:
        ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature``.

    Raises:
        KeyMaterialError: There is nothing to sign with, or a key is not of 24 to 64 bytes.
    """
    content = f"{message}.{at}.".encode() + body
    signed = [f"v1a,{b64encode(private.sign(content)).decode()}"] if private else []
    for key in keys:
        signature = hmac.digest(_checked(key), content, sha256)
        signed.append(f"v1,{b64encode(signature).decode()}")
    if not signed:
        raise KeyMaterialError("there is no signing key")
    return {
        "webhook-id": message,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(signed),
    }


def _checked(key: bytes) -> bytes:
    if len(key) not in KEY_BYTES:
        raise KeyMaterialError("a signing key must have 24 to 64 bytes")
    return key
