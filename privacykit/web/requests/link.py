"""
The confirmation link: a request sealed into an address, so that nothing need be kept of it. Pure.

AES-256-GCM (NIST SP 800-38D) under a key that HKDF (RFC 5869) makes of a durable key, which older
keys go on opening. Whoever has the link can confirm; what it holds nobody can read.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from privacykit.web.requests.ports import AskedRequest

NONCE_BYTES = 12
LONGEST_LINK = 2048
"""Characters of a link that are looked at."""
_USE = b"privacykit.request.link.1"


def sealed(asked: AskedRequest, key: bytes, nonce: bytes) -> str:
    """
    Return *asked* as text for an address.

    Args:
        asked: What is asked.
        key: 32 bytes, the newest.
        nonce: 12 random bytes, never used twice.
    """
    body = AESGCM(_derived(key)).encrypt(nonce, msgspec.msgpack.encode(asked), _USE)
    return urlsafe_b64encode(nonce + body).decode().rstrip("=")


def opened(text: str, keys: Sequence[bytes], now: float, valid: float) -> AskedRequest | None:
    """
    Return what was sealed into *text*.

    Args:
        text: As it came back.
        keys: All that may have sealed it.
        now: Unix seconds.
        valid: How many seconds it can be used; a clock that is a minute behind is forgiven.

    Returns:
        ``None`` where it is none of ours, or too old; which of them is not told.
    """
    try:
        raw = urlsafe_b64decode(text[:LONGEST_LINK].encode("ascii") + b"==")
    except ValueError:
        return None
    for key in keys:
        try:
            body = AESGCM(_derived(key)).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _USE)
            asked = msgspec.msgpack.decode(body, type=AskedRequest)
        except (InvalidTag, ValueError, msgspec.MsgspecError):
            continue
        return asked if -_SKEW <= now - asked.asked_at <= valid else None
    return None


_SKEW = 60.0


def _derived(key: bytes) -> bytes:
    return HKDF(SHA256(), 32, None, _USE).derive(key)
