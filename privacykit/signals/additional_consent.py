"""
Google's Additional Consent string: vendors that are not on the IAB's list. Pure.

Source: Google, "Additional Consent technical specification", v1 and v2 (December 2023): the
version, ``~``, the ids with consent with dots between them, and in v2 ``~dv.`` and the ids that
were shown besides. It means something only beside a TC string that may be relied upon.
"""

from __future__ import annotations

import msgspec

from privacykit.signals.bits.ids import HIGHEST, RangeIds
from privacykit.signals.unknown import LONGEST, Unknown, Unreadable, read_or_unknown

MOST_IDS = 4096
VERSION_1 = "1"
VERSION_2 = "2"

_DISCLOSED = "dv"
_DIGITS = 5


class AdditionalConsent(msgspec.Struct, frozen=True):
    """
    An AC string.

    Attributes:
        version: 1 or 2.
        consented: Providers with consent.
        disclosed: Providers that were shown and have none; ``None`` in version 1.
    """

    version: int
    consented: RangeIds
    disclosed: RangeIds | None = None


def decode_additional_consent(text: str) -> AdditionalConsent | Unknown:
    """Return what the AC string *text* says, or why that is unknown."""
    return read_or_unknown(_read, text)


def _read(text: str) -> AdditionalConsent:
    if not text:
        raise Unreadable("empty")
    if len(text) > LONGEST:
        raise Unreadable("too_long", f"more than {LONGEST} characters")
    version, *parts = text.split("~", 3)
    if version not in {VERSION_1, VERSION_2}:
        raise Unreadable("unsupported_version", "neither 1 nor 2")
    if len(parts) != int(version):
        raise Unreadable("segment_count", f"{len(parts)} parts after the version")
    consented = _ids(parts[0])
    if version == VERSION_1:
        return AdditionalConsent(1, consented)
    mark, _, listed = parts[1].partition(".")
    if mark != _DISCLOSED:
        raise Unreadable("unsupported_type", "the third part does not begin with dv")
    return AdditionalConsent(2, consented, _ids(listed))


def _ids(text: str) -> RangeIds:
    if not text:
        return RangeIds()
    words = text.split(".")
    if len(words) > MOST_IDS:
        raise Unreadable("too_many", f"{len(words)} ids, at most {MOST_IDS}")
    ids = []
    for word in words:
        if not (word.isascii() and word.isdigit() and len(word) <= _DIGITS):
            raise Unreadable("bad_value", "a word that is no provider id")
        number = int(word)
        if not 1 <= number <= HIGHEST:
            raise Unreadable("bad_range", "a provider id that cannot be")
        ids.append((number, number))
    return RangeIds.of(ids)
