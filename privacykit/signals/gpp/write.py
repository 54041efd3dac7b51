"""
Write US sections of GPP and the string around them. Pure.

Laws of this file, held by ``tests/signals/test_gpp_written.py``: what is written here is read by
:mod:`privacykit.signals.gpp.us` as what was meant, all of it; a value that no specification defines
is never written, and a section with a field too many, too few or too wide is an error.

Sections 24 to 27 are written without the section header of the text, as all released libraries
read them; a reader that expects one refuses the section, while one that expects none would read a
header as something else.

Source: IAB Tech Lab "GPP consent string specification".
"""

from __future__ import annotations

from collections.abc import Mapping

from privacykit.errors import InputError
from privacykit.signals.bits.reader import SEXTET
from privacykit.signals.bits.writer import BitWriter
from privacykit.signals.gpp.header import HIGHEST_SECTION, TYPE, VERSION
from privacykit.signals.gpp.layouts import SLOT_BITS, CoreField
from privacykit.signals.gpp.us import UNDEFINED, UsSection, Value

_GPC_TYPE = 1


def encode_gpp(sections: Mapping[int, str]) -> str:
    """
    Return the GPP string of *sections*, by id; of none it says that no section applies.

    Raises:
        InputError: An id or a text cannot be a section's.
    """
    ids = sorted(sections)
    if ids and not 1 <= ids[0] <= ids[-1] <= HIGHEST_SECTION:
        raise InputError("a section id that no GPP string can hold")
    if not all(text and "~" not in text for text in sections.values()):
        raise InputError("a section without a character, or with ~ in it")
    bits = BitWriter()
    bits.put(TYPE, SEXTET)
    bits.put(VERSION, SEXTET)
    bits.put_fibonacci_range(ids)
    return "~".join([bits.text(), *(sections[section_id] for section_id in ids)])


def encode_us(section: UsSection) -> str:
    """
    Return *section* as text; its header, if it has one, and its version number are not written.

    Raises:
        InputError: It is not what its layout asks for.
    """
    layout = section.layout
    if section.fields.keys() != {field.name for field in layout.fields}:
        raise InputError("other fields than the section has")
    bits = BitWriter()
    bits.put(layout.version, SEXTET)
    for field in layout.fields:
        for value in _slots(field, section.fields[field.name]):
            bits.put(value, SLOT_BITS)
    return ".".join([bits.text(), *_behind(section)])


def _slots(field: CoreField, value: Value) -> tuple[int, ...]:
    values = value if isinstance(value, tuple) else (value,)
    if isinstance(value, tuple) != bool(field.slots) or len(values) != (field.slots or 1):
        raise InputError(f"{field.name} has another number of values")
    if not all(0 <= each < UNDEFINED for each in values):
        raise InputError(f"{field.name} has a value that nothing defines")
    return values


def _behind(section: UsSection) -> list[str]:
    layout, parts = section.layout, []
    if section.gpc is not None:
        if not layout.gpc:
            raise InputError(f"{layout.name} does not record GPC")
        bits = BitWriter()
        bits.put(_GPC_TYPE, SLOT_BITS)
        bits.put(section.gpc, 1)
        parts.append(bits.text())
    if section.sensitive is not None:
        if not layout.sensitive_slots:
            raise InputError(f"{layout.name} has no sub-section of sensitive data")
        bits = BitWriter()
        field = CoreField("SensitiveDataProcessing", layout.sensitive_slots)
        for value in _slots(field, section.sensitive):
            bits.put(value, SLOT_BITS)
        parts.append(bits.text())
    return parts
