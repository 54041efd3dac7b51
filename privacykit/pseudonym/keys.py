"""
Key bytes, and what they must be before anything is hashed or encrypted with them. Pure.

Messages say what is wanted, never what was given.
"""

from __future__ import annotations

import hmac
from hashlib import blake2b

from privacykit.errors import KeyMaterialError

MASTER_BYTES = 32
MIN_HASH_KEY_BYTES = 16
MAX_HASH_KEY_BYTES = blake2b.MAX_KEY_SIZE
KEY_ID_CHARACTERS = 8


def check_hash_key(key: bytes) -> None:
    """
    Refuse key bytes for hashing that protect nothing.

    Raises:
        KeyMaterialError: PK110, not 16 to 64 bytes; PK111, all one byte.
    """
    if not MIN_HASH_KEY_BYTES <= len(key) <= MAX_HASH_KEY_BYTES:
        raise KeyMaterialError("PK110 a key or salt for hashing has 16 to 64 bytes")
    _check_not_uniform(key)


def check_cipher_key(key: bytes, size: int, *, halves_differ: bool = False) -> None:
    """
    Refuse key bytes for encryption that the scheme forbids.

    Args:
        key: Key bytes.
        size: How many the scheme wants.
        halves_differ: Whether the two halves are two keys, which cancel out when equal
            (draft-denis-ipcrypt, Key Requirements).

    Raises:
        KeyMaterialError: PK110, not *size* bytes; PK111, all one byte; PK112, equal halves.
    """
    if len(key) != size:
        raise KeyMaterialError(f"PK110 this mode wants a key of {size} bytes")
    _check_not_uniform(key)
    if halves_differ and key[: size // 2] == key[size // 2 :]:
        raise KeyMaterialError("PK112 the two halves of the key are equal, so it hides nothing")


def _check_not_uniform(key: bytes) -> None:
    if len(set(key)) == 1:
        raise KeyMaterialError("PK111 a key of zeros or one repeated byte protects nothing")


def derive(master: bytes, variant: str, size: int) -> bytes:
    """
    Derive the key of one ipcrypt *variant* from a master key: HKDF-Expand with SHA-256 (RFC 5869).

    Args:
        master: 32 uniformly random bytes, the pseudorandom key of HKDF.
        variant: The info string of the draft, which is the variant's name.
        size: Bytes wanted, at most 32.

    Raises:
        KeyMaterialError: PK110, *master* does not have 32 bytes; PK111, all one byte.
    """
    check_cipher_key(master, MASTER_BYTES)
    return hmac.digest(master, variant.encode() + b"\1", "sha256")[:size]


def key_id(key: bytes) -> str:
    """
    Name *key* without telling it, so that data says which key it was made with.

    Returns:
        Eight hexadecimal characters; keys may be told apart by them, not recovered.
    """
    digest = blake2b(key, digest_size=KEY_ID_CHARACTERS // 2, person=b"privacykit.kid")
    return digest.hexdigest()
