"""
The sections of a GPP string that apply: ``gpp_sid``, in URLs, cookies and apps. Pure.

Source: IAB Tech Lab "GPP CMP API specification". ``-1`` says that no section applies; that is an
answer about law, not a permission. A list with anything else in it is unknown as a whole: leaving
out what cannot be read would leave out a section that applies.
"""

from __future__ import annotations

import msgspec

from privacykit.signals.gpp.header import HIGHEST_SECTION
from privacykit.signals.unknown import Unknown

MOST_APPLICABLE = 2
LONGEST_LIST = 256

_NONE_APPLIES = "-1"
_DIGITS = 2


class Applicable(msgspec.Struct, frozen=True):
    """
    The sections that apply.

    Attributes:
        ids: Their ids, in the order of the list.
        none_applies: Whether the list says that none does.
    """

    ids: tuple[int, ...]
    none_applies: bool = False


def decode_sid(text: str) -> Applicable | Unknown:
    """
    Return which sections the list *text* names.

    Args:
        text: Ids with commas between them (addresses and cookies) or underscores (apps); white
            space around an id is not part of it.
    """
    if len(text) > LONGEST_LIST:
        return Unknown("too_long", f"more than {LONGEST_LIST} characters")
    words = [word.strip(" \t") for word in text.replace("_", ",").split(",")]
    if words == [_NONE_APPLIES]:
        return Applicable((), none_applies=True)
    if words == [""]:
        return Unknown("empty")
    if len(words) > MOST_APPLICABLE:
        return Unknown("too_many", f"{len(words)} sections, at most {MOST_APPLICABLE} apply")
    if not all(map(_is_section_id, words)):
        return Unknown("bad_value", "a word that is no section id")
    return Applicable(tuple(dict.fromkeys(map(int, words))))


def _is_section_id(word: str) -> bool:
    digits = word.isascii() and word.isdigit() and len(word) <= _DIGITS
    return digits and 1 <= int(word) <= HIGHEST_SECTION
