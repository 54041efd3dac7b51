"""What stands for an identified person: a keyed hash of the application's own id. Pure."""

from __future__ import annotations

from hashlib import blake2b

from privacykit.pseudonym.keys import check_hash_key
from privacykit.pseudonym.visitor import ID_BYTES


def subject_reference(key: bytes, user_id: str) -> str:
    """
    Return the reference of the user: one on every site of the operator, for as long as the key.

    It is pseudonymous data, not anonymous: whoever holds *key* can test any id against it, which is
    what lets the person's events be found and erased (GDPR Art. 4(5), 17).

    Args:
        key: The durable subject key, 16 to 64 bytes.

        user_id: The application's id of the user.

    Returns:
        32 hexadecimal characters.

    Raises:
        KeyMaterialError: *key* protects nothing.
    """
    check_hash_key(key)
    return blake2b(
        user_id.encode(), key=key, digest_size=ID_BYTES, person=b"privacykit.sub"
    ).hexdigest()
