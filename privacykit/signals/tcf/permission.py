"""
The permission that a TC string gives: by consent, by nothing but the law, or none. Pure.

Sources: IAB Europe TCF Policies; "Consent string and vendor list formats v2": publisher
restrictions, disclosed vendors, publisher TC. Legitimate interest never carries purposes 1 and 3 to
6, and grants nothing here: where it stands, the law alone decides. For a purpose of the site's own
the publisher's segment is asked; for a vendor, the vendor's bits and restrictions.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from privacykit.signals.bits.ids import BitIds, Ids
from privacykit.signals.tcf.model import (
    NOT_ALLOWED,
    REQUIRE_CONSENT,
    REQUIRE_LEGITIMATE_INTEREST,
    TcString,
)

CONSENT_ONLY = frozenset({1, 3, 4, 5, 6})
"""Purposes that legitimate interest never carries, since v2.2."""
_UNDEFINED = 3
_BARS_CONSENT = {NOT_ALLOWED, REQUIRE_LEGITIMATE_INTEREST, _UNDEFINED}
_BARS_INTEREST = {NOT_ALLOWED, REQUIRE_CONSENT, _UNDEFINED}

Permission = Literal["consent", "unsaid", "refused"]


class TcfNeeds(msgspec.Struct, frozen=True):
    """
    What a use needs of a TC string, all of it.

    Attributes:
        purposes: TCF purposes.
        special_features: TCF special features.
    """

    purposes: tuple[int, ...]
    special_features: tuple[int, ...] = ()


class _Grounds(msgspec.Struct, frozen=True):
    consents: BitIds
    interests: BitIds
    by_consent: bool = True
    by_interest: bool = True


def permission(string: TcString, needs: TcfNeeds, vendor: int | None = None) -> Permission:
    """
    Return what *string* permits.

    Args:
        string: One that may be relied upon.
        needs: What is asked for.
        vendor: The id of a vendor of the global list, ``None`` for the publisher itself.

    Returns:
        ``consent`` where all is consented to; ``refused`` where something is neither consented to
        nor stands on an interest that nobody objected to; ``unsaid`` where the string does not
        speak of whoever asks, or some of it stands on legitimate interest.
    """
    grounds = _of_publisher(string) if vendor is None else _of_vendor(string, vendor)
    if grounds is None:
        return "unsaid"
    consented = all(feature in string.special_feature_opt_ins for feature in needs.special_features)
    if not consented:
        return "refused"
    for purpose in needs.purposes:
        types = _restrictions(string, purpose, vendor)
        if grounds.by_consent and purpose in grounds.consents and types.isdisjoint(_BARS_CONSENT):
            continue
        consented = False
        if (
            not grounds.by_interest
            or purpose in CONSENT_ONLY
            or purpose not in grounds.interests
            or not types.isdisjoint(_BARS_INTEREST)
        ):
            return "refused"
    return "consent" if consented else "unsaid"


def _of_publisher(string: TcString) -> _Grounds | None:
    publisher = string.publisher_tc
    if publisher is None:
        return None
    return _Grounds(publisher.pub_purposes_consent, publisher.pub_purposes_li_transparency)


def _of_vendor(string: TcString, vendor: int) -> _Grounds | None:
    disclosed: Ids | None = string.disclosed_vendors
    if disclosed is not None and vendor not in disclosed:
        return None
    return _Grounds(
        string.purposes_consent,
        string.purposes_li_transparency,
        vendor in string.vendor_consents,
        vendor in string.vendor_legitimate_interests,
    )


def _restrictions(string: TcString, purpose: int, vendor: int | None) -> set[int]:
    if vendor is None:
        return set()
    return {
        each.restriction_type
        for each in string.publisher_restrictions
        if each.purpose_id == purpose and vendor in each.vendor_ids
    }
