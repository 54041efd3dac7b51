"""
Tell a word a person would write from a token a machine made. Pure.

A word is measured twice, in bits: what its letters and the changes between letters, digits and
capitals cost one who spells as people do, after the tables of
:mod:`.spelling`; and what they would cost drawn from their alphabet by chance.
Where people would have paid much more, a machine made it. There is no dictionary.
`docs/reference/text.md` has what was measured.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from itertools import chain
from math import log2
from string import ascii_lowercase, digits
from typing import NamedTuple

from privacykit.pseudonym.texts import spelling

_PIECES = re.compile(r"[A-Za-z0-9]+")
_HEX = re.compile(r"[0-9a-f]{12,}|[0-9A-F]{12,}")
_HEX_ALPHABET = re.compile(r"(?=[A-Fa-f]*\d)(?:[0-9a-f]+|[0-9A-F]+)")
SHORTEST = 8
"""Shorter runs are never taken for tokens: too many words look like that."""
FEWEST_SIGNS = 6
"""Letters and digits that a run parted by hyphens holds at least."""
VERY_LONG_PIECE = 40
"""No word of a language in use is this long."""
THRESHOLD = 8.25
"""Bits that chance must be cheaper by."""
OF_SOURCES = 4
"""Bits more where a word ends as files of programs do: those bear a name, if short of vowels."""
_SEPARATOR = 6
"""Bits of a hyphen or underscore among the 64 signs of base64."""

_HALF_BITS = 2
_DIGIT = _HALF_BITS * log2(10)
_LETTERS, _KINDS = (
    bytes(int(each, 32) for each in "".join(table.split()))
    for table in (spelling.LETTERS, spelling.KINDS)
)
_NOTHING, _ROW = 0, 26
_LETTER_OF = bytes.maketrans(
    (ascii_lowercase + ascii_lowercase.upper() + digits).encode(),
    bytes(chain(range(1, 27), range(1, 27), [_NOTHING] * 10)),
)
_COLUMNS, _END = 4, 3
_KINDS_BEFORE_LAST = 4 * 4
"""Kinds, and none, that may stand in the two places a step keeps of the three before."""
_ENDINGS = """
ae ai app ar at au be bg biz br ca cc ch cl cn co com cz de dev dk edu ee es eu fi fr gov gr hk hr
hu id ie il in info int io ir it jp kr lt lv me mil mx my net nl no nz org ph pl pt ro rs ru se sg
si sk th tr tv tw ua uk us vn ws za
"""
_HOST = re.compile(
    r"((?:[a-z0-9_-]+\.){0,8}?)([a-z0-9-]{1,39})\.(?:(?:ac|co|com|edu|gov|ne|net|or|org)\.)?"
    rf"(?:{'|'.join(_ENDINGS.split())})"
)
_SOURCES = frozenset(
    ("c", "cc", "cpp", "cs", "go", "h", "hh", "hpp", "java", "m", "py", "rb", "rs")
)
_KIND_OF = bytes.maketrans(
    (ascii_lowercase + ascii_lowercase.upper() + digits).encode(),
    bytes([1] * 26 + [2] * 26 + [3] * 10),
)


def looks_random(word: str) -> bool:
    """
    Return whether *word* is likely a token: hexadecimal, base32, base62 or base64.

    Args:
        word: A run without blanks; hyphens, dots and slashes part it into pieces.
    """
    word = _without_registered_name(word)
    pieces = _PIECES.findall(word)
    more = THRESHOLD + OF_SOURCES * (word.rpartition(".")[2] in _SOURCES)
    if any(_is_token(piece, more) for piece in pieces):
        return True
    if len(pieces) > 1 and any(_is_token_in_pieces(run, more) for run in word.split(".")):
        return True
    return hides_address(word)


def _without_registered_name(word: str) -> str:
    """Return *word*, or of a host what stands left of the name that somebody registered."""
    host = _HOST.fullmatch(word)
    return word if host is None or _HEX.fullmatch(host[2]) else host[1]


def hides_address(word: str) -> bool:
    """Return whether *word* is an e-mail address in base64; there an ``@`` makes a capital."""
    if word.islower():
        return False
    raw = word.rstrip("=").replace("+", "-").replace("/", "_").encode()
    try:
        text = urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))
    except (Base64Error, ValueError):
        return False
    return b"@" in text[1:-1] and text.isascii() and text.decode("ascii").isprintable()


def _is_token(piece: str, more: float) -> bool:
    if len(piece) < SHORTEST or piece.isdigit():
        return False
    if len(piece) >= VERY_LONG_PIECE or _HEX.fullmatch(piece):
        return True
    return _by_chance(piece, [piece], more)


def _is_token_in_pieces(run: str, more: float) -> bool:
    # A dot stands in names of hosts and files, in no alphabet of tokens.
    pieces = _PIECES.findall(run)
    together = "".join(pieces)
    long = len(run) >= SHORTEST and len(together) >= FEWEST_SIGNS
    return long and len(pieces) > 1 and _by_chance(together, pieces, more)


def _by_chance(signs: str, pieces: list[str], more: float) -> bool:
    """Tell whether *signs*, in *pieces*, are cheaper to draw than to spell by *more* bits."""
    if signs.isdigit():
        return False
    costs = [_spelt(piece) for piece in pieces]
    spelt = sum(map(sum, costs)) - costs[-1].end
    drawn = len(signs) * log2(_alphabet(signs)) + (len(pieces) - 1) * _SEPARATOR
    return spelt / _HALF_BITS - drawn > more


def _alphabet(signs: str) -> int:
    """Return of how many signs *signs* are drawn: hexadecimal digits, or letters and digits."""
    if _HEX_ALPHABET.fullmatch(signs):
        return 16
    small, capital = signs != signs.upper(), signs != signs.lower()
    return 26 * (small + capital) + 10 * any(map(str.isdigit, signs))


class _Cost(NamedTuple):
    """What a piece costs one who spells, in half bits: its signs, and that it ends there."""

    signs: float
    end: int


def _spelt(piece: str) -> _Cost:
    raw = piece.encode()
    cost = 0.0
    before = last = _NOTHING
    for letter in raw.translate(_LETTER_OF):
        if letter == _NOTHING:
            cost += _DIGIT
            before = last = _NOTHING
        else:
            cost += _LETTERS[(before * 27 + last) * _ROW + letter - 1]
            before, last = last, letter
    row = 0
    for kind in raw.translate(_KIND_OF):
        cost += _KINDS[row * _COLUMNS + kind - 1]
        row = row % _KINDS_BEFORE_LAST * 4 + kind
    return _Cost(cost, _KINDS[row * _COLUMNS + _END])
