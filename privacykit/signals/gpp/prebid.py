"""
Prebid's MSPA rules, on a US section of 2023 (7 to 12). Pure; for comparison only.

privacykit decides by :mod:`privacykit.signals.gpp.opt_outs`. Whoever runs Prebid beside it can see
here what that does with the same string. Two of its rules are contested (denying where
``PersonalDataConsents`` is 2 and where ``MspaCoveredTransaction`` is 0), and it reads the GPC bit
only as a number.

Source: Prebid.js ``libraries/mspa`` and ``modules/gppControl_usstates``; its documentation "MSPA
US National".
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from privacykit.signals.gpp.layouts import USNAT
from privacykit.signals.gpp.us import UsSection, Value

SECTIONS = range(7, 13)
"""The sections that Prebid has rules for."""

_CALIFORNIA = 8
_CONNECTICUT = 12
_STRAIGHT = tuple(range(1, 13))
_SLOTS = {
    _CALIFORNIA: (4, 4, 8, 9, 0, 6, 7, 3, 1, 2, 0, 5),
    11: (1, 2, 5, 3, 4, 6, 7, 8, 9, 10, 11, 12),
}
"""Which slot of a state stands for each of the national ones; 0 for none."""

_GEOLOCATION = 7
_NEVER = frozenset({5, 6, 8, 9, 11, 13, 15})
"""Places of genetic, biometric, document, account, message, crime and gender data, from 0."""
_PLACES = {1: 12, 2: 16}
_NO_CONSENT = 1
_NOT_GIVEN = 2
_CONSENT = 2

_Slots = tuple[int | None, ...]


class PrebidDecision(msgspec.Struct, frozen=True, gc=False):
    """
    What Prebid denies.

    Attributes:
        consent_denied: Syncing and enriching.
        first_party_data_denied: Sending first-party data about the person.
        precise_geo_denied: Sending a precise place.
    """

    consent_denied: bool
    first_party_data_denied: bool
    precise_geo_denied: bool


def prebid_decision(section: UsSection) -> PrebidDecision | None:
    """Return what Prebid's rules deny for *section*, ``None`` where it has none."""
    if section.layout.section_id not in SECTIONS:
        return None
    fields, sensitive = section.fields, _sensitive(section)
    basic = _basic_denied(section)
    denied = basic or _scopes_denied(fields)
    notices = [
        fields.get(name)
        for name in ("SensitiveDataProcessingOptOutNotice", "SensitiveDataLimitUseNotice")
    ]
    unasked = 0 in notices
    place = sensitive[_GEOLOCATION]
    return PrebidDecision(
        denied,
        denied
        or _NOT_GIVEN in notices
        or _data_denied(sensitive, section.version, unasked=unasked),
        basic or place == _NO_CONSENT or _NOT_GIVEN in notices or (unasked and place == _CONSENT),
    )


def _basic_denied(section: UsSection) -> bool:
    fields, child = section.fields, _children(section)
    return (
        fields["MspaServiceProviderMode"] == 1
        or section.gpc is True
        or fields.get("PersonalDataConsents") == _NOT_GIVEN
        or child[0] == _NO_CONSENT
        or child[1] != 0
        or child[2:3] == (_NO_CONSENT,)
        or fields["MspaCoveredTransaction"] == 0
    )


def _scopes_denied(fields: Mapping[str, Value]) -> bool:
    for scope in ("Sale", "Sharing", "TargetedAdvertising"):
        said, notice = fields.get(f"{scope}OptOut"), fields.get(f"{scope}OptOutNotice")
        if said == 1 or notice == _NOT_GIVEN or (said == _CONSENT and notice == 0):
            return True
    notice = fields.get("SharingNotice")
    return notice == _NOT_GIVEN or (fields.get("SharingOptOut") == _CONSENT and notice == 0)


def _data_denied(sensitive: _Slots, version: int, *, unasked: bool) -> bool:
    for place, value in enumerate(sensitive[: _PLACES[version]]):
        if place == _GEOLOCATION or not value:
            continue
        if place in _NEVER or value == _NO_CONSENT or (unasked and value == _CONSENT):
            return True
    return False


def _sensitive(section: UsSection) -> _Slots:
    said = section.fields["SensitiveDataProcessing"]
    slots = said if isinstance(said, tuple) else (said,)
    if section.layout.section_id == USNAT:
        return slots
    order = _SLOTS.get(section.layout.section_id, _STRAIGHT)
    return tuple(slots[slot - 1] if 0 < slot <= len(slots) else None for slot in order)


def _children(section: UsSection) -> tuple[int, ...]:
    said = section.fields["KnownChildSensitiveDataConsents"]
    slots = said if isinstance(said, tuple) else (said,)
    if section.layout.section_id == USNAT:
        return slots
    if not any(slots):
        return (0, 0)
    adults = section.layout.section_id == _CONNECTICUT and slots[1:] == (_CONSENT, _CONSENT)
    return (_CONSENT, 1) if adults else (1, 1)
