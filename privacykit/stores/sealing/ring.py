"""The wrapping keys of sealed fields, as they were read at one time. Pure but for nonces."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from privacykit.errors import StoreError
from privacykit.sealing.envelope import NONCE_BYTES
from privacykit.stores.key_file import Key


class WrappingRing:
    """
    The durable keys of the use ``sealing``; never changed, so that threads may share one.

    Args:
        wrapping: The keys, the newest first.

    Attributes:
        newest: The id of the one that wraps.
        ciphers: All of them, by id: each unwraps.
    """

    def __init__(self, wrapping: Sequence[Key]) -> None:
        self.newest = wrapping[0].id
        self.ciphers = {key.id: AESGCM(key.value) for key in wrapping}

    def wrap(self, value: bytes, bound: bytes) -> str:
        """Return a data key as it is stored, wrapped by the newest."""
        nonce = os.urandom(NONCE_BYTES)
        return b64encode(nonce + self.ciphers[self.newest].encrypt(nonce, value, bound)).decode()

    def unwrap(self, wrapped: str, wrapped_by: str, bound: bytes) -> bytes:
        """
        Return a data key as it is used.

        Raises:
            StoreError: PK388, the key that wraps it is not in the key file, or the row was changed.
        """
        cipher = self.ciphers.get(wrapped_by)
        if cipher is None:
            raise StoreError(f"PK388 the wrapping key {wrapped_by} is not in the key file")
        data = b64decode(wrapped)
        try:
            return cipher.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], bound)
        except InvalidTag:
            raise StoreError("PK388 a row of the key store was changed or moved") from None


def bound_of(kid: str, person: str, purpose: str, period: str) -> bytes:
    """Return what binds a wrapped key to its row."""
    return f"pk.wrap.1\x1f{kid}\x1f{person}\x1f{purpose}\x1f{period}".encode()
