"""The signature of a message (Standard Webhooks 1.0, scheme ``v1``). Pure."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from collections.abc import Sequence
from hashlib import sha256

from privacykit.errors import KeyMaterialError

KEY_BYTES = range(24, 65)
"""The length of a signing key."""


def sign(keys: Sequence[bytes], message: str, at: int, body: bytes) -> dict[str, str]:
    """
    Return the headers that sign one attempt.

    Args:
        keys: Every one signs: two while one is rotated.
        message: The message's id.
        at: Unix seconds of this attempt.
        body: The raw body.
    """
    content = f"{message}.{at}.".encode() + body
    signed = (b64encode(hmac.digest(key, content, sha256)).decode() for key in keys)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signed),
    }


def signing_keys(text: str) -> list[bytes]:
    """
    Read keys separated by blanks, each ``whsec_`` and base64.

    Raises:
        KeyMaterialError: One is no base64, or not of 24 to 64 bytes.
    """
    keys = []
    for item in text.split():
        try:
            key = b64decode(item.removeprefix("whsec_"), validate=True)
        except NoBase64:
            raise KeyMaterialError("a signing key is not base64") from None
        if len(key) not in KEY_BYTES:
            raise KeyMaterialError("a signing key must have 24 to 64 bytes")
        keys.append(key)
    return keys
