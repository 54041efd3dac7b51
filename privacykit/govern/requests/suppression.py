"""
Recognise people who asked to be left alone, without keeping who they are. Pure.

A suppression is a keyed hash of one identity value. Whoever lacks the key cannot test a guess
against it; whoever has it can, which is its purpose: it is personal data still (GDPR Art. 4(5)).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from privacykit.errors import InputError, KeyMaterialError
from privacykit.govern.records import Identity

_PERSON = b"privacykit.suppr"
_KEY_BYTES = 32


class Suppression(msgspec.Struct, frozen=True):
    """
    One identity that is not to be collected (again).

    Attributes:
        hash: What :meth:`SuppressionKey.of` returned.
        identity_type: What kind of identity it is.
        reason: ``erasure``, ``objection``, … : the request type that led to it.
        added_at: Unix seconds.
        until: When it may be forgotten; ``None`` is never.
        request_id: The request that led to it, empty when there is none.
        key: Id of the key that made the hash: only that one recognises the person.
        exact: What :meth:`SuppressionKey.exactly` returned: an erasure is repeated by it where the
            map compares to the letter, so that nobody is erased for a likeness.
    """

    hash: str
    identity_type: str
    reason: str
    added_at: float
    until: float | None = None
    request_id: str = ""
    key: str = ""
    exact: str = ""


class SuppressionKey:
    """
    A durable key of the suppression ledger. Its value is in no ``repr``.

    Args:
        key: Exactly 32 bytes.
        id: Its id in the key file, kept beside each hash.

    Raises:
        KeyMaterialError: Any other length.
    """

    __slots__ = ("_hash", "id")

    def __init__(self, key: bytes, id: str = "") -> None:  # noqa: A002 - the key file's word
        if len(key) != _KEY_BYTES:
            raise KeyMaterialError("a suppression key is 32 bytes")
        self.id = id
        self._hash = blake2b(digest_size=32, key=key, person=_PERSON)

    def __repr__(self) -> str:
        return "SuppressionKey()"

    def of(self, identity: Identity) -> str:
        """
        Hash *identity*, however its value was spelled.

        Raises:
            InputError: The value came hashed, so that it cannot be recognised in raw data.
        """
        if identity.format != "raw":
            raise InputError("a suppression needs the value itself, not a hash of it")
        # Whoever asks and whoever built the table name the parts in orders of their own.
        parts = sorted(identity.parts) or [(identity.type, identity.value)]
        return self.of_values(identity.type, tuple(normalised(*part) for part in parts))

    def exactly(self, identity: Identity) -> str:
        """
        Hash *identity* to the letter: no other spelling has the same hash.

        Raises:
            InputError: The value came hashed, so that it cannot be recognised in raw data.
        """
        if identity.format != "raw":
            raise InputError("a suppression needs the value itself, not a hash of it")
        parts = sorted(identity.parts) or [(identity.type, identity.value)]
        return self.of_values(f"={identity.type}", tuple(value for _, value in parts))

    def folded(self, identity: Identity) -> str:
        """Hash *identity*, not of several parts, as a column compares it that ignores case."""
        return self.of_values(f"~{identity.type}", (identity.value.lower(),))

    def of_row(self, place: str, key: Sequence[Any], mark: bytes = b"") -> str:
        """
        Hash the key of a row: after an erasure it tells what a backup brought back from what came.

        Args:
            place: ``dataset.collection``.
            key: The row's key; of a file or a lake it is a digest of all that stands in it.
            mark: What tells it from a later row with the same key.
        """
        return self.of_values("/row", (place, msgspec.json.encode(key).decode(), mark.hex()))

    def of_value(self, identity_type: str, value: str) -> str:
        """Hash one raw *value* of *identity_type*, as found in a column."""
        return self.of_values(identity_type, (normalised(identity_type, value),))

    def of_values(self, identity_type: str, values: tuple[str, ...]) -> str:
        """Hash normalised *values* under *identity_type*."""
        state = self._hash.copy()
        for text in (identity_type, *values):
            part = text.encode("utf-8", "surrogatepass")
            state.update(len(part).to_bytes(4) + part)
        return state.hexdigest()


def normalised(identity_type: str, value: str) -> str:
    """
    Write *value* the way every spelling of it is written, for comparison only.

    E-mail addresses lose case and outer space (dots and tags stay: they may be other people's),
    telephone numbers everything but digits (``00`` counts as ``+``), advertising ids and other
    values outer space; advertising ids and UUIDs also case.
    """
    text = unicodedata.normalize("NFC", value).strip()
    if identity_type == "phone_number":
        digits = "".join(c for c in unicodedata.normalize("NFKC", text) if c in "0123456789")
        return digits.removeprefix("00")
    if identity_type in {"email", "maid", "android_advertising_id", "ios_advertising_id"}:
        return text.casefold()
    return text
