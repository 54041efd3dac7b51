"""
ipcrypt (draft-denis-ipcrypt): addresses encrypted so that the key's holder can go back. Pure.

IPv4 and its mapped form give the same output. Deterministic outputs are permanent pseudonyms for as
long as the key is used: rotate it, and keep :attr:`key_id` beside the data. No variant detects
changed data. Look the place up before encrypting.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from privacykit.errors import KeyMaterialError
from privacykit.pseudonym.addresses.address import (
    IPV4_BYTES,
    IPV6_BYTES,
    MAPPED,
    parse,
    text_without_zeros,
    to_text,
)
from privacykit.pseudonym.addresses.aes import BLOCK_BYTES, Blocks
from privacykit.pseudonym.addresses.kiasu import KiasuBC
from privacykit.pseudonym.addresses.method import Opaque
from privacykit.pseudonym.addresses.prefix import BLOCK_BITS, Flipping, lay_out, low_bits
from privacykit.pseudonym.keys import check_cipher_key, key_id

Randomness = Callable[[int], bytes]
"""A number of bytes to as many unpredictable bytes: ``secrets.token_bytes``."""


def _block(packed: bytes) -> bytes:
    return MAPPED + packed if len(packed) == IPV4_BYTES else packed


def _text(block: bytes) -> str:
    return text_without_zeros(block) or to_text(block[12:] if block.startswith(MAPPED) else block)


class Deterministic(Opaque):
    """
    ipcrypt-deterministic: AES-128 of the address; equal addresses stay equal.

    Args:
        key: 16 bytes.

    Raises:
        KeyMaterialError: The key is not 16 bytes, or all one byte.
    """

    __slots__ = ("_cipher", "key_id")

    name: Final = "ipcrypt-deterministic"
    stability: Final = "key"
    key_bytes: Final = 16

    def __init__(self, key: bytes) -> None:
        check_cipher_key(key, self.key_bytes)
        self._cipher = Blocks(key)
        self.key_id = key_id(key)

    def weaken(self, packed: bytes) -> str:
        """Return the encrypted address, in IPv6 form."""
        return _text(self._cipher.encrypt(_block(packed)))

    def restore(self, text: str) -> str | None:
        """Return the address behind *text*, or ``None`` when it is no address."""
        packed = parse(text)
        return None if packed is None else _text(self._cipher.decrypt(_block(packed)))


class _Flips:
    # For one size of address: block i is a 1, then the first i bits; IPv4 stands after ::ffff.
    __slots__ = ("_ciphers", "_frame", "_masks", "_size", "_spreads")

    def __init__(self, ciphers: tuple[Blocks, Blocks], bits: int) -> None:
        mapped = int.from_bytes(MAPPED[: IPV6_BYTES - bits // 8], "big")
        start = 1 << (BLOCK_BITS - bits) | mapped
        self._ciphers = ciphers
        self._size = bits * BLOCK_BYTES
        self._frame = lay_out(start << at for at in range(bits))
        # Laid out `bits` too far left, the address pushes exactly its first i bits into block i
        # and the rest into the block below: even and odd blocks take turns.
        self._spreads = tuple(
            lay_out(1 << at if at % 2 == turn else 0 for at in range(bits)) for turn in (0, 1)
        )
        self._masks = tuple(
            lay_out((1 << at) - 1 if at % 2 == turn else 0 for at in range(bits)) << bits
            for turn in (0, 1)
        )

    def __call__(self, address: int) -> int:
        even, odd = self._spreads
        even_mask, odd_mask = self._masks
        prefixes = address * even & even_mask | address * odd & odd_mask
        blocks = (prefixes >> (self._size * 8 // BLOCK_BITS) | self._frame).to_bytes(
            self._size, "big"
        )
        one, other = self._ciphers
        return low_bits(one.encrypt(blocks)[15::BLOCK_BYTES]) ^ low_bits(
            other.encrypt(blocks)[15::BLOCK_BYTES]
        )


class PrefixPreserving(Flipping):
    """
    ipcrypt-pfx: addresses of one network stay in one network; IPv4 stays IPv4.

    Args:
        key: 32 bytes, two AES keys that differ.

    Raises:
        KeyMaterialError: The key is not 32 bytes, all one byte, or its halves are equal.
    """

    __slots__ = ("key_id",)

    name: Final = "ipcrypt-pfx"
    stability: Final = "key"
    key_bytes: Final = 32

    def __init__(self, key: bytes) -> None:
        check_cipher_key(key, self.key_bytes, halves_differ=True)
        ciphers = Blocks(key[:16]), Blocks(key[16:])
        super().__init__({size: _Flips(ciphers, size * 8) for size in (IPV4_BYTES, IPV6_BYTES)})
        self.key_id = key_id(key)


class NonDeterministic(Opaque):
    """
    ipcrypt-nd: KIASU-BC under a random tweak; equal addresses come out different each time.

    Two of 2^32 outputs of one address are expected to share a tweak.

    Args:
        key: 16 bytes.
        randomness: Source of tweaks.

    Raises:
        KeyMaterialError: The key is not 16 bytes, or all one byte.
    """

    __slots__ = ("_cipher", "_randomness", "key_id")

    name: Final = "ipcrypt-nd"
    stability: Final = "none"
    key_bytes: Final = 16
    tweak_bytes: Final = 8

    def __init__(self, key: bytes, randomness: Randomness) -> None:
        check_cipher_key(key, self.key_bytes)
        self._cipher = KiasuBC(key)
        self._randomness = randomness
        self.key_id = key_id(key)

    def weaken(self, packed: bytes) -> str:
        """Return tweak and ciphertext, 48 hexadecimal characters."""
        tweak = _tweak(self._randomness, self.tweak_bytes)
        return (tweak + self._cipher.encrypt(_block(packed), tweak)).hex()

    def restore(self, text: str) -> str | None:
        """Return the address behind *text*, or ``None`` when it is no output of this mode."""
        if (parts := _split(text, self.tweak_bytes)) is None:
            return None
        tweak, block = parts
        return _text(self._cipher.decrypt(block, tweak))


class NonDeterministicExtended(Opaque):
    """
    ipcrypt-ndx: AES-XTS on one block under a random tweak twice as long.

    Args:
        key: 32 bytes, two AES keys that differ.
        randomness: Source of tweaks.

    Raises:
        KeyMaterialError: The key is not 32 bytes, all one byte, or its halves are equal.
    """

    __slots__ = ("_cipher", "_randomness", "_tweaks", "key_id")

    name: Final = "ipcrypt-ndx"
    stability: Final = "none"
    key_bytes: Final = 32
    tweak_bytes: Final = 16

    def __init__(self, key: bytes, randomness: Randomness) -> None:
        check_cipher_key(key, self.key_bytes, halves_differ=True)
        self._cipher = Blocks(key[:16])
        self._tweaks = Blocks(key[16:])
        self._randomness = randomness
        self.key_id = key_id(key)

    def weaken(self, packed: bytes) -> str:
        """Return tweak and ciphertext, 64 hexadecimal characters."""
        tweak = _tweak(self._randomness, self.tweak_bytes)
        mask = self._tweaks.encrypt(tweak)
        return (tweak + _xor(self._cipher.encrypt(_xor(_block(packed), mask)), mask)).hex()

    def restore(self, text: str) -> str | None:
        """Return the address behind *text*, or ``None`` when it is no output of this mode."""
        if (parts := _split(text, self.tweak_bytes)) is None:
            return None
        tweak, block = parts
        mask = self._tweaks.encrypt(tweak)
        return _text(_xor(self._cipher.decrypt(_xor(block, mask)), mask))


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(16, "big")


def _tweak(randomness: Randomness, size: int) -> bytes:
    tweak = randomness(size)
    if len(tweak) != size:
        raise KeyMaterialError(f"PK114 this mode wants a tweak of {size} bytes")
    return tweak


def _split(text: str, tweak_bytes: int) -> tuple[bytes, bytes] | None:
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        return None
    return (raw[:tweak_bytes], raw[tweak_bytes:]) if len(raw) == tweak_bytes + 16 else None
