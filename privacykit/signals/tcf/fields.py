"""Fields that several versions and frameworks share: times, letters, purposes. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from privacykit.signals.bits.ids import BitIds
from privacykit.signals.bits.reader import SEXTET, Bits
from privacykit.signals.unknown import Unreadable

TIME_BITS = 36
PURPOSES = 24
SPECIAL_FEATURES = 12
_LETTERS = 26
_LOWER = 32
_A = 65
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DECISECOND = timedelta(milliseconds=100)


def moment(deciseconds: int) -> datetime:
    """Return the time that *deciseconds* since 1970 are; 36 bits of them end in the year 2187."""
    return _EPOCH + deciseconds * _DECISECOND


def timestamp(deciseconds: int) -> str:
    """Return that time in UTC as RFC 3339 text with milliseconds."""
    return moment(deciseconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def letters(twelve: int) -> str:
    """
    Return the two letters in *twelve* bits, A as 0, as they are written.

    Some writers put lower case 32 above its capital; those letters are read too, and kept.

    Raises:
        Unreadable: One is no letter.
    """
    first, second = twelve >> SEXTET & 63, twelve & 63
    if first & ~_LOWER >= _LETTERS or second & ~_LOWER >= _LETTERS:
        raise Unreadable("bad_value", "a code of two letters that holds something else")
    return chr(_A + first) + chr(_A + second)


def take_set(bits: Bits, width: int) -> BitIds:
    """
    Read a field of *width* bits, the first for id 1.

    Raises:
        Unreadable: There are fewer bits.
    """
    return BitIds(bits.take(width), width)
