"""
The sealed envelope: what stands in the place of a sealed field. Pure.

AES-256-GCM (NIST SP 800-38D) under the data key of one person and purpose, with a random nonce of
96 bits; so at most 2**32 fields a key. The associated data bind the text to its record, field,
purpose and key: moved elsewhere, it does not open.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error, b2a_base64
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from privacykit.errors import InputError

KEY_BYTES: Final = 32
KID_BYTES: Final = 16
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
MOST_SEALS: Final = 2**32
"""Fields under one key with random nonces (SP 800-38D, 8.3)."""

VERSION: Final = 1
ALGORITHM: Final = "A256GCM"
NONE: Final = "none"
"""The algorithm of an envelope without a text: there was nobody to seal it for."""

NO_KEY: Final = "no key"
NEVER_SEALED: Final = "never sealed"
DAMAGED: Final = "damaged"
UNWRITTEN: Final = "PK386 an event holds what JSON cannot write: a lone surrogate, or an object"
_encode = msgspec.json.Encoder().encode


class DataKey:
    """
    The key of one person for one purpose.

    Args:
        kid: Its random name; stands in the clear beside what it seals.
        value: 32 random bytes, never derived: a derived key cannot be destroyed alone.
    """

    __slots__ = ("cipher", "encrypt", "kid", "kid_text")

    def __init__(self, kid: bytes, value: bytes) -> None:
        self.kid = kid
        self.kid_text = kid.hex()
        self.cipher = AESGCM(value)
        self.encrypt = self.cipher.encrypt

    def __repr__(self) -> str:
        return "<DataKey>"


class Shredded(msgspec.Struct, frozen=True):
    """
    What a reader gets in the place of a field that nobody can read any more.

    Attributes:
        reason: ``no key``: it was destroyed, or is not ours; ``never sealed``: the person was
            suppressed or not told; ``damaged``: changed, or moved from another record.
        kid: The key's name; empty where there was none.
    """

    reason: Literal["no key", "never sealed", "damaged"]
    kid: str = ""

    def __bool__(self) -> bool:
        return False


def record_binding(event_id: str, kind: str, schema: str) -> bytes:
    """
    Return what binds a sealed field to its record, each part with its length before it.

    Args:
        event_id: The record's own id.
        kind: The type of the event.
        schema: The version of its form; may be empty.
    """
    return b"pk.seal.1" + _packed(event_id) + _packed(kind) + _packed(schema)


def field_binding(purpose: str, path: str) -> bytes:
    """Return what binds a sealed field to its *purpose* and to its *path* in the record."""
    return _packed(purpose) + _packed(path)


def _packed(text: str) -> bytes:
    try:
        data = text.encode()
    except UnicodeError:
        raise InputError(UNWRITTEN) from None
    return b"%d:%b" % (len(data), data)


def seal_value(key: DataKey, nonce: bytes, value: Any, bound: bytes) -> dict[str, Any]:  # noqa: ANN401
    """
    Return the envelope of *value*.

    Args:
        key: The person's.
        nonce: 12 random bytes, never used with this key before.
        value: What JSON can write.
        bound: Binding of the record and of the field, joined.

    Raises:
        InputError: PK386, JSON cannot write it.
    """
    try:
        written = _encode(value)
    except (TypeError, ValueError, RecursionError):
        # Words of the encoder's own may quote the value.
        raise InputError(UNWRITTEN) from None
    text = key.encrypt(nonce, written, bound + key.kid)
    return {
        "enc": {
            "v": VERSION,
            "kid": key.kid_text,
            "alg": ALGORITHM,
            "n": b2a_base64(nonce, newline=False).decode("ascii"),
            "ct": b2a_base64(text, newline=False).decode("ascii"),
        }
    }


def no_value() -> dict[str, Any]:
    """Return the envelope of what was not sealed, because nobody may or can be sealed for."""
    return {"enc": {"v": VERSION, "alg": NONE}}


def envelope_of(value: Any) -> Mapping[str, Any] | None:  # noqa: ANN401 - any JSON value
    """Return the inside of an envelope; ``None`` where *value* is none."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return None
    inside = value.get("enc")
    is_one = isinstance(inside, Mapping) and inside.get("alg") in {ALGORITHM, NONE}
    return inside if is_one else None


def kid_of(inside: Mapping[str, Any]) -> bytes | None:
    """Return the name of the key that opens an envelope; ``None`` where it names none."""
    try:
        kid = bytes.fromhex(str(inside.get("kid", "")))
    except ValueError:
        return None
    return kid if len(kid) == KID_BYTES else None


def open_value(key: DataKey, inside: Mapping[str, Any], bound: bytes) -> Any:  # noqa: ANN401
    """
    Return what was sealed, or :class:`Shredded` where the text was changed or moved.

    Args:
        key: The key that the envelope names.
        inside: As :func:`envelope_of` returns it.
        bound: Binding of the record and of the field, joined.
    """
    try:
        nonce = b64decode(inside["n"], validate=True)
        text = key.cipher.decrypt(nonce, b64decode(inside["ct"], validate=True), bound + key.kid)
        return msgspec.json.decode(text)
    except (InvalidTag, Error, KeyError, TypeError, ValueError):
        return Shredded(DAMAGED, key.kid_text)
