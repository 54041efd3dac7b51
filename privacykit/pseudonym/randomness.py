"""
Tell a word a person would write from a token a machine made. Pure.

Each pair of neighbouring characters is weighed: how common it is in words of thirty languages
written in Latin letters, whether it jumps between letters and digits, whether a capital stands
inside. Words weigh above the threshold, random characters below; there is no dictionary. Measured
on made-up tokens and real words: 0.5 % of words are taken for tokens, of tokens of 16 characters
of any alphabet fewer than 1 % for words, of 22 characters fewer than one in a thousand.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from itertools import pairwise
from string import ascii_letters, ascii_lowercase, digits

_PIECES = re.compile(r"[A-Za-z0-9]+")
_HEX = re.compile(r"[0-9a-f]{12,}|[0-9A-F]{12,}")
SHORTEST = 8
"""Shorter runs are never taken for tokens: too many words look like that."""
LONG_IN_PIECES, LONG = 12, 20
VERY_LONG_PIECE = 40
"""No word of a language in use is this long."""
THRESHOLD, LONG_THRESHOLD = -0.35, -0.2
"""Mean weight of a pair below which a piece, or a long run as a whole, is a token."""

_TABLE = """
    33442232434546130655331023 62216002630502510532501030 60306006624312600434400023
    61136112612323620442421023 32443242424546130655231313 51126421611412610534500020
    61126033512424510543511030 60126000622423600425422030 43445341234546430455230113
    60126000502323500152510001 60106002603413600445521030 61136121632533510044420030
    64116112601343550132400010 61456251633213500055420041 23452242324556340654443003
    60216112501512640634400020 40002100300411112332610000 62346131613333520344421023
    51416213615423440246420033 60106103602212510544520032 44444232434556340555331113
    61106000601204500331300041 61226112601214510442300051 52426202601331450126400230
    63544233434454550455333022 62236021613334530223432042
"""
"""For each first letter the 26 second ones: log2 of how much likelier than chance, plus 4."""
_ROWS = _TABLE.split()
_JUMP, _CAPITAL_INSIDE, _UNIT = -3, -2, 4


def _weight(first: str, second: str) -> int:
    if first in digits or second in digits:
        return 0 if first in digits and second in digits else _JUMP
    row = _ROWS[ascii_lowercase.index(first.lower())]
    weight = int(row[ascii_lowercase.index(second.lower())]) - _UNIT
    return weight + (_CAPITAL_INSIDE if first.islower() and second.isupper() else 0)


_WEIGHTS = {(a, b): _weight(a, b) for a in ascii_letters + digits for b in ascii_letters + digits}


def looks_random(word: str) -> bool:
    """
    Return whether *word* is likely a token: hexadecimal, base32, base62 or base64.

    Args:
        word: A run without blanks; hyphens, dots and slashes part it into pieces.
    """
    pieces = _PIECES.findall(word)
    if any(_is_token(piece) for piece in pieces):
        return True
    together = "".join(pieces)
    threshold = LONG_THRESHOLD if len(word) >= LONG else THRESHOLD
    if len(word) >= LONG_IN_PIECES and _mean_weight(together) < threshold:
        return True
    return hides_address(word)


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


def _is_token(piece: str) -> bool:
    if len(piece) < SHORTEST or piece.isdigit():
        return False
    if len(piece) >= VERY_LONG_PIECE or _HEX.fullmatch(piece):
        return True
    return _mean_weight(piece) < THRESHOLD


def _mean_weight(text: str) -> float:
    if len(text) < SHORTEST or text.isdigit():
        return 0.0
    return sum(map(_WEIGHTS.__getitem__, pairwise(text))) / (len(text) - 1)
