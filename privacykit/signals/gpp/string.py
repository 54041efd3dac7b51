"""
Decode a GPP string: the header at once, each section when it is asked for. Pure.

A section that cannot be read is unknown and the others stay; a string whose sections are not the
ones its header lists is unknown as a whole, because nobody knows which is which.

Source: IAB Tech Lab "GPP consent string specification".
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from privacykit.signals.gpp.canada import CANADA, CanadaSection, read_canada
from privacykit.signals.gpp.header import GppHeader, read_header
from privacykit.signals.gpp.layouts import LAYOUTS
from privacykit.signals.gpp.us import UsSection, read_us
from privacykit.signals.tcf.decode import read as read_tcf
from privacykit.signals.tcf.model import TcString
from privacykit.signals.unknown import LONGEST, Unknown, Unreadable, read_or_unknown
from privacykit.signals.us_privacy import UsPrivacy, decode_us_privacy

EUROPE = 2
US_PRIVACY = 6
MOST_SECTIONS = 64

NAMES = {
    1: "tcfeuv1",
    EUROPE: "tcfeuv2",
    CANADA: "tcfcav1",
    US_PRIVACY: "uspv1",
    **{layout.section_id: layout.name for layout in LAYOUTS.values()},
}
"""The API prefix of every section that has one; 1 is void, 3 is the header and 4 has no format."""

IDS = {name: section_id for section_id, name in NAMES.items()}

Section = TcString | CanadaSection | UsPrivacy | UsSection


class GppString(msgspec.Struct, frozen=True):
    """
    A GPP string.

    Attributes:
        header: What its header lists.
        texts: The sections as they were written, in the order of the header.
    """

    header: GppHeader
    texts: tuple[str, ...]

    def section(self, section_id: int) -> Section | Unknown | None:
        """Return section *section_id*, why it is unknown, or ``None`` where it is absent."""
        for known, text in zip(self.header.section_ids, self.texts, strict=True):
            if known == section_id:
                return decode_section(section_id, text)
        return None

    def sections(self) -> Iterator[tuple[int, Section | Unknown]]:
        """Give each section with its id, decoded one by one."""
        for section_id, text in zip(self.header.section_ids, self.texts, strict=True):
            yield section_id, decode_section(section_id, text)


def decode_gpp(text: str) -> GppString | Unknown:
    """Return what the GPP string *text* holds, or why that is unknown."""
    return read_or_unknown(read_gpp, text)


def read_gpp(text: str) -> GppString:
    """
    Return what *text* holds.

    Raises:
        Unreadable: The header is unknown, or the sections are not those it lists.
    """
    if len(text) > LONGEST:
        raise Unreadable("too_long", f"more than {LONGEST} characters")
    first, *texts = text.split("~", MOST_SECTIONS)
    header = read_header(first)
    if len(texts) != len(header.section_ids):
        listed = len(header.section_ids)
        raise Unreadable("segment_count", f"{len(texts)} sections, and {listed} in the header")
    if not all(texts):
        raise Unreadable("empty", "a section without a character")
    return GppString(header, tuple(texts))


def decode_section(section_id: int, text: str) -> Section | Unknown:
    """Return what *text* says as section *section_id*, or why that is unknown."""
    return read_or_unknown(read_section, section_id, text)


def read_section(section_id: int, text: str) -> Section:
    """
    Return what *text* says as section *section_id*.

    Raises:
        Unreadable: It is unknown.
    """
    if len(text) > LONGEST:
        raise Unreadable("too_long", f"more than {LONGEST} characters")
    if section_id in LAYOUTS:
        return read_us(section_id, text)
    if section_id == EUROPE:
        string = read_tcf(text)
        if not isinstance(string, TcString):
            raise Unreadable("unsupported_version", "a TC string of version 1")
        return string
    if section_id == CANADA:
        return read_canada(text)
    if section_id == US_PRIVACY:
        found = decode_us_privacy(text)
        if isinstance(found, Unknown):
            raise Unreadable(found.reason, found.detail)
        return found
    raise Unreadable("no_format", f"section {section_id}")
