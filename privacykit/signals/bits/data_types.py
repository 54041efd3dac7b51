"""
The data types of GPP, one at a time, out of text of 0 and 1. Pure; for checking, not for traffic.

Source: IAB Tech Lab "GPP consent string specification", data types. A value takes all of the text.
An empty integer is 0 and an empty list of integers holds zeros, as the reference encoders have it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from privacykit.signals.bits.ids import BitIds, Ids
from privacykit.signals.bits.ranges import (
    ID_BITS,
    take_fibonacci,
    take_fibonacci_range,
    take_int_range,
)
from privacykit.signals.bits.reader import SEXTET, Bits
from privacykit.signals.unknown import LONGEST, Unknown, Unreadable

Value = bool | int | str | list[int] | list[bool]
Parameters = Mapping[str, int]

PARAMETERS = frozenset({"element_bits", "num_elements"})
_A = 65
_BLANK = 63


def decode_type(name: str, text: str, parameters: Parameters) -> Value | Unknown:
    """
    Return the value of type *name* that *text* is.

    Args:
        name: Of the type, as ``tests/vectors/consent/gpp_datatypes.json`` spells it.
        text: Characters ``0`` and ``1``.
        parameters: ``element_bits`` and ``num_elements`` for a list of integers.
    """
    take = _TYPES.get(name)
    if take is None:
        return Unknown("no_format", "a data type that is not known")
    if len(text) > LONGEST:
        return Unknown("too_long", f"more than {LONGEST} characters")
    if text.strip("01"):
        return Unknown("bad_character", "something besides 0 and 1")
    if not PARAMETERS.issuperset(parameters):
        return Unknown("bad_value", "params: known are element_bits and num_elements")
    data = int(text.ljust(-(-len(text) // 8) * 8, "0") or "0", 2).to_bytes(
        -(-len(text) // 8), "big"
    )
    bits = Bits(data, len(text))
    try:
        value = take(bits, parameters)
    except Unreadable as refusal:
        return refusal.unknown
    return Unknown("trailing_bits", f"{bits.left} bits after the value") if bits.left else value


def _listed(ids: Ids) -> list[int]:
    return list(ids)


def _boolean(bits: Bits, _: Parameters) -> bool:
    return bool(bits.take(1))


def _integer(bits: Bits, _: Parameters) -> int:
    return bits.take(bits.left)


def _bools(bits: Bits, _: Parameters) -> list[bool]:
    return [bool(bits.take(1)) for _ in range(bits.left)]


def _integers(bits: Bits, parameters: Parameters) -> list[int]:
    width, count = parameters.get("element_bits", 2), parameters.get("num_elements", 2)
    if not 1 <= width <= ID_BITS or not 0 <= count <= LONGEST:
        told = f"params: element_bits is 1 to {ID_BITS}, num_elements 0 to {LONGEST}"
        raise Unreadable("bad_value", told)
    if not bits.left:
        return [0] * count
    return [bits.take(width) for _ in range(count)]


def _string(bits: Bits, _: Parameters) -> str:
    codes = [bits.take(SEXTET) for _ in range(-(-bits.left // SEXTET))]
    if not codes:
        raise Unreadable("empty")
    return "".join(" " if code == _BLANK else chr(_A + code) for code in codes).rstrip(" ")


def _optimised_int(bits: Bits, _: Parameters) -> list[int]:
    # Taken alone, the type does not bind a range to the highest id before it; TCF does.
    highest = bits.take(ID_BITS)
    if bits.take(1):
        return _listed(take_int_range(bits))
    return _listed(BitIds(bits.take(highest), highest))


def _optimised(bits: Bits, _: Parameters) -> list[int]:
    if bits.take(1):
        return _listed(take_fibonacci_range(bits))
    highest = bits.take(ID_BITS)
    return _listed(BitIds(bits.take(highest), highest))


def _optimised_fibonacci(bits: Bits, _: Parameters) -> list[int]:
    highest = bits.take(ID_BITS)
    if bits.take(1):
        return _listed(take_fibonacci_range(bits))
    return _listed(BitIds(bits.take(highest), highest))


def _bitfield(bits: Bits, _: Parameters) -> list[int]:
    width = bits.left
    return _listed(BitIds(bits.take(width), width))


_TYPES: dict[str, Callable[[Bits, Parameters], Value]] = {
    "boolean": _boolean,
    "fixed_integer": _integer,
    "bitfield_bools": _bools,
    "fixed_integer_list": _integers,
    "fixed_string": _string,
    "fibonacci_integer": lambda bits, _: take_fibonacci(bits),
    "fibonacci_range": lambda bits, _: _listed(take_fibonacci_range(bits)),
    "integer_range": lambda bits, _: _listed(take_int_range(bits)),
    "optimized_int_range": _optimised_int,
    "optimized_range_spec": _optimised,
    "optimized_fibonacci_range": _optimised_fibonacci,
    "bitfield": _bitfield,
}
