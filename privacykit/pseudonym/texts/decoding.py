r"""
Undo the encodings that personal data hides behind, before anything is looked for in it. Pure.

Percent-encoding, HTML character references, escapes of programming languages (``\u0040``,
``\x40``, ``%u0040``), full-width and other compatibility characters, and invisible characters, in
each other up to three deep. What is deeper is refused: nobody nests four by accident.
"""

from __future__ import annotations

import re
from html import unescape
from unicodedata import category, normalize
from urllib.parse import unquote

ROUNDS = 3
_ESCAPE = re.compile(
    r"%u([0-9A-Fa-f]{4})|(?<!\\)\\+(?:u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,5})\}|x([0-9A-Fa-f]{2}))"
)


def decode(text: str) -> str | None:
    """
    Return *text* without its encodings, ``None`` when it is encoded more than three deep.

    Line breaks and tabs become blanks, other control and format characters go. Decoding what this
    returns changes nothing.
    """
    for _ in range(ROUNDS + 1):
        decoded = _once(text)
        if decoded == text:
            return text
        text = decoded
    return None


def _once(text: str) -> str:
    if not text.isascii() or not text.isprintable():
        # NFKC: full-width digits and signs, ligatures, superscripts become what they mean.
        text = "".join(map(_visible, normalize("NFKC", text)))
    if "\\" in text or "%u" in text:
        text = _ESCAPE.sub(_escaped, text)
    if "%" in text:
        text = unquote(text, errors="replace")
    return unescape(text) if "&" in text else text


def _escaped(found: re.Match[str]) -> str:
    return chr(int(found[found.lastindex or 0], 16))


def _visible(character: str) -> str:
    if character in "\t\n\r\x0b\x0c\u2028\u2029":
        return " "
    return "" if category(character) in {"Cc", "Cf", "Cs", "Co"} else character
