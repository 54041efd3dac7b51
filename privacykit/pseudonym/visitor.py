"""
The visitor id, for a day and no longer: a keyed hash under a salt that dies. Pure.

Laws:

- no salt, a dead salt or no address gives no id, never an unsalted one;
- fields are length-prefixed or of fixed size, so that no two visits spell one message;
- the site is in the salt's scope and in the message: ids of two sites never meet;
- IPv6 enters by its /64, which is what stays of a device within a network (RFC 8981).
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import blake2b
from typing import NoReturn

from privacykit.pseudonym.addresses.address import IPV4_BYTES
from privacykit.pseudonym.keys import check_hash_key

ID_BYTES = 16
MAX_EXTRA_BYTES = 100
_SUBSCRIBER_BYTES = 8
_NO_EXTRA = bytes(1)


class VisitorMode(StrEnum):
    """
    What an event may know its visitor by.

    Attributes:
        NONE: Nothing; visits are told apart by the referrer only.
        DAY: The daily id.
        CONSENTED: An id derived from the consent record, while the consent stands.
    """

    NONE = "none"
    DAY = "day"
    CONSENTED = "consented"


class DaySalt:
    """
    The salt of one site and day, ready to hash with. Immutable; prints nothing of itself.

    Args:
        salt: 16 to 64 random bytes.
        site: The site's id.
        day: ISO date, local to the site.
        until: Unix seconds of the local midnight at which the salt dies.

    Attributes:
        hashing: Returns a hash that has read the salt, the site and the day.

    Raises:
        KeyMaterialError: *salt* protects nothing.
    """

    __slots__ = ("day", "hashing", "site", "until")

    def __init__(self, salt: bytes, site: str, day: str, until: float) -> None:
        check_hash_key(salt)
        base = blake2b(key=salt, digest_size=ID_BYTES, person=b"privacykit.v1")
        for field in (site.encode(), day.encode()):
            base.update(len(field).to_bytes(2, "big") + field)
        self.hashing = base.copy
        self.site = site
        self.day = day
        self.until = until

    def __repr__(self) -> str:
        return "<salt of a day>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a salt is never written down")


def visitor_id(
    salt: DaySalt | None, packed: bytes | None, ua_class: bytes, now: float, extra: bytes = b""
) -> str | None:
    """
    Return the visitor's id, 32 hexadecimal characters, the same all day on the salt's site.

    Args:
        salt: The salt of the site's present day, if it could be had.
        packed: Whole address, 4 or 16 bytes, if it is known; of IPv6 the first 64 bits count.
        ua_class: Bytes of the coarse class of the user agent.
        now: Unix seconds; from ``salt.until`` on the salt is dead.
        extra: More to tell visitors apart behind one address; the first 100 bytes count.

    Returns:
        ``None`` when there is no address or no living salt.
    """
    if salt is None or packed is None or now >= salt.until:
        return None
    # The length of *extra* stands last: a message is read unambiguously from both its ends.
    end = _NO_EXTRA
    if extra:
        extra = extra[:MAX_EXTRA_BYTES]
        end = extra + len(extra).to_bytes()
    digest = salt.hashing()
    if len(packed) == IPV4_BYTES:
        digest.update(b"\4" + packed + ua_class + end)
    else:
        digest.update(b"\6" + packed[:_SUBSCRIBER_BYTES] + ua_class + end)
    return digest.hexdigest()


def consented_id(key: bytes, record: str) -> str:
    """
    Return the id of a visitor who consented: stable for as long as the consent *record* stands.

    Args:
        key: A durable key, 16 to 64 bytes. Whoever holds it can link the id to the record.
        record: The consent record's random id.

    Returns:
        32 hexadecimal characters.

    Raises:
        KeyMaterialError: *key* protects nothing.
    """
    check_hash_key(key)
    return blake2b(
        record.encode(), key=key, digest_size=ID_BYTES, person=b"privacykit.cid"
    ).hexdigest()


def rate_key(salt: bytes, packed: bytes) -> str:
    """
    Return a key to count requests by, under a *salt* that lives an hour.

    Args:
        salt: 16 to 64 random bytes.
        packed: Whole address; of IPv6 the /64, since a host changes the rest at will and would
            otherwise never meet a limit.

    Returns:
        32 hexadecimal characters.

    Raises:
        KeyMaterialError: *salt* protects nothing.
    """
    check_hash_key(salt)
    message = b"\4" + packed if len(packed) == IPV4_BYTES else b"\6" + packed[:_SUBSCRIBER_BYTES]
    return blake2b(message, key=salt, digest_size=ID_BYTES, person=b"privacykit.rate").hexdigest()
