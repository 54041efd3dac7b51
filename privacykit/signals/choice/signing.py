"""The signature of a grant cookie: keyed BLAKE2b (RFC 7693), bound to one site. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from hmac import compare_digest

from privacykit.errors import KeyMaterialError

MINIMUM_KEY_BYTES = 32
_PERSON = b"privacykit.yes"


class GrantSigner:
    """
    Signs what grants of one site say, and knows its own signatures.

    Args:
        site: The site's id; another site's signature is worth nothing.
        keys: Durable keys of at least 32 bytes; the first signs, all verify.

    Raises:
        KeyMaterialError: A key is too short.
    """

    __slots__ = ("_keys", "_site")

    def __init__(self, site: str, keys: Sequence[bytes]) -> None:
        if any(len(key) < MINIMUM_KEY_BYTES for key in keys):
            raise KeyMaterialError(f"a signing key needs at least {MINIMUM_KEY_BYTES} bytes")
        self._site = len(site.encode()).to_bytes(2, "big") + site.encode()
        self._keys = tuple(blake2b(key, digest_size=32, person=_PERSON).digest() for key in keys)

    def sign(self, body: bytes) -> bytes:
        """
        Return the signature of *body*.

        Raises:
            KeyMaterialError: There is no key to sign with.
        """
        if not self._keys:
            raise KeyMaterialError("a grant needs a signing key")
        return self._signature(self._keys[0], body)

    def signed(self, body: bytes, signature: bytes) -> bool:
        """Tell whether *signature* of *body* is ours."""
        return any(compare_digest(self._signature(key, body), signature) for key in self._keys)

    def _signature(self, key: bytes, body: bytes) -> bytes:
        signed = blake2b(self._site + body, digest_size=16, key=key, person=_PERSON)
        return signed.hexdigest().encode()
