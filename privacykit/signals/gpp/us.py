"""
Decode a US section of GPP: the core, and GPC or sensitive data behind it. Pure.

A section is read whole or refused: a version that was never issued, a sub-section that its layout
does not have and an empty one are refused, and the rest of the string is kept.

Sources: IAB Tech Lab GPP, ``Sections/US-National`` and ``Sections/US-States``. Where writers part
from the text: the layout of ``usnat`` is chosen by length, not by its version; sections 24 to 27
are read with the section header of the text and without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from privacykit.signals.bits.ranges import take_fibonacci_range
from privacykit.signals.bits.reader import SEXTET, Bits
from privacykit.signals.gpp.layouts import (
    LAYOUTS,
    NATIONAL_1,
    NATIONAL_2,
    SLOT_BITS,
    USNAT,
    Layout,
)
from privacykit.signals.unknown import Unknown, Unreadable, read_or_unknown

Value = int | tuple[int, ...]

OPTED_OUT = 1
UNDEFINED = 3
"""No field defines it; wherever it is met, the protective answer is taken."""

_GPC_TYPE = 1
_MOST_PARTS = 3
_LONGEST_KNOWN = 4
_MOST_KNOWN = 32
_HEADER_VERSION = 1
_ONE_SUBSECTION = 1


class SectionHeader(msgspec.Struct, frozen=True, gc=False):
    """
    The header that the specification puts before the core of sections 24 to 27.

    Attributes:
        section_id: The section's id, once more.
        subsections: Ids of the sub-sections that follow the core.
        version: Of the header.
    """

    section_id: int
    subsections: tuple[int, ...]
    version: int = _HEADER_VERSION


class UsSection(msgspec.Struct, frozen=True):
    """
    A US section.

    Attributes:
        layout: What its fields are.
        fields: Their values by name, without version, GPC and sensitive data of a sub-section.
        gpc: What the GPC sub-section says; ``None`` where there is none: not recorded, not off.
        sensitive: Sensitive data of a sub-section of its own.
        header: The section header, where one was written.
        version: The number in the version field.
    """

    layout: Layout
    fields: Mapping[str, Value]
    gpc: bool | None = None
    sensitive: tuple[int, ...] | None = None
    header: SectionHeader | None = None
    version: int = 1


def decode_us(section_id: int, text: str) -> UsSection | Unknown:
    """Return what *text* says as the US section *section_id* (7 to 27)."""
    return read_or_unknown(read_us, section_id, text)


def read_us(section_id: int, text: str) -> UsSection:
    """
    Return what *text* says.

    Raises:
        Unreadable: It is unknown.
    """
    layout, header, bits, behind = _opened(section_id, text)
    layout, version, fields = _core(layout, bits)
    bits.finish()
    gpc, sensitive = _behind(layout, behind)
    return UsSection(layout, fields, gpc, sensitive, header, version)


def glance_us(section_id: int, text: str) -> UsSection | None:
    """
    Return the core of a section that may be refused for what comes after it, else ``None``.

    It is for opt-outs alone: one that stands in a whole core of a known version must not be lost
    to a fault behind it. Nothing else of such a section may be used.
    """
    try:
        layout, _, bits, _ = _opened(section_id, text)
        layout, version, fields = _core(layout, bits)
    except Unreadable:
        return None
    return UsSection(layout, fields, version=version)


def _opened(section_id: int, text: str) -> tuple[Layout, SectionHeader | None, Bits, list[str]]:
    """
    Return the layout, the section header, the bits of the core and what comes after it.

    Raises:
        Unreadable: There is no such section, or it does not begin as one.
    """
    layout = LAYOUTS.get(section_id)
    if layout is None:
        raise Unreadable("no_format", f"section {section_id}")
    parts = text.split(".", _MOST_PARTS)
    if len(parts) > _MOST_PARTS:
        raise Unreadable("too_many", "more sub-sections than any section has")
    bits = Bits.of_text(parts[0])
    if not layout.headed or bits.data[0] >> 2 != section_id:
        return layout, None, bits, parts[1:]
    header = _header(bits, section_id)
    if len(parts) - 2 != len(header.subsections):
        raise Unreadable("segment_count", "other sub-sections than the section header lists")
    return layout, header, Bits.of_text(parts[1]), parts[2:]


def _core(layout: Layout, bits: Bits) -> tuple[Layout, int, Mapping[str, Value]]:
    version = bits.first(SEXTET)
    if layout.section_id == USNAT and version in {1, 2}:
        return _national(version, bits)
    if version != layout.version:
        raise Unreadable("unsupported_version", f"a section of version {version}")
    return layout, version, _fields(layout, bits)


def _national(version: int, bits: Bits) -> tuple[Layout, int, Mapping[str, Value]]:
    """Read a national core by its length: writers put either version before either layout."""
    if bits.length >= NATIONAL_2.width:
        return NATIONAL_2, version, _fields(NATIONAL_2, bits)
    fields = _fields(NATIONAL_1, bits)
    if version == 1:
        return NATIONAL_1, version, fields
    # The lists of version 2 are longer; what an older layout cannot hold does not apply.
    lists = {field.name: field.slots for field in NATIONAL_2.fields if field.slots}
    longer = {
        name: (*value, *[0] * (lists[name] - len(value))) if isinstance(value, tuple) else value
        for name, value in fields.items()
    }
    return NATIONAL_2, version, longer


def _fields(layout: Layout, bits: Bits) -> Mapping[str, Value]:
    return layout.values(bits.take(SLOT_BITS * layout.slots))


def _behind(layout: Layout, parts: list[str]) -> tuple[bool | None, tuple[int, ...] | None]:
    if not parts:
        return None, None
    if len(parts) > 1 or not (layout.gpc or layout.sensitive_slots):
        raise Unreadable(
            "unexpected_segment", f"the layout of {layout.name} has no such sub-section"
        )
    if layout.gpc:
        return (_known_gpc if len(parts[0]) <= _LONGEST_KNOWN else _gpc)(parts[0]), None
    bits = Bits.of_text(parts[0])
    values = tuple(bits.take(SLOT_BITS) for _ in range(layout.sensitive_slots))
    bits.finish()
    return None, values


def _gpc(text: str) -> bool:
    bits = Bits.of_text(text)
    kind, gpc = divmod(bits.first(SLOT_BITS + 1), 2)
    if kind != _GPC_TYPE:
        raise Unreadable("unsupported_type", f"a sub-section of type {kind}")
    bits.finish()
    return bool(gpc)


_known_gpc = lru_cache(maxsize=_MOST_KNOWN)(_gpc)
"""A sub-section of three bits: what writers make of it are a handful of texts."""


def _header(bits: Bits, section_id: int) -> SectionHeader:
    bits.take(SEXTET)
    if (version := bits.take(SEXTET)) != _HEADER_VERSION:
        raise Unreadable("unsupported_version", f"a section header of version {version}")
    subsections = tuple(take_fibonacci_range(bits, _ONE_SUBSECTION))
    bits.finish()
    return SectionHeader(section_id, subsections)
