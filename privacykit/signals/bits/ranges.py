"""
Ranges of ids: by sixteen-bit numbers, and by Fibonacci codes. Pure; ranges stay ranges.

Sources: IAB Europe TCF "Consent string and vendor list formats v2" (vendor and restriction
sections); IAB Tech Lab "GPP consent string specification", data types.
"""

from __future__ import annotations

from privacykit.signals.bits.ids import HIGHEST, BitIds, Ids, Range, RangeIds
from privacykit.signals.bits.reader import Bits
from privacykit.signals.unknown import Unreadable

MOST_ENTRIES = 1000
"""Entries of one list; a field of bits is shorter long before."""
MOST_RESTRICTIONS = 256
"""Restrictions of a publisher; there are 24 purposes and three ways to restrict one."""
COUNT_BITS = 12
ID_BITS = 16
LONGEST_CODE = 32
"""Bits of a Fibonacci code, its closing one with them."""

_FIBONACCI = [1, 2]
while len(_FIBONACCI) < LONGEST_CODE:
    _FIBONACCI.append(_FIBONACCI[-1] + _FIBONACCI[-2])


def take_int_range(bits: Bits, highest: int = HIGHEST) -> RangeIds:
    """
    Read a list of single ids and ranges, in any order; no id is 0 or above *highest*.

    Raises:
        Unreadable: The list is longer than the bits or breaks a rule.
    """
    entries: list[Range] = []
    data, at, length = bits.data, bits.at + COUNT_BITS, bits.length
    before, ordered = 0, True
    for _ in range(_count(bits)):
        # An entry is a flag and one or two ids: at most 33 bits, which five bytes hold.
        window = int.from_bytes(data[at >> 3 : (at >> 3) + 5], "big") >> (7 - (at & 7))
        first = window >> ID_BITS & HIGHEST
        if window >> 2 * ID_BITS & 1:
            last = window & HIGHEST
            at += 1 + 2 * ID_BITS
        else:
            last = first
            at += 1 + ID_BITS
        if at > length:
            raise Unreadable("truncated", f"{length} bits, at least {at} needed")
        if not 1 <= first <= last <= highest:
            raise Unreadable("bad_range", f"an entry that ends at bit {at}")
        ordered &= first > before
        before = last + 1
        entries.append((first, last))
    bits.at = at
    return RangeIds(tuple(entries)) if ordered else RangeIds.of(entries)


def take_fibonacci_range(bits: Bits, highest: int = HIGHEST) -> RangeIds:
    """
    Read a list of ids and ranges, ascending by construction; no id is above *highest*.

    Raises:
        Unreadable: The list is longer than the bits or breaks a rule.
    """
    entries: list[Range] = []
    seen = 0
    for _ in range(_count(bits)):
        group = bits.take(1)
        first = last = seen + take_fibonacci(bits)
        if group:
            last = first + take_fibonacci(bits)
        if last > highest:
            raise Unreadable("bad_range", f"an entry that ends at bit {bits.at}")
        entries.append((first, last))
        seen = last
    return RangeIds.of(entries)


def take_fibonacci(bits: Bits) -> int:
    """
    Read an integer from 1 in Fibonacci code: Zeckendorf, least significant first, closed by 11.

    Raises:
        Unreadable: There is no end within :data:`LONGEST_CODE` bits.
    """
    at = bits.at
    window = int.from_bytes(bits.data[at >> 3 : (at >> 3) + 5], "big") >> (8 - (at & 7))
    window &= (1 << LONGEST_CODE) - 1
    # The first of the two ones that close the code; the second belongs to the code too.
    place = LONGEST_CODE - (window & window << 1).bit_length()
    if place > LONGEST_CODE - 2 or at + place + 2 > bits.length:
        raise Unreadable("truncated", f"no end of a Fibonacci code from bit {at}")
    bits.at = at + place + 2
    code = window >> (LONGEST_CODE - 1 - place)
    return sum(_FIBONACCI[place - index] for index in range(place + 1) if code >> index & 1)


def take_vendors(bits: Bits) -> Ids:
    """
    Read the highest id, a flag, and a field of bits or a list of ranges.

    Raises:
        Unreadable: There are fewer bits, or a range breaks a rule.
    """
    head = bits.take(ID_BITS + 1)
    highest = head >> 1
    if head & 1:
        return take_int_range(bits, highest)
    return BitIds(bits.take(highest), highest)


def _count(bits: Bits) -> int:
    count = bits.take(COUNT_BITS)
    if count > MOST_ENTRIES:
        raise Unreadable("too_many", f"{count} entries, at most {MOST_ENTRIES}")
    return count
