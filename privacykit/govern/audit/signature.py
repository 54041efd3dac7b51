"""A signature of ours: whether a key that is trusted made it (Ed25519, RFC 8032). Pure."""

from __future__ import annotations

from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def is_signed(payload: bytes, signature: bytes, keys: Iterable[Ed25519PublicKey]) -> bool:
    """Tell whether one of *keys* signed *payload*, byte for byte, with *signature*."""
    return any(_made(key, signature, payload) for key in keys)


def _made(key: Ed25519PublicKey, signature: bytes, payload: bytes) -> bool:
    try:
        key.verify(signature, payload)
    except InvalidSignature:
        return False
    return True
