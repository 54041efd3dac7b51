"""
A TC string, field by field; sets of vendors stay as they were packed. Pure.

Source: IAB Europe / IAB Tech Lab, "Transparency & Consent Framework: Consent string and vendor
list formats" v1.1 and v2 (to v2.3); the names are the specification's, in snake case.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from privacykit.signals.bits.ids import BitIds, Ids, RangeIds
from privacykit.signals.tcf.fields import moment

NOT_ALLOWED = 0
REQUIRE_CONSENT = 1
REQUIRE_LEGITIMATE_INTEREST = 2


class Restriction(msgspec.Struct, frozen=True):
    """
    What the publisher changed for one purpose and some vendors.

    Attributes:
        purpose_id: The purpose.
        restriction_type: :data:`NOT_ALLOWED`, :data:`REQUIRE_CONSENT`,
            :data:`REQUIRE_LEGITIMATE_INTEREST`, or 3, which nothing defines and which is to be
            taken as not allowed.
        vendor_ids: The vendors.
    """

    purpose_id: int
    restriction_type: int
    vendor_ids: RangeIds


class PublisherTC(msgspec.Struct, frozen=True):
    """
    The publisher's own consents and grounds, segment type 3.

    Attributes:
        pub_purposes_consent: Purposes with consent.
        pub_purposes_li_transparency: Purposes on legitimate interest, not objected to.
        num_custom_purposes: How many purposes of its own the publisher has.
        custom_purposes_consent: Those with consent.
        custom_purposes_li_transparency: Those on legitimate interest.
    """

    pub_purposes_consent: BitIds
    pub_purposes_li_transparency: BitIds
    num_custom_purposes: int
    custom_purposes_consent: BitIds
    custom_purposes_li_transparency: BitIds


class TcString(msgspec.Struct, frozen=True):
    """
    A TC string of version 2.

    Attributes:
        created: Deciseconds since 1970; a whole UTC day, and the same as *last_updated*, in v2.x.
        last_updated: Deciseconds since 1970.
        cmp_id: The consent manager that wrote it; 0 and 1 are nobody's and are met in tests.
        cmp_version: Its version.
        consent_screen: The screen consent was given on.
        consent_language: Two letters.
        vendor_list_version: Of the global vendor list.
        tcf_policy_version: 2 for v2.0, 3 for v2.1, 4 for v2.2, 5 for v2.3.
        is_service_specific: Whether it is for this site alone; global scope is no more.
        use_non_standard_texts: Whether texts of the publisher's own were shown.
        special_feature_opt_ins: Special features opted in to.
        purposes_consent: Purposes with consent.
        purposes_li_transparency: Purposes on legitimate interest, not objected to.
        purpose_one_treatment: Whether purpose 1 was *not* disclosed.
        publisher_cc: Country of the publisher, two letters.
        vendor_consents: Vendors with consent.
        vendor_legitimate_interests: Vendors on legitimate interest, not objected to.
        publisher_restrictions: In the order of the string.
        disclosed_vendors: Vendors that were shown; ``None`` where the segment is absent.
        allowed_vendors: Of global scope, deprecated; ``None`` where the segment is absent.
        publisher_tc: ``None`` where the segment is absent.
    """

    created: int
    last_updated: int
    cmp_id: int
    cmp_version: int
    consent_screen: int
    consent_language: str
    vendor_list_version: int
    tcf_policy_version: int
    is_service_specific: bool
    use_non_standard_texts: bool
    special_feature_opt_ins: BitIds
    purposes_consent: BitIds
    purposes_li_transparency: BitIds
    purpose_one_treatment: bool
    publisher_cc: str
    vendor_consents: Ids
    vendor_legitimate_interests: Ids
    publisher_restrictions: tuple[Restriction, ...]
    disclosed_vendors: Ids | None = None
    allowed_vendors: Ids | None = None
    publisher_tc: PublisherTC | None = None

    version = 2

    @property
    def created_at(self) -> datetime:
        """When it was made, UTC."""
        return moment(self.created)

    @property
    def last_updated_at(self) -> datetime:
        """When it was last changed, UTC."""
        return moment(self.last_updated)


class TcStringV1(msgspec.Struct, frozen=True):
    """
    A consent string of version 1.1: recognised, and no consent since 30 September 2020.

    Attributes:
        created: Deciseconds since 1970.
        last_updated: Deciseconds since 1970.
        cmp_id: The consent manager that wrote it.
        cmp_version: Its version.
        consent_screen: The screen consent was given on.
        consent_language: Two letters.
        vendor_list_version: Of the global vendor list.
        purposes_allowed: Purposes with consent, as it was then.
        max_vendor_id: The highest vendor it speaks of.
        vendor_consents: Vendors with consent, as it was then.
    """

    created: int
    last_updated: int
    cmp_id: int
    cmp_version: int
    consent_screen: int
    consent_language: str
    vendor_list_version: int
    purposes_allowed: BitIds
    max_vendor_id: int
    vendor_consents: Ids

    version = 1
