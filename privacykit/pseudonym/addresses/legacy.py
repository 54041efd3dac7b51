"""
The 4-byte cipher of 2015 that was called ipcrypt, to read what was written with it. Pure.

It is a different cipher from ipcrypt-deterministic, and 32 bits are too few for a block: never
encrypt anything new with it.
"""

from __future__ import annotations

from typing import Final

from privacykit.pseudonym.addresses.address import IPV4_BYTES, parse, to_text
from privacykit.pseudonym.addresses.method import Opaque
from privacykit.pseudonym.keys import check_cipher_key


def _turn(byte: int, left: int) -> int:
    return (byte << left | byte >> (8 - left)) & 0xFF


def _unmix(a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
    c = _turn(c, 4)
    b, d = _turn(b ^ c, 5), _turn(d ^ a, 1)
    a, c = _turn(a - d & 0xFF, 4), c - b & 0xFF
    b, d = _turn(b ^ a, 6), _turn(d ^ c, 3)
    return a - b & 0xFF, b, c - d & 0xFF, d


class Legacy(Opaque):
    """
    Only the way back; asked to weaken it returns nothing.

    Args:
        key: 16 bytes.

    Raises:
        KeyMaterialError: The key is not 16 bytes, or all one byte.
    """

    __slots__ = ("_keys",)

    name: Final = "ipcrypt-legacy"
    stability: Final = "key"

    def __init__(self, key: bytes) -> None:
        check_cipher_key(key, 16)
        self._keys = [key[at : at + 4] for at in range(0, 16, 4)]

    def weaken(self, packed: bytes) -> None:  # noqa: ARG002 - the protocol's shape
        """Return ``None``: nothing new is written with this cipher."""
        return

    def restore(self, text: str) -> str | None:
        """Return the IPv4 address behind *text*, or ``None`` when it is no IPv4 address."""
        hidden = parse(text)
        if hidden is None or len(hidden) != IPV4_BYTES:
            return None
        *rounds, last = reversed(self._keys)
        state = tuple(hidden)
        for key in rounds:
            a, b, c, d = (byte ^ part for byte, part in zip(state, key, strict=True))
            state = _unmix(a, b, c, d)
        return to_text(bytes(byte ^ part for byte, part in zip(state, last, strict=True)))
