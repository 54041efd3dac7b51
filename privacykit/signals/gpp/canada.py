"""
Decode the Canadian section of GPP, ``tcfcav1``, in the three ways it is written. Pure.

The text puts a flag before a list of vendors and Fibonacci codes in it; libraries put the highest
id before the flag, and then Fibonacci codes (newer) or sixteen-bit ids (older) in it. Nothing in a
string says which. So each form of the libraries is tried, one that consumes the bits is taken, and
where both do and disagree the section is unknown; the form of the text is tried last.

Source: IAB Tech Lab GPP, ``Sections/Canada``; IAB Canada TCF.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from privacykit.signals.bits.ids import HIGHEST, BitIds, Ids, RangeIds
from privacykit.signals.bits.ranges import (
    COUNT_BITS,
    ID_BITS,
    MOST_RESTRICTIONS,
    take_fibonacci_range,
    take_int_range,
)
from privacykit.signals.bits.reader import SEXTET, Bits
from privacykit.signals.tcf.fields import (
    PURPOSES,
    SPECIAL_FEATURES,
    TIME_BITS,
    letters,
    take_set,
)
from privacykit.signals.unknown import Unknown, Unreadable, read_or_unknown

CANADA = 5
VERSION = 1
DISCLOSED_VENDORS = 1
PUBLISHER_PURPOSES = 3

_TYPE_BITS = 3
_MOST_PARTS = 3
_MOST_PADDING = 23

TakeRange = Callable[[Bits, int], RangeIds]


class CanadaRestriction(msgspec.Struct, frozen=True):
    """
    What the publisher changed for one purpose and some vendors.

    Attributes:
        key: The purpose.
        type: What changed.
        ids: The vendors.
    """

    key: int
    type: int
    ids: Ids


class CanadaPublisher(msgspec.Struct, frozen=True):
    """
    The publisher's own purposes.

    Attributes:
        express: Purposes with express consent.
        implied: Purposes with implied consent.
        custom: How many purposes of its own the publisher has.
        custom_express: Those with express consent.
        custom_implied: Those with implied consent.
    """

    express: BitIds
    implied: BitIds
    custom: int
    custom_express: BitIds
    custom_implied: BitIds


class CanadaSection(msgspec.Struct, frozen=True):
    """
    A Canadian section; the fields are those of a TC string, with express and implied consent.

    Attributes:
        created: Deciseconds since 1970.
        last_updated: Deciseconds since 1970.
        cmp_id: The consent manager that wrote it.
        cmp_version: Its version.
        consent_screen: The screen consent was given on.
        consent_language: Two letters.
        vendor_list_version: Of the vendor list.
        tcf_policy_version: Of the policies.
        use_non_standard_stacks: Whether stacks of the publisher's own were shown.
        special_features: Special features with express consent.
        purposes_express: Purposes with express consent.
        purposes_implied: Purposes with implied consent.
        vendors_express: Vendors with express consent.
        vendors_implied: Vendors with implied consent.
        restrictions: Of the publisher.
        disclosed_vendors: ``None`` where the segment is absent.
        publisher: ``None`` where the segment is absent.
    """

    created: int
    last_updated: int
    cmp_id: int
    cmp_version: int
    consent_screen: int
    consent_language: str
    vendor_list_version: int
    tcf_policy_version: int
    use_non_standard_stacks: bool
    special_features: BitIds
    purposes_express: BitIds
    purposes_implied: BitIds
    vendors_express: Ids
    vendors_implied: Ids
    restrictions: tuple[CanadaRestriction, ...]
    disclosed_vendors: Ids | None = None
    publisher: CanadaPublisher | None = None


class VendorForm(msgspec.Struct, frozen=True):
    """
    A way of writing sets of vendors.

    Attributes:
        take_range: Reads a list.
        highest_first: Whether the highest id stands before the flag in either case.
    """

    take_range: TakeRange
    highest_first: bool = True

    def take_vendors(self, bits: Bits) -> Ids:
        """Read a set of vendors."""
        if not self.highest_first:
            if bits.take(1):
                return self.take_range(bits, HIGHEST)
            highest = bits.take(ID_BITS)
            return BitIds(bits.take(highest), highest)
        highest = bits.take(ID_BITS)
        if bits.take(1):
            return self.take_range(bits, highest)
        return BitIds(bits.take(highest), highest)

    def take_restricted(self, bits: Bits) -> Ids:
        """Read the vendors of a restriction: a bare list where ids have sixteen bits."""
        if self.take_range is take_int_range:
            return take_int_range(bits)
        return self.take_vendors(bits)


FIBONACCI = VendorForm(take_fibonacci_range)
INTEGERS = VendorForm(take_int_range)
OF_THE_TEXT = VendorForm(take_fibonacci_range, highest_first=False)


def decode_canada(text: str) -> CanadaSection | Unknown:
    """Return what *text* says as section 5."""
    return read_or_unknown(read_canada, text)


def read_canada(text: str) -> CanadaSection:
    """
    Return what *text* says.

    Raises:
        Unreadable: It is unknown.
    """
    parts = text.split(".", _MOST_PARTS)
    if len(parts) > _MOST_PARTS:
        raise Unreadable("duplicate", "more segments than there are types")
    found, refused = [], []
    for form in (FIBONACCI, INTEGERS):
        try:
            found.append(_read(parts, form))
        except Unreadable as refusal:
            refused.append(refusal)
    if not found:
        try:
            return _read(parts, OF_THE_TEXT)
        except Unreadable:
            raise refused[0] from None
    if found[0] != found[-1]:
        raise Unreadable("ambiguous", "two ways of writing vendors fit it and disagree")
    return found[0]


def _read(parts: list[str], form: VendorForm) -> CanadaSection:
    core = _core(Bits.of_text(parts[0]), form)
    disclosed: Ids | None = None
    publisher: CanadaPublisher | None = None
    for part in parts[1:]:
        bits = Bits.of_text(part)
        kind = bits.take(_TYPE_BITS)
        if kind == DISCLOSED_VENDORS and disclosed is None:
            disclosed = form.take_vendors(bits)
        elif kind == PUBLISHER_PURPOSES and publisher is None:
            publisher = _publisher(bits)
        elif kind in {DISCLOSED_VENDORS, PUBLISHER_PURPOSES}:
            raise Unreadable("duplicate", f"a second segment of type {kind}")
        else:
            raise Unreadable("unsupported_type", f"a segment of type {kind}")
        bits.finish()
    return msgspec.structs.replace(core, disclosed_vendors=disclosed, publisher=publisher)


def _core(bits: Bits, form: VendorForm) -> CanadaSection:
    if (version := bits.take(SEXTET)) != VERSION:
        raise Unreadable("unsupported_version", f"a section of version {version}")
    head = (
        bits.take(TIME_BITS),
        bits.take(TIME_BITS),
        bits.take(12),
        bits.take(12),
        bits.take(SEXTET),
        letters(bits.take(12)),
        bits.take(12),
        bits.take(SEXTET),
        bool(bits.take(1)),
        take_set(bits, SPECIAL_FEATURES),
        take_set(bits, PURPOSES),
        take_set(bits, PURPOSES),
    )
    express, implied = form.take_vendors(bits), form.take_vendors(bits)
    restrictions = _restrictions(bits, form, nobody=not (express or implied))
    if bits.left > _MOST_PADDING:
        # Padding is bounded here, because what fits decides how the vendors were written.
        raise Unreadable("trailing_bits", f"{bits.left} bits after the last field")
    bits.finish()
    return CanadaSection(*head, express, implied, restrictions)


def _restrictions(bits: Bits, form: VendorForm, *, nobody: bool) -> tuple[CanadaRestriction, ...]:
    if bits.left < COUNT_BITS and nobody:
        # The first writers had no restrictions; without a vendor there is none to lose.
        return ()
    count = bits.take(COUNT_BITS)
    if count > MOST_RESTRICTIONS:
        raise Unreadable("too_many", f"{count} restrictions, at most {MOST_RESTRICTIONS}")
    return tuple(
        CanadaRestriction(bits.take(SEXTET), bits.take(2), form.take_restricted(bits))
        for _ in range(count)
    )


def _publisher(bits: Bits) -> CanadaPublisher:
    express, implied = take_set(bits, PURPOSES), take_set(bits, PURPOSES)
    custom = bits.take(SEXTET)
    return CanadaPublisher(express, implied, custom, take_set(bits, custom), take_set(bits, custom))
