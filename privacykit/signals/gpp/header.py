"""
The header of a GPP string: which sections follow, in which order. Pure.

Source: IAB Tech Lab "GPP consent string specification", header encoding.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from privacykit.signals.bits.ranges import take_fibonacci_range
from privacykit.signals.bits.reader import SEXTET, Bits
from privacykit.signals.unknown import Unknown, Unreadable, read_or_unknown

TYPE = 3
VERSION = 1
LONGEST_KNOWN = 24
MOST_KNOWN = 256
"""Headers that are remembered, none longer than :data:`LONGEST_KNOWN` characters."""
HIGHEST_SECTION = 63
"""No section has a higher id, so that a header of ten characters cannot name thousands."""


class GppHeader(msgspec.Struct, frozen=True, gc=False):
    """
    What a header says; its type is 3.

    Attributes:
        section_ids: The sections that follow, ascending.
        version: Of the specification.
    """

    section_ids: tuple[int, ...]
    version: int = VERSION


def decode_header(text: str) -> GppHeader | Unknown:
    """Return the header that *text*, the part before the first ``~``, is."""
    return read_or_unknown(read_header, text)


def read_header(text: str) -> GppHeader:
    """
    Return the header that *text* is.

    Raises:
        Unreadable: It is unknown.
    """
    return _known(text) if len(text) <= LONGEST_KNOWN else _read(text)


def _read(text: str) -> GppHeader:
    bits = Bits.of_text(text)
    head = bits.take(2 * SEXTET)
    if (kind := head >> SEXTET) != TYPE:
        raise Unreadable("unsupported_type", f"a header of type {kind}")
    if (version := head & 63) != VERSION:
        raise Unreadable("unsupported_version", f"a header of version {version}")
    ids = tuple(take_fibonacci_range(bits, HIGHEST_SECTION))
    bits.finish()
    return GppHeader(ids)


_known = lru_cache(maxsize=MOST_KNOWN)(_read)
"""Headers say which laws a site minds, and nothing of a person: few are met, again and again."""
