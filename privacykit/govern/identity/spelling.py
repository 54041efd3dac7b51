"""Values written plainly, to recognise what they say whatever they look like. Pure."""

from __future__ import annotations

import unicodedata

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
