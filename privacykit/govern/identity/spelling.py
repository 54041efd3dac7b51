"""Values written plainly, to recognise what they say whatever they look like. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import product

_KEPT = frozenset({"L", "N", "M"})
_ACCENT = "Mn"
_LATIN_MARKS_END = 0x36F
"""Marks up to here are accents of Latin, Greek and Cyrillic; others are part of their letters."""


def trimmed(value: str) -> str:
    """
    Return *value* in one width, without case, outer space and characters that nobody sees.

    Full-width letters and digits become ordinary ones (NFKC); control and format characters,
    zero-width space among them, are dropped.
    """
    if value.isascii() and value.isprintable():
        return value.strip().lower()  # what follows changes nothing else in it
    wide = unicodedata.normalize("NFKC", value)
    seen = "".join(c for c in wide if unicodedata.category(c) not in {"Cc", "Cf"} or c in "\t\n\r")
    return seen.strip().casefold()


def compact(value: str) -> str:
    """Return the letters and digits of *value*, without accents, case and punctuation."""
    text = trimmed(value)
    if text.isascii():
        return "".join(filter(str.isalnum, text))
    split = unicodedata.normalize("NFKD", text)
    kept = (c for c in split if unicodedata.category(c)[0] in _KEPT and not _accent(c))
    return unicodedata.normalize("NFC", "".join(kept))


def digits(value: str) -> str:
    """Return the digits of *value*, whatever script they are written in, as ASCII."""
    return "".join(
        str(unicodedata.digit(c)) for c in value if unicodedata.digit(c, None) is not None
    )


def _accent(character: str) -> bool:
    return unicodedata.category(character) == _ACCENT and ord(character) <= _LATIN_MARKS_END


def capitals(folded: str) -> Iterator[str]:
    """
    Yield how *folded*, in lower case, stands in a store that knows capitals of ASCII alone.

    SQLite does, and PostgreSQL in the locale C: ``lower('RENÉ')`` is ``renÉ`` there. Of more than
    :data:`MOST_LETTERS` other letters only the usual ways to write them are taken.
    """
    parts = [_ways(part) for part in _LETTERS.findall(folded)]
    if sum(len(ways) > 1 for ways in parts) <= MOST_LETTERS:
        yield from map("".join, product(*parts))
        return
    usual = (folded, folded.upper(), folded.title(), folded.capitalize())
    yield from dict.fromkeys("".join(map(_ascii_lower, text)) for text in usual)


def _ways(part: str) -> tuple[str, ...]:
    """Return *part*, a letter, and the capitals beyond ASCII of which it is the small one."""
    if part.isascii():
        return (part,)
    great = (*_GREAT.get(part, ()), part.upper(), part.title())
    return tuple(dict.fromkeys((part, *(it for it in great if it in _ODD or it.lower() == part))))


def _ascii_lower(letter: str) -> str:
    return letter.lower() if letter.isascii() else letter


MOST_LETTERS = 10
_LETTERS = re.compile("i\u0307|.", re.DOTALL)
_GREAT = {"ß": ("ẞ",), "å": ("\u212b",), "ω": ("\u2126",), "ς": ("Σ",), "i\u0307": ("İ",)}
_ODD = frozenset({"Σ", "İ"})
"""What is small in another way by itself: at the end of a word, with a dot."""
