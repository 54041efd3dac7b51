"""
Values that are known by their names alone: packed addresses, and coordinates of their own. Pure.

A database keeps an address as a number or as bytes (``inet_aton``, ``inet6_aton``), and latitude
and longitude in two columns: no form tells them from any other number.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, ip_address

from privacykit.pseudonym.texts.sensitive import words_of

_OF_ADDRESSES = frozenset({"ip", "ipv", "remoteaddr"})
_OF_OTHERS = frozenset({"at", "bits", "count", "date", "id", "port", "seen", "time", "ts"})
"""Words by which a number beside an address is none: ``ip_seen_at``."""
_OF_PLACES = frozenset({"lat", "latitude", "lng", "lon", "longitude"})
_SMALLEST, _LARGEST = 1 << 24, (1 << 32) - 1
"""A smaller number under such a name counts something; 0.0.0.0/8 is nobody's."""
_DIGITS = re.compile(r"-?\d{8,10}")
"""A column of signed numbers has the upper half of all addresses below zero."""
_FRACTION = re.compile(r"-?\d{1,3}\.\d{3,20}")
_PACKED = frozenset({4, 16})
PRECISE = 3
"""Decimals from which a coordinate tells a house from its district."""
MOST_NAMES = 4096


def spelled(name: str, value: object) -> object:
    """Return *value*, where it is a packed address by its *name*, as text; else as it is."""
    if isinstance(value, bytes | bytearray | memoryview):
        raw = bytes(value)
        if len(raw) in _PACKED and _of_addresses(name):
            return str(ip_address(raw))
    return value


def spelled_number(path: str, text: str) -> str:
    """Return *text*, where it is the number of an address by the name *path*, as that address."""
    if _DIGITS.fullmatch(text) and _of_addresses(path):
        number = int(text) % (1 << 32) if text.startswith("-") else int(text)
        if _SMALLEST <= number <= _LARGEST:
            return str(IPv4Address(number))
    return text


def is_coordinate(path: str, text: str) -> bool:
    """Tell whether *text* is a precise latitude or longitude by the name *path*."""
    if not _FRACTION.fullmatch(text) or _OF_PLACES.isdisjoint(_words(path)):
        return False
    return len(text.rstrip("0").partition(".")[2]) >= PRECISE


def _of_addresses(path: str) -> bool:
    words = _words(path)
    return not _OF_ADDRESSES.isdisjoint(words) and _OF_OTHERS.isdisjoint(words)


@lru_cache(MOST_NAMES)
def _words(path: str) -> frozenset[str]:
    """Return the words of the name at the end of *path*."""
    return words_of(path.rpartition(".")[2])
