"""
Decoded signals as plain members, under the names their specifications have. Pure.

Here, and only here, sets of ids are written out one by one: whoever asks for a document wants them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from privacykit.signals.additional_consent import AdditionalConsent
from privacykit.signals.adpc import Adpc
from privacykit.signals.bits.ids import Ids
from privacykit.signals.gpp.canada import CanadaSection
from privacykit.signals.gpp.layouts import NATIONAL_1, NATIONAL_2
from privacykit.signals.gpp.string import Section
from privacykit.signals.gpp.us import UsSection
from privacykit.signals.tcf.fields import timestamp
from privacykit.signals.tcf.model import TcString, TcStringV1
from privacykit.signals.us_privacy import VERSION, UsPrivacy

Document = dict[str, Any]
_TIMES = {"created", "last_updated"}


def section_members(section: Section) -> Document:
    """Return the fields of *section*, as its specification calls them."""
    if isinstance(section, UsSection):
        return us_members(section)
    if isinstance(section, CanadaSection):
        return canada_members(section)
    if isinstance(section, UsPrivacy):
        return us_privacy_members(section)
    return tcf_members(section)


def tcf_members(string: TcString | TcStringV1) -> Document:
    """Return the fields of a TC string, in snake case."""
    members: Document = {"version": string.version}
    for name in string.__struct_fields__:
        value = getattr(string, name)
        members[name] = timestamp(value) if name in _TIMES else _plain(value)
    return members


def _plain(value: Any) -> Any:  # noqa: ANN401  (a field of a closed set of structs)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Ids):
        return list(value)
    if isinstance(value, msgspec.Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    return value


def us_members(section: UsSection) -> Document:
    """Return the fields of a US section."""
    layout = section.layout
    members: Document = {layout.version_field: section.version}
    for name, value in section.fields.items():
        members[name] = list(value) if isinstance(value, tuple) else value
    if layout is NATIONAL_2 and section.version == 1:
        # Such writers agree on the places that both versions have, and on no others.
        for name in ("SensitiveDataProcessing", "KnownChildSensitiveDataConsents"):
            agreed = next(field.slots for field in NATIONAL_1.fields if field.name == name)
            members[f"{name}_first{agreed}"] = members.pop(name)[:agreed]
    if layout.sensitive_slots:
        sensitive = section.sensitive
        members["SensitiveDataProcessing"] = None if sensitive is None else list(sensitive)
    if layout.gpc:
        members["GpcSegmentIncluded"] = section.gpc is not None
        members["Gpc"] = section.gpc
    return members


def section_header(section: UsSection) -> Document | None:
    """Return the section header of *section*, where one was written."""
    header = section.header
    if header is None:
        return None
    return {
        "SectionID": header.section_id,
        "Version": header.version,
        "SubSections": list(header.subsections),
    }


def canada_members(section: CanadaSection) -> Document:
    """Return the fields of a Canadian section."""
    publisher = section.publisher
    return {
        "Version": 1,
        "Created": timestamp(section.created),
        "LastUpdated": timestamp(section.last_updated),
        "CmpId": section.cmp_id,
        "CmpVersion": section.cmp_version,
        "ConsentScreen": section.consent_screen,
        "ConsentLanguage": section.consent_language,
        "VendorListVersion": section.vendor_list_version,
        "TcfPolicyVersion": section.tcf_policy_version,
        "UseNonStandardStacks": section.use_non_standard_stacks,
        "SpecialFeatureExpressConsent": list(section.special_features),
        "PurposesExpressConsent": list(section.purposes_express),
        "PurposesImpliedConsent": list(section.purposes_implied),
        "VendorExpressConsent": list(section.vendors_express),
        "VendorImpliedConsent": list(section.vendors_implied),
        "PubRestrictions": [_plain(each) for each in section.restrictions],
        "DisclosedVendors": _plain(section.disclosed_vendors),
        "PublisherPurposes": None
        if publisher is None
        else {
            "PubPurposesExpressConsent": list(publisher.express),
            "PubPurposesImpliedConsent": list(publisher.implied),
            "NumCustomPurposes": publisher.custom,
            "CustomPurposesExpressConsent": list(publisher.custom_express),
            "CustomPurposesImpliedConsent": list(publisher.custom_implied),
        },
    }


def us_privacy_members(string: UsPrivacy) -> Document:
    """Return the fields of a US Privacy string."""
    return {
        "Version": int(VERSION),
        "Notice": string.notice,
        "OptOutSale": string.opt_out_sale,
        "LspaCovered": string.lspa_covered,
    }


def adpc_members(header: Adpc) -> Document:
    """Return the members of an ADPC header."""
    return {
        "consent": list(header.consent),
        "withdraw": list(header.withdraw),
        "object": list(header.object),
    }


def additional_consent_members(string: AdditionalConsent) -> Document:
    """Return the members of an AC string."""
    members: Document = {"version": string.version, "consented": list(string.consented)}
    if string.disclosed is not None:
        members["disclosed"] = list(string.disclosed)
    return members
