"""
A reader of bits, most significant first, out of base64url text. Pure.

Laws of this file: a read costs the same wherever it stands; nothing is read past the end; bits
behind the last field are padding, and padding is zero.
"""

from __future__ import annotations

import re
from binascii import a2b_base64

from privacykit.signals.unknown import LONGEST, Reason, Unreadable

SEXTET = 6
_ALPHABET = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_PLAIN = bytes.maketrans(b"-_+/=", b"+/...")
_WINDOW = b"\0" * 8
"""Bytes behind the end, so that a window over the last bit is a whole one."""


class Bits:
    """
    Bits and a place in them.

    Attributes:
        data: The bits, with eight zero bytes behind them.
        length: How many bits there are.
        at: The next one.
    """

    __slots__ = ("at", "data", "length")

    def __init__(self, data: bytes, length: int) -> None:
        self.data = data + _WINDOW
        self.length = length
        self.at = 0

    @classmethod
    def of_text(cls, text: str) -> Bits:
        """
        Return the bits of *text*, base64url without padding, of any length: 4n + 1 too.

        Raises:
            Unreadable: *text* is empty, too long or holds another character.
        """
        if len(text) > LONGEST:
            raise Unreadable("too_long", f"more than {LONGEST} characters")
        if not text:
            raise Unreadable("empty")
        # Four characters make three bytes; those that fill up are zero and lie behind the length.
        try:
            filled = (text + "A" * (-len(text) % 4)).encode("ascii").translate(_PLAIN)
            return cls(a2b_base64(filled, strict_mode=True), SEXTET * len(text))
        except ValueError:
            raise Unreadable(*_illegal(text)) from None

    @property
    def left(self) -> int:
        """How many bits are left."""
        return self.length - self.at

    def take(self, width: int) -> int:
        """
        Return the next *width* bits as an integer.

        Raises:
            Unreadable: There are fewer.
        """
        start = self.at
        end = start + width
        if end > self.length:
            raise Unreadable("truncated", f"{self.length} bits, at least {end} needed")
        self.at = end
        window = int.from_bytes(self.data[start >> 3 : (end + 7) >> 3], "big")
        return window >> (-end & 7) & ((1 << width) - 1)

    def first(self, width: int) -> int:
        """Return the first *width* bits, at most the six that any text has; the next is behind."""
        self.at = width
        return self.data[0] >> 8 - width

    def finish(self) -> None:
        """
        Refuse anything behind the last field but zero bits.

        Writers pad to 6, to 8 and then 6, or to whatever they allocated; set bits are something
        that was not read.

        Raises:
            Unreadable: A bit is set.
        """
        # What lies behind the length is zero as well.
        rest = self.data[self.at >> 3 :]
        if rest[0] & 0xFF >> (self.at & 7) or rest.count(0, 1) < len(rest) - 1:
            left = self.length - self.at
            raise Unreadable("trailing_bits", f"set bits among the {left} after the last field")


def _illegal(text: str) -> tuple[Reason, str]:
    start = _ALPHABET.match(text)
    return "bad_character", f"character {(start.end() if start else 0) + 1}"
