"""
Decode a TC string: version 2 with every segment, version 1 to recognise it. Pure.

Laws of this file, held by ``tests/signals/test_tcf.py`` and ``test_hostile_strings.py``:

- a string is read whole or not at all: cut anywhere, it is unknown, never consent;
- nothing is expanded: the cost grows with the characters, not with the ids they speak of;
- what the specification does not have (a second segment of a type, a type 0 or 4 to 7, an id 0, a
  range that ends before it starts or above the highest id, set bits behind the end) is unknown.

Source: "Transparency & Consent Framework: Consent string and vendor list formats" v1.1 and v2.
"""

from __future__ import annotations

import msgspec

from privacykit.signals.bits.ids import BitIds, Ids
from privacykit.signals.bits.ranges import (
    COUNT_BITS,
    ID_BITS,
    MOST_RESTRICTIONS,
    take_int_range,
    take_vendors,
)
from privacykit.signals.bits.reader import SEXTET, Bits
from privacykit.signals.tcf.fields import (
    PURPOSES,
    SPECIAL_FEATURES,
    TIME_BITS,
    letters,
    take_set,
)
from privacykit.signals.tcf.model import PublisherTC, Restriction, TcString, TcStringV1
from privacykit.signals.unknown import LONGEST, Unknown, Unreadable, read_or_unknown

VERSION_1 = 1
VERSION_2 = 2
DISCLOSED_VENDORS = 1
ALLOWED_VENDORS = 2
PUBLISHER_TC = 3

_CORE_BITS = 213
_HEAD_BITS = 132
_MOST_PARTS = 4
_TYPE_BITS = 3
_TWELVE = (1 << 12) - 1
_TIME = (1 << TIME_BITS) - 1
_PURPOSES = (1 << PURPOSES) - 1


def decode(text: str) -> TcString | TcStringV1 | Unknown:
    """
    Return what the TC string *text* says, or why that is unknown.

    Whether it may be relied upon is another question, see :mod:`privacykit.signals.tcf.validity`.
    """
    return read_or_unknown(read, text)


def read(text: str) -> TcString | TcStringV1:
    """
    Return what *text* says.

    Raises:
        Unreadable: It is unknown.
    """
    if len(text) > LONGEST:
        raise Unreadable("too_long", f"more than {LONGEST} characters")
    core, *segments = text.split(".", _MOST_PARTS)
    bits = Bits.of_text(core)
    version = bits.take(SEXTET)
    if version == VERSION_1:
        if segments:
            raise Unreadable("unexpected_segment", "version 1 has none")
        return _version_1(bits)
    if version != VERSION_2:
        first = bits.data[0] >> 5
        if DISCLOSED_VENDORS <= first <= PUBLISHER_TC and version > PUBLISHER_TC:
            raise Unreadable(
                "no_core", "the string begins with a segment, or is of another version"
            )
        raise Unreadable("unsupported_version", str(version))
    if len(segments) == _MOST_PARTS:
        raise Unreadable("duplicate", "more segments than there are types")
    return _version_2(bits, _segments(segments))


class _Segments(msgspec.Struct):
    vendors: dict[int, Ids] = {}
    publisher: PublisherTC | None = None


def _version_2(bits: Bits, segments: _Segments) -> TcString:
    # The fixed part is one integer: twenty fields cost shifts, not reads.
    fixed = bits.take(_CORE_BITS - SEXTET)
    consents = take_vendors(bits)
    interests = take_vendors(bits)
    restrictions = _restrictions(bits)
    bits.finish()
    return TcString(
        fixed >> 171 & _TIME,
        fixed >> 135 & _TIME,
        fixed >> 123 & _TWELVE,
        fixed >> 111 & _TWELVE,
        fixed >> 105 & 63,
        letters(fixed >> 93 & _TWELVE),
        fixed >> 81 & _TWELVE,
        fixed >> 75 & 63,
        bool(fixed >> 74 & 1),
        bool(fixed >> 73 & 1),
        BitIds(fixed >> 61 & _TWELVE, SPECIAL_FEATURES),
        BitIds(fixed >> 37 & _PURPOSES, PURPOSES),
        BitIds(fixed >> 13 & _PURPOSES, PURPOSES),
        bool(fixed >> 12 & 1),
        letters(fixed & _TWELVE),
        consents,
        interests,
        restrictions,
        segments.vendors.get(DISCLOSED_VENDORS),
        segments.vendors.get(ALLOWED_VENDORS),
        segments.publisher,
    )


def _restrictions(bits: Bits) -> tuple[Restriction, ...]:
    count = bits.take(COUNT_BITS)
    if count > MOST_RESTRICTIONS:
        raise Unreadable("too_many", f"{count} restrictions, at most {MOST_RESTRICTIONS}")
    return tuple(_restriction(bits) for _ in range(count))


def _restriction(bits: Bits) -> Restriction:
    head = bits.take(SEXTET + 2)
    purpose = head >> 2
    if not 1 <= purpose <= PURPOSES:
        raise Unreadable("bad_value", "a restriction of no purpose there is")
    return Restriction(purpose, head & 3, take_int_range(bits))


def _segments(parts: list[str]) -> _Segments:
    found = _Segments()
    for part in parts:
        bits = Bits.of_text(part)
        kind = bits.take(_TYPE_BITS)
        if kind in found.vendors or (kind == PUBLISHER_TC and found.publisher is not None):
            raise Unreadable("duplicate", f"a second segment of type {kind}")
        if kind in {DISCLOSED_VENDORS, ALLOWED_VENDORS}:
            found.vendors[kind] = take_vendors(bits)
        elif kind == PUBLISHER_TC:
            found.publisher = _publisher(bits)
        else:
            raise Unreadable("unsupported_type", f"a segment of type {kind}")
        bits.finish()
    return found


def _publisher(bits: Bits) -> PublisherTC:
    consents, interests = take_set(bits, PURPOSES), take_set(bits, PURPOSES)
    custom = bits.take(SEXTET)
    return PublisherTC(consents, interests, custom, take_set(bits, custom), take_set(bits, custom))


def _version_1(bits: Bits) -> TcStringV1:
    head = bits.take(_HEAD_BITS - SEXTET)
    purposes = take_set(bits, PURPOSES)
    highest = bits.take(ID_BITS)
    vendors = _vendors_1(bits, highest)
    bits.finish()
    return TcStringV1(
        head >> 90 & _TIME,
        head >> 54 & _TIME,
        head >> 42 & _TWELVE,
        head >> 30 & _TWELVE,
        head >> 24 & 63,
        letters(head >> 12 & _TWELVE),
        head & _TWELVE,
        purposes,
        highest,
        vendors,
    )


def _vendors_1(bits: Bits, highest: int) -> Ids:
    if not bits.take(1):
        return take_set(bits, highest)
    default = bits.take(1)
    # In version 1 a list may name vendors above the highest.
    listed = take_int_range(bits)
    # The list holds the exceptions, from consent or from no consent.
    return listed.without(highest) if default else listed
