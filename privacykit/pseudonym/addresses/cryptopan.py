"""
Crypto-PAn (Xu, Fan, Ammar, Moon, 2002): prefix-preserving, for data shared in that form. Pure.

New data is better served by ipcrypt-pfx. Outputs equal those of the C++ reference and its ports;
cryptopANT's do not.
"""

from __future__ import annotations

from typing import Final

from privacykit.pseudonym.addresses.address import IPV4_BYTES, IPV6_BYTES
from privacykit.pseudonym.addresses.aes import BLOCK_BYTES, Blocks
from privacykit.pseudonym.addresses.prefix import BLOCK_BITS, Flipping, high_bits, lay_out
from privacykit.pseudonym.keys import check_cipher_key, key_id

KEY_BYTES = 32


class _Flips:
    # For one size of address: block i is the first i bits of the address, then the pad's.
    __slots__ = ("_cipher", "_mask", "_pad", "_size", "_spread")

    def __init__(self, cipher: Blocks, pad: int, bits: int) -> None:
        whole = (1 << BLOCK_BITS) - 1
        tails = [whole >> at for at in range(bits)]
        self._cipher = cipher
        self._size = bits * BLOCK_BYTES
        self._spread = lay_out(1 << (BLOCK_BITS - bits) for _ in tails)
        self._mask = lay_out(whole ^ tail for tail in tails)
        self._pad = lay_out(pad & tail for tail in tails)

    def __call__(self, address: int) -> int:
        blocks = address * self._spread & self._mask | self._pad
        return high_bits(self._cipher.encrypt(blocks.to_bytes(self._size, "big"))[::BLOCK_BYTES])


class CryptoPan(Flipping):
    """
    Prefix-preserving pseudonyms under one key, IPv4 to IPv4 and IPv6 to IPv6.

    Args:
        key: 32 bytes: the AES key, and 16 bytes that are encrypted once to make the pad.

    Raises:
        KeyMaterialError: The key is not 32 bytes, or all one byte.
    """

    __slots__ = ("key_id",)

    name: Final = "cryptopan"
    stability: Final = "key"

    def __init__(self, key: bytes) -> None:
        check_cipher_key(key, KEY_BYTES)
        cipher = Blocks(key[:16])
        pad = int.from_bytes(cipher.encrypt(key[16:]), "big")
        super().__init__({size: _Flips(cipher, pad, size * 8) for size in (IPV4_BYTES, IPV6_BYTES)})
        self.key_id = key_id(key)
