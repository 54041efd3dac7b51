"""
Reports that are signed as receipts are: keys sorted, no white space, whole numbers (RFC 8785).

Pure. What a report says is believed where a key that is trusted signed it as it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from privacykit.errors import InputError
from privacykit.govern.audit.signature import is_signed


class SignedKind(NamedTuple):
    """
    What a report is one of.

    Attributes:
        kind: What it says that it is.
        version: Of its form.
        problem: The id of its being none.
        name: Who makes it, in words.
    """

    kind: str
    version: int
    problem: str
    name: str


def sign(fields: Mapping[str, Any], kind: SignedKind, key: Ed25519PrivateKey) -> bytes:
    """Return *fields* as a JSON document with ``key`` (the public one, hex) and ``signature``."""
    document = {**fields, "kind": kind.kind, "version": kind.version}
    document["key"] = key.public_key().public_bytes_raw().hex()
    document["signature"] = key.sign(_payload(document)).hex()
    return _payload(document)


def read_signed(
    document: bytes, kind: SignedKind, keys: Iterable[Ed25519PublicKey]
) -> tuple[dict[str, Any], str]:
    """
    Return the fields of a report that one of *keys* signed, and its digest.

    Args:
        document: What :func:`sign` returned, spaced as one likes.
        kind: What it has to be.
        keys: Public keys that are trusted; the key inside the document proves nothing.

    Raises:
        InputError: Not such a report, or none of *keys* signed it as it stands.
    """
    try:
        fields = msgspec.json.decode(document, type=dict[str, Any])
        signature = bytes.fromhex(str(fields.pop("signature", "")))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise InputError(f"{kind.problem} not a report of {kind.name}") from None
    if fields.get("kind") != kind.kind or fields.get("version") != kind.version:
        raise InputError(f"{kind.problem} not a report of {kind.name} that we know")
    payload = _payload(fields)
    if not is_signed(payload, signature, keys):
        raise InputError(f"{kind.problem} no trusted key signed this report as it stands")
    return fields, _digest(payload)


def digest_of(document: bytes) -> str:
    """Return the digest of a report as :func:`sign` returned it."""
    fields = msgspec.json.decode(document, type=dict[str, Any])
    fields.pop("signature", None)
    return _digest(_payload(fields))


def _digest(payload: bytes) -> str:
    return sha256(payload).hexdigest()


def _payload(document: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(document, order="sorted")
