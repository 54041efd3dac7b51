"""
Opt-outs of a US section: of sale, of sharing, of targeted advertising. Pure.

An opt-out field of 1 is an opt-out and 2 is none, 0 does not apply; 3 is not defined and read as an
opt-out. The GPC bit is an opt-out of all of them (11 CCR 7025 and its like). What an absent field
says is ``None``: the state's section does not ask.
"""

from __future__ import annotations

import msgspec

from privacykit.signals.gpp.layouts import LAYOUTS
from privacykit.signals.gpp.string import GppString
from privacykit.signals.gpp.us import (
    OPTED_OUT,
    UNDEFINED,
    UsSection,
    Value,
    decode_us,
    glance_us,
)
from privacykit.signals.unknown import Unknown

_OUT = {OPTED_OUT, UNDEFINED}


class OptOuts(msgspec.Struct, frozen=True, gc=False):
    """
    Opt-outs of one section; ``None`` where it does not ask.

    Attributes:
        sale: Of sale.
        sharing: Of sharing for advertising across contexts.
        targeted_advertising: Of targeted advertising.
        sensitive: Whether some sensitive data was opted out of, or not consented to.
        gpc: Whether the section records that the browser sent GPC.
    """

    sale: bool | None = None
    sharing: bool | None = None
    targeted_advertising: bool | None = None
    sensitive: bool | None = None
    gpc: bool | None = None

    @property
    def any(self) -> bool:
        """Whether the person opted out of sale, sharing or targeted advertising at all."""
        return True in {self.sale, self.sharing, self.targeted_advertising, self.gpc}


def opt_outs(section: UsSection) -> OptOuts:
    """Return the opt-outs of *section*, its fields as they stand beside the GPC bit."""
    fields = section.fields
    slots = section.sensitive or fields.get("SensitiveDataProcessing")
    return OptOuts(
        _out(fields.get("SaleOptOut")),
        _out(fields.get("SharingOptOut")),
        _out(fields.get("TargetedAdvertisingOptOut")),
        None if not isinstance(slots, tuple) else not _OUT.isdisjoint(slots),
        section.gpc,
    )


def _out(value: Value | None) -> bool | None:
    return None if value is None else value in _OUT


def opt_outs_said(section_id: int, text: str) -> OptOuts:
    """
    Return the opt-outs of a US section as it is written; of one that is refused, only opt-outs.

    "Did not opt out" is believed only where the whole section can be read.
    """
    section = decode_us(section_id, text)
    if not isinstance(section, Unknown):
        return opt_outs(section)
    glanced = glance_us(section_id, text)
    if glanced is None:
        return OptOuts()
    said = opt_outs(glanced)
    return OptOuts(said.sale or None, said.sharing or None, said.targeted_advertising or None)


def sale_opt_out(string: GppString) -> bool | None:
    """
    Return whether any US section of *string* (7 to 27) opts out of sale.

    ``None`` means that none says anything.
    """
    said = {
        opt_outs_said(section_id, text).sale
        for section_id, text in zip(string.header.section_ids, string.texts, strict=True)
        if section_id in LAYOUTS
    }
    return True if True in said else False if False in said else None
