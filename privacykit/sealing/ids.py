"""A person's references in the key store: keyed hashes of what names them. Pure."""

from __future__ import annotations

from hashlib import blake2b

from privacykit.errors import InputError
from privacykit.pseudonym.keys import check_hash_key

REFERENCE_BYTES = 16
EMAIL = "email"


def person_reference(key: bytes, kind: str, value: str) -> bytes:
    """
    Return the reference of whoever *value* names.

    It is pseudonymous data: whoever holds *key* can test any value against it, which is what lets
    the person's keys be found and destroyed (GDPR Art. 4(5), 17).

    Args:
        key: The durable subject key, 16 to 64 bytes.
        kind: The identity type, ``email`` or ``controller_customer_id``.
        value: The identity as it stands in events; of an e-mail address neither case nor space
            around it counts.

    Raises:
        InputError: *value* names nobody.
        KeyMaterialError: *key* protects nothing.
    """
    check_hash_key(key)
    text = value.strip().lower() if kind == EMAIL else value
    if not text.strip():
        raise InputError("an empty identity names nobody")
    message = len(kind).to_bytes(2, "big") + kind.encode() + text.encode()
    return blake2b(
        message, key=key, digest_size=REFERENCE_BYTES, person=b"privacykit.seal"
    ).digest()
