"""
Shared part of prefix-preserving ciphers: one pseudo-random bit for each bit of the address. Pure.

Bit *i* of the output is bit *i* of the address, flipped or not by a keyed function of the *i* bits
before it. Encrypting knows all of them, so that all blocks go through the cipher in one call;
decrypting finds one bit at a time. Prefixes leak by design: known pairs, sizes and frequencies of
networks tell on their neighbours (see the explanation of identifiers).

The blocks are built as one long integer: a multiplication lays the address into each of them, a
mask cuts it to its length there. That is four times faster than a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from privacykit.pseudonym.addresses.address import parse, to_text
from privacykit.pseudonym.addresses.method import Opaque

Flips = Callable[[int], int]
"""From an address right in its first *i* bits to flips right in the first *i* + 1."""

BLOCK_BITS = 128
_HIGH_BIT = bytes(0x30 | byte >> 7 for byte in range(256))
_LOW_BIT = bytes(0x30 | byte & 1 for byte in range(256))


def high_bits(column: bytes) -> int:
    """Return the number that the highest bits of the bytes of *column* spell."""
    return int(column.translate(_HIGH_BIT), 2)


def low_bits(column: bytes) -> int:
    """Return the number that the lowest bits of the bytes of *column* spell."""
    return int(column.translate(_LOW_BIT), 2)


def lay_out(blocks: Iterable[int]) -> int:
    """Return *blocks* of 128 bits side by side as one integer, the first one highest."""
    whole = 0
    for block in blocks:
        whole = whole << BLOCK_BITS | block
    return whole


def recover(hidden: bytes, flips: Flips) -> bytes:
    """
    Find the address behind *hidden*, bit by bit.

    Args:
        hidden: 4 or 16 bytes.
        flips: Those of the address's size.
    """
    bits = len(hidden) * 8
    target = int.from_bytes(hidden, "big")
    address = 0
    for at in reversed(range(bits)):
        address |= (target ^ flips(address)) & 1 << at
    return address.to_bytes(len(hidden), "big")


class Flipping(Opaque):
    """
    A mode that flips bits: addresses of one network stay in one network, of the same version.

    Args:
        flips: For each size of address in bytes, which of its bits are flipped.
    """

    __slots__ = ("_flips",)

    def __init__(self, flips: Mapping[int, Flips]) -> None:
        self._flips = flips

    def weaken(self, packed: bytes) -> str:
        """Return the pseudonym of *packed*, an address of the same version."""
        address = int.from_bytes(packed, "big")
        size = len(packed)
        return to_text((address ^ self._flips[size](address)).to_bytes(size, "big"))

    def restore(self, text: str) -> str | None:
        """Return the address behind the pseudonym *text*, or ``None`` when it is no address."""
        hidden = parse(text)
        return None if hidden is None else to_text(recover(hidden, self._flips[len(hidden)]))
