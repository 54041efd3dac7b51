"""Subject references of identified people: a keyed hash of the application's own id. Pure."""

from __future__ import annotations

import re
from enum import Enum
from hashlib import blake2b
from uuid import UUID  # noqa: TID251 - to know one when an application passes it

from privacykit.pseudonym.keys import check_hash_key
from privacykit.pseudonym.visitor import ID_BYTES

LONGEST_USER_ID = 1024
"""Characters of a user's id; the longest identifiers in use, subject claims, have 255."""


def user_id_text(user_id: object) -> str | None:
    """
    Return the canonical text of a user's id: that of an integer or a UUID is its decimal or hex.

    Args:
        user_id: Whatever an application calls an id.

    Returns:
        ``None`` for what is none: empty, blank or longer than 1024 characters, not encodable, a
        member of an enumeration, or of any other type.
    """
    if isinstance(user_id, Enum | bool):
        return None
    if isinstance(user_id, UUID):
        return str(UUID(int=user_id.int))
    if isinstance(user_id, int):
        return str(int(user_id)) if user_id.bit_length() <= LONGEST_USER_ID else None
    if not isinstance(user_id, str) or not 0 < len(user_id) <= LONGEST_USER_ID:
        return None
    text = str.__str__(user_id)
    return text if text.strip() and not _SURROGATE.search(text) else None


_SURROGATE = re.compile("[\ud800-\udfff]")


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
