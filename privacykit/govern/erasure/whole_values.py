r"""
Values inside longer ones: ``anna@shop.example`` stands in ``joanna@shop.example``. Pure.

Who looks for a value anywhere in a text finds it there, too, though it is somebody else's. Where it
cannot be told (an escape, a packed form, an odd separator) a value is taken to stand by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

INSIDE: Final = "inside"
"""Why a value may stand somewhere: as a part of a longer one."""

_ESCAPED: Final = re.compile(
    r"(?:\\+(?:[^\W_\d]|\d{3}|u[0-9a-f]{4}|x[0-9a-f]{2})|[%=][0-9a-f]{2}|&\#?\w{1,8};)\Z"
)
"""What may stand right before a value and is no letter of it: a line feed as ``\n``, ``%3c``, …"""
_LONGEST_ESCAPE: Final = 12
_IN_ADDRESS: Final = frozenset("._+-")
"""Marks that names in e-mail addresses have between letters (RFC 5322 has more; few use them)."""


def stands_alone(text: str, values: Iterable[str]) -> bool:
    """
    Say whether one of *values* stands in *text* by itself.

    Args:
        text: Where one of them was found.
        values: What was looked for; upper and lower case are one.

    Returns:
        ``False`` where each place is a part of a longer value; ``True`` also where no place is
        found in the text as it is spelt.
    """
    lower = text.lower()
    places = [
        _is_alone(lower, found.start(), found.end(), mail="@" in value)
        for value in values
        for spelt in _spellings(value)
        for found in re.compile(escapes(spelt)).finditer(lower)
    ]
    return any(places) or not places


def _spellings(value: str) -> set[str]:
    return {value, digits_of(value) or value}


def digits_of(value: str) -> str:
    """Return *value* as a column of numbers would hold it; empty when it is no number."""
    digits = value.removeprefix("+").replace(" ", "")
    return digits if digits.isascii() and digits.isdecimal() else ""


def _is_alone(text: str, start: int, end: int, *, mail: bool) -> bool:
    return not (_goes_back(text, start, mail=mail) or _goes_on(text, end, mail=mail))


def _goes_back(text: str, start: int, *, mail: bool) -> bool:
    before = text[max(0, start - _LONGEST_ESCAPE) : start]
    if not before or not text[start].isalnum() or _ESCAPED.search(before):
        return False
    return before[-1].isalnum() or (mail and _joins(before[-2:-1], before[-1]))


def _goes_on(text: str, end: int, *, mail: bool) -> bool:
    after = text[end : end + 2]
    if not after or not text[end - 1].isalnum():
        return False
    return after[0].isalnum() or (mail and after[0] in ".-" and after[1:].isalnum())


def _joins(letter: str, mark: str) -> bool:
    """Say whether *mark* joins what is before it with what follows: ``mary.anna@``."""
    return mark in _IN_ADDRESS and letter.isalnum()


@lru_cache(maxsize=64)
def escapes(value: str) -> str:
    """Return a regular expression for *value* in lower case, each character itself or escaped."""
    return "".join(_character(character) for character in value.lower())


def _character(character: str) -> str:
    units = character.encode("utf-16-be").hex()
    escaped = "".join(rf"\\u{units[n : n + 4]}" for n in range(0, len(units), 4))
    slashed = r"|\\/" if character == "/" else ""
    return f"({re.escape(character)}|{escaped}{slashed})"
