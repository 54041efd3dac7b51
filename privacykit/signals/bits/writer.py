"""A writer of bits, most significant first, into base64url text. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from privacykit.signals.bits.reader import SEXTET

OCTET = 8
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class BitWriter:
    """Bits, put one behind the other."""

    def __init__(self) -> None:
        self._bits: list[str] = []

    def put(self, value: int, width: int) -> None:
        """
        Append *value* as *width* bits.

        Raises:
            ValueError: It does not fit.
        """
        if not 0 <= value < 1 << width:
            raise ValueError("a value that its field has no room for")
        self._bits.append(f"{value:0{width}b}")

    def put_fibonacci(self, value: int) -> None:
        """
        Append *value*, from 1, in Fibonacci code: Zeckendorf, least bit first, closed by 11.

        Raises:
            ValueError: It is less than 1.
        """
        if value < 1:
            raise ValueError("Fibonacci codes begin at 1")
        terms = [1, 2]
        while terms[-1] <= value:
            terms.append(terms[-1] + terms[-2])
        code, left = [], value
        for term in reversed(terms):
            code.append("1" if term <= left else "0")
            left -= term if term <= left else 0
        self._bits.append("".join(reversed(code)).rstrip("0") + "1")

    def put_fibonacci_range(self, ids: Iterable[int]) -> None:
        """
        Append *ids* as a list of single ids and ranges, with the steps between them.

        Raises:
            ValueError: One is less than 1, or they are not ascending.
        """
        ranges: list[tuple[int, int]] = []
        for one in ids:
            if ranges and one == ranges[-1][1] + 1:
                ranges[-1] = (ranges[-1][0], one)
            else:
                ranges.append((one, one))
        self.put(len(ranges), 2 * SEXTET)
        seen = 0
        for first, last in ranges:
            self.put(last > first, 1)
            self.put_fibonacci(first - seen)
            if last > first:
                self.put_fibonacci(last - first)
            seen = last

    def text(self) -> str:
        """Return what was put as base64url: filled up to whole octets, then to whole characters."""
        bits = "".join(self._bits)
        bits = bits.ljust(-(-len(bits) // OCTET) * OCTET, "0")
        bits = bits.ljust(-(-len(bits) // SEXTET) * SEXTET, "0")
        sextets = (bits[at : at + SEXTET] for at in range(0, len(bits), SEXTET))
        return "".join(_ALPHABET[int(sextet, 2)] for sextet in sextets)
