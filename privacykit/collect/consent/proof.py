"""
Signatures on consent receipts, which others check with the public key alone. Pure.

W3C Data Integrity with the cryptosuite ``eddsa-jcs-2022``: an Ed25519 signature (RFC 8032) over the
SHA-256 of the proof's options and the SHA-256 of the document, both in the canonical form of RFC
8785. The key that a proof names proves nothing; it only says which one to look for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from privacykit.errors import InputError

SUITE: Final = "eddsa-jcs-2022"
_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58BTC: Final = "z"
_ED25519: Final = b"\xed\x01"
_KEY_BYTES: Final = 32
_LONGEST: Final = 128
_DID: Final = "did:key:"


def signed(document: Mapping[str, Any], key: Ed25519PrivateKey, created: str) -> dict[str, Any]:
    """
    Return *document* with a proof.

    Args:
        document: A JSON object without fractions.
        key: The key that signs receipts.
        created: RFC 3339 time in UTC.
    """
    name = did(key.public_key())
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": created,
        "verificationMethod": f"{name}#{name.removeprefix(_DID)}",
        "proofPurpose": "assertionMethod",
    }
    if "@context" in document:
        proof["@context"] = document["@context"]
    value = _base58(key.sign(_hashed(document, proof)))
    return {**document, "proof": {**proof, "proofValue": f"{_BASE58BTC}{value}"}}


def check_signature(
    document: Mapping[str, Any], keys: Iterable[Ed25519PublicKey]
) -> Ed25519PublicKey:
    """
    Return which of *keys* signed *document* as it stands.

    Args:
        document: A JSON object with a proof.
        keys: Public keys that are trusted.

    Raises:
        InputError: There is no proof that we can read, or none of *keys* made it.
    """
    rest = {name: value for name, value in document.items() if name != "proof"}
    proof = document.get("proof")
    if not isinstance(proof, dict) or proof.get("cryptosuite") != SUITE:
        raise InputError(f"not a receipt: it has no proof of the cryptosuite {SUITE}")
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    if options.get("proofPurpose") != "assertionMethod":
        raise InputError("the proof is not one of a statement")
    if options.get("@context") != rest.get("@context"):
        raise InputError("the proof is of another context than the receipt")
    signature, said = _multibase(str(proof.get("proofValue", ""))), _hashed(rest, options)
    for key in keys:
        try:
            key.verify(signature, said)
        except InvalidSignature:
            continue
        return key
    raise InputError("no trusted key signed this receipt as it stands")


def did(key: Ed25519PublicKey) -> str:
    """Return the ``did:key`` of *key*: the key itself, spelled as a multikey."""
    return _DID + multikey(key)


def multikey(key: Ed25519PublicKey) -> str:
    """Return *key* as a multikey: base58btc of its kind and its bytes."""
    return _BASE58BTC + _base58(_ED25519 + key.public_bytes_raw())


def read_multikey(text: str) -> Ed25519PublicKey:
    """
    Read a public key as :func:`did` or :func:`multikey` writes it.

    Raises:
        InputError: It is neither.
    """
    raw = _multibase(text.removeprefix(_DID).partition("#")[0])
    if not raw.startswith(_ED25519) or len(raw) != len(_ED25519) + _KEY_BYTES:
        raise InputError("not a public key of Ed25519")
    try:
        return Ed25519PublicKey.from_public_bytes(raw.removeprefix(_ED25519))
    except ValueError:
        raise InputError("not a public key of Ed25519") from None


def _hashed(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    return sha256(_canonical(options)).digest() + sha256(_canonical(document)).digest()


def _canonical(document: Mapping[str, Any]) -> bytes:
    """
    Return *document* as RFC 8785 writes it: there are no fractions, and names are ASCII.

    Raises:
        InputError: It has fractions, which every language spells in its own way.
    """
    if _has_fraction(document):
        raise InputError("not a receipt: it has a number with a fraction")
    return msgspec.json.encode(document, order="sorted")


def _has_fraction(value: Any) -> bool:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        return any(map(_has_fraction, value.values()))
    return any(map(_has_fraction, value)) if isinstance(value, list) else isinstance(value, float)


def _base58(data: bytes) -> str:
    number, digits = int.from_bytes(data), ""
    while number:
        number, rest = divmod(number, 58)
        digits = _ALPHABET[rest] + digits
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + digits


def _multibase(text: str) -> bytes:
    """
    Return the bytes of *text*, base58btc behind a ``z``.

    Raises:
        InputError: It is not of that form, or longer than a key or signature is.
    """
    digits = text.removeprefix(_BASE58BTC)
    if digits == text or len(text) > _LONGEST or not set(digits) <= set(_ALPHABET):
        raise InputError("not a key or signature in base58btc")
    number = 0
    for digit in digits:
        number = number * 58 + _ALPHABET.index(digit)
    zeros = len(digits) - len(digits.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)
