"""
The layout of every US section of GPP: its fields, in order, two bits each. Pure data.

Source: IAB Tech Lab GPP, ``Sections/US-States``, December 2025, with the correction of sections 24
to 27 of April 2026. Slots of sensitive data differ from state to state: never read one by the
number it has in another.
"""

from __future__ import annotations

import msgspec

from privacykit.signals.bits.reader import SEXTET

SLOT_BITS = 2
_FOUR = tuple(bytes(byte >> at & 3 for at in (6, 4, 2, 0)) for byte in range(256))
"""The four values in each byte."""


class CoreField(msgspec.Struct, frozen=True, gc=False):
    """
    A field of a core.

    Attributes:
        name: As the specification writes it.
        slots: How many two-bit values; 0 for one that is no list.
    """

    name: str
    slots: int = 0


class Layout(msgspec.Struct, frozen=True):
    """
    A core and what may follow it.

    Attributes:
        section_id: The section's id.
        name: Its API prefix.
        version_field: What its first six bits are called.
        version: The version that is read; no other is.
        fields: What comes after the version.
        gpc: Whether a GPC sub-section may follow.
        sensitive_slots: How many values the sub-section of sensitive data has, if it may follow.
        headed: Whether the specification puts a section header before the core.
        slots: How many two-bit values the fields are.
        places: The name of each field, its first slot, and the one after its last; 0 for no list.
    """

    section_id: int
    name: str
    version_field: str
    version: int
    fields: tuple[CoreField, ...]
    gpc: bool = True
    sensitive_slots: int = 0
    headed: bool = False
    slots: int = 0
    places: tuple[tuple[str, int, int], ...] = ()

    @property
    def width(self) -> int:
        """The bits of the core."""
        return SEXTET + SLOT_BITS * self.slots

    def values(self, core: int) -> dict[str, int | tuple[int, ...]]:
        """Return the values by name of *core*, the bits behind the version."""
        # Four values lie in a byte; those that fill the last byte up are behind the last place.
        filled = core << SLOT_BITS * (-self.slots % 4)
        data = filled.to_bytes(-(-self.slots // 4), "big")
        values = tuple(b"".join(map(_FOUR.__getitem__, data)))
        return {
            name: values[first:last] if last else values[first] for name, first, last in self.places
        }


def _fields(text: str) -> tuple[CoreField, ...]:
    parts = (word.partition("*") for word in text.split())
    return tuple(CoreField(_NAMES.get(name, name), int(slots or 0)) for name, _, slots in parts)


_NAMES = {
    "sensitive": "SensitiveDataProcessing",
    "child": "KnownChildSensitiveDataConsents",
    "personal": "PersonalDataConsents",
    "additional": "AdditionalDataProcessingConsent",
    "covered": "MspaCoveredTransaction",
    "option": "MspaOptOutOptionMode",
    "provider": "MspaServiceProviderMode",
    "sale": "SaleOptOut",
    "sharing": "SharingOptOut",
    "targeted": "TargetedAdvertisingOptOut",
    "sale-notice": "SaleOptOutNotice",
    "targeted-notice": "TargetedAdvertisingOptOutNotice",
}
_SHARING_FIRST = "SharingNotice sale-notice targeted-notice"
_PROCESSING_FIRST = "ProcessingNotice sale-notice targeted-notice"
_MSPA = "covered option provider"
_NATIONAL = (
    "SharingNotice sale-notice SharingOptOutNotice targeted-notice"
    " SensitiveDataProcessingOptOutNotice SensitiveDataLimitUseNotice sale sharing targeted"
    " sensitive*{sensitive} child*{child} personal " + _MSPA
)
_HEADED = f"covered MspaMode {_PROCESSING_FIRST} sale targeted"


def _placed(layout: Layout) -> Layout:
    """Return *layout* with the places of its fields, worked out once."""
    places, first = [], 0
    for field in layout.fields:
        last = first + (field.slots or 1)
        places.append((field.name, first, last if field.slots else 0))
        first = last
    return msgspec.structs.replace(layout, slots=first, places=tuple(places))


def _state(section_id: int, name: str, fields: str, *, gpc: bool = True) -> Layout:
    return _placed(Layout(section_id, name, "Version", 1, _fields(f"{fields} {_MSPA}"), gpc))


def _headed(section_id: int, name: str, fields: str, sensitive_slots: int = 0) -> Layout:
    return _placed(
        Layout(
            section_id,
            name,
            "MspaVersion",
            1,
            _fields(f"{_HEADED} {fields}"),
            not sensitive_slots,
            sensitive_slots,
            headed=True,
        )
    )


def _newer(section_id: int, name: str, sensitive: int, child: str, *, gpc: bool = True) -> Layout:
    """Return a layout of the form that the states after the first five took."""
    fields = f"{_PROCESSING_FIRST} sale targeted sensitive*{sensitive} {child} additional"
    return _state(section_id, name, fields, gpc=gpc)


USNAT = 7
NATIONAL_2 = _placed(
    Layout(USNAT, "usnat", "Version", 2, _fields(_NATIONAL.format(sensitive=16, child=3)))
)
NATIONAL_1 = _placed(
    Layout(USNAT, "usnat", "Version", 1, _fields(_NATIONAL.format(sensitive=12, child=2)))
)
"""Version 1 of the national section; some writers put this number before version 2's fields."""

LAYOUTS = {
    layout.section_id: layout
    for layout in (
        NATIONAL_2,
        _state(
            8,
            "usca",
            "sale-notice SharingOptOutNotice SensitiveDataLimitUseNotice sale sharing sensitive*9"
            " child*2 personal",
        ),
        _state(9, "usva", f"{_SHARING_FIRST} sale targeted sensitive*8 child", gpc=False),
        _state(10, "usco", f"{_SHARING_FIRST} sale targeted sensitive*7 child"),
        _state(
            11,
            "usut",
            f"{_SHARING_FIRST} SensitiveDataProcessingOptOutNotice sale targeted sensitive*8 child",
            gpc=False,
        ),
        _state(12, "usct", f"{_SHARING_FIRST} sale targeted sensitive*8 child*3"),
        _newer(13, "usfl", 8, "child*3", gpc=False),
        _state(14, "usmt", f"{_SHARING_FIRST} sale targeted sensitive*8 child*3 additional"),
        _newer(15, "usor", 11, "child*3"),
        _newer(16, "ustx", 8, "child"),
        _newer(17, "usde", 9, "child*5"),
        _state(
            18,
            "usia",
            f"{_PROCESSING_FIRST} SensitiveDataOptOutNotice sale targeted sensitive*8 child",
        ),
        _newer(19, "usne", 8, "child"),
        _newer(20, "usnh", 8, "child*3"),
        _newer(21, "usnj", 10, "child*5"),
        _newer(22, "ustn", 8, "child"),
        _newer(23, "usmn", 8, "child"),
        _headed(24, "usmd", "additional"),
        _headed(25, "usin", "child additional", 8),
        _headed(26, "usky", "child additional", 8),
        _headed(27, "usri", "child additional", 8),
    )
}
"""Every US section by its id."""

BY_NAME = {layout.name: layout for layout in LAYOUTS.values()}
