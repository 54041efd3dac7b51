"""
KIASU-BC: AES-128 with an 8-byte tweak in every round key (draft-denis-ipcrypt, appendix). Pure.

No library offers it, and AES libraries don't let one in between the rounds. The state is one
128-bit integer, so that a round is a handful of operations for all bytes at once. It is not
constant in time: use it where the attacker sees outputs, not timings.
"""

from __future__ import annotations

from functools import cache, reduce
from operator import itemgetter, xor

KEY_BYTES = 16
TWEAK_BYTES = 8
_BLOCK_BYTES = 16
_ROUNDS = 10
_POLYNOMIAL = 0x11B
_FIELD = 0xFF


def _repeat(word: str) -> int:
    return int(word * 4, 16)


_HIGH_THREE, _LOW_ONE = _repeat("ffffff00"), _repeat("000000ff")
_HIGH_TWO, _LOW_TWO = _repeat("ffff0000"), _repeat("0000ffff")
_SEVEN_BITS, _ONE_BIT = _repeat("7f7f7f7f"), _repeat("01010101")

_SHIFTS = [(4 * ((column + row) % 4) + row) for column in range(4) for row in range(4)]
_shift_rows = itemgetter(*_SHIFTS)
_unshift_rows = itemgetter(*(_SHIFTS.index(at) for at in range(_BLOCK_BYTES)))


@cache
def _boxes() -> tuple[bytes, bytes]:
    # FIPS 197 section 5.1.1: the inverse in GF(2^8), then an affine map; 3 generates the field.
    powers = [1]
    while len(powers) < _FIELD:
        doubled = powers[-1] << 1
        powers.append(powers[-1] ^ doubled ^ (_POLYNOMIAL if doubled > _FIELD else 0))
    box, inverse_box = bytearray([0x63]) * 256, bytearray(256)
    for power, value in enumerate(powers):
        inverse = powers[-power % _FIELD]
        spread = reduce(xor, (inverse << shift for shift in range(5)))
        box[value] = (spread ^ spread >> 8) & _FIELD ^ 0x63
    for value, replaced in enumerate(box):
        inverse_box[replaced] = value
    return bytes(box), bytes(inverse_box)


def _mix_columns(state: int) -> int:
    one = (state << 8) & _HIGH_THREE | (state >> 24) & _LOW_ONE
    pair = state ^ one
    two = (pair << 16) & _HIGH_TWO | (pair >> 16) & _LOW_TWO
    doubled = (pair & _SEVEN_BITS) << 1 ^ ((pair >> 7) & _ONE_BIT) * (_POLYNOMIAL & _FIELD)
    return doubled ^ one ^ two


def _unmix_columns(state: int) -> int:
    # The matrix is its own inverse when applied four times.
    return _mix_columns(_mix_columns(_mix_columns(state)))


def _round_keys(key: bytes, box: bytes) -> list[int]:
    words = [key[at : at + 4] for at in range(0, KEY_BYTES, 4)]
    constant = 1
    for at in range(4, 4 * (_ROUNDS + 1)):
        word = words[-1]
        if at % 4 == 0:
            turned = (word[1:] + word[:1]).translate(box)
            word = bytes((turned[0] ^ constant,)) + turned[1:]
            constant = constant << 1 ^ (_POLYNOMIAL if constant << 1 > _FIELD else 0)
        words.append(bytes(map(xor, words[-4], word)))
    return [int.from_bytes(b"".join(words[at : at + 4]), "big") for at in range(0, len(words), 4)]


class KiasuBC:
    """
    The tweakable block cipher under one key.

    Args:
        key: 16 bytes.
    """

    __slots__ = ("_box", "_inverse_box", "_keys")

    def __init__(self, key: bytes) -> None:
        self._box, self._inverse_box = _boxes()
        self._keys = _round_keys(key, self._box)

    def encrypt(self, block: bytes, tweak: bytes) -> bytes:
        """Encrypt a *block* of 16 bytes under a *tweak* of 8."""
        first, *middle, last = self._tweaked(tweak)
        box = self._box
        state = int.from_bytes(block, "big") ^ first
        for key in middle:
            shifted = bytes(_shift_rows(state.to_bytes(_BLOCK_BYTES, "big").translate(box)))
            state = _mix_columns(int.from_bytes(shifted, "big")) ^ key
        shifted = bytes(_shift_rows(state.to_bytes(_BLOCK_BYTES, "big").translate(box)))
        return (int.from_bytes(shifted, "big") ^ last).to_bytes(_BLOCK_BYTES, "big")

    def decrypt(self, block: bytes, tweak: bytes) -> bytes:
        """Undo :meth:`encrypt`."""
        first, *middle, last = self._tweaked(tweak)
        box = self._inverse_box
        state = int.from_bytes(block, "big") ^ last
        for key in reversed(middle):
            unshifted = bytes(_unshift_rows(state.to_bytes(_BLOCK_BYTES, "big")))
            state = _unmix_columns(int.from_bytes(unshifted.translate(box), "big") ^ key)
        unshifted = bytes(_unshift_rows(state.to_bytes(_BLOCK_BYTES, "big")))
        return (int.from_bytes(unshifted.translate(box), "big") ^ first).to_bytes(
            _BLOCK_BYTES, "big"
        )

    def _tweaked(self, tweak: bytes) -> list[int]:
        padded = b"".join(tweak[at : at + 2] + b"\0\0" for at in range(0, TWEAK_BYTES, 2))
        spread = int.from_bytes(padded, "big")
        return [key ^ spread for key in self._keys]
