"""
Consent receipts after ISO/IEC TS 27560, as JSON-LD with terms of the W3C DPV. Pure.

The fields and their properties are those of "Consent Records and Receipts as per ISO/IEC TS
27560:2023 using DPV" (W3C Data Privacy Vocabularies and Controls CG, 15 February 2026), tables of
§8 and §9. The context stands inside the document, so that nothing is fetched to read it.
"""

from __future__ import annotations

from typing import Any, Final

from privacykit.collect.consent.terms import (
    NOT_STATED,
    ReceiptFacts,
    ReceiptPurpose,
    instant,
)
from privacykit.policy.words import Use
from privacykit.signals.choice.time import GRANT_SECONDS

SCHEMA: Final = "https://w3id.org/dpv/schema/dpv-27560"
RECEIPT: Final = f"{SCHEMA}#receipt-record"
RECORD: Final = f"{SCHEMA}#record"

CONTEXT: Final[dict[str, Any]] = {
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "loc": "https://w3id.org/dpv/loc#",
    "schema": "https://schema.org/",
    "sec": "https://w3id.org/security#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "privacykit": "urn:privacykit:term:",
    "dct:created": {"@type": "xsd:dateTime"},
    "dct:issued": {"@type": "xsd:date"},
    "dpv:isIndicatedAtTime": {"@type": "xsd:dateTime"},
    "proof": "sec:proof",
    "type": "@type",
    "DataIntegrityProof": "sec:DataIntegrityProof",
    "cryptosuite": "sec:cryptosuite",
    "created": {"@id": "dct:created", "@type": "xsd:dateTime"},
    "verificationMethod": {"@id": "sec:verificationMethod", "@type": "@id"},
    "proofPurpose": {"@id": "sec:proofPurpose", "@type": "@vocab"},
    "assertionMethod": "sec:assertionMethod",
    "proofValue": "sec:proofValue",
}
"""What the names mean; each is an ordinary term of its vocabulary, but for four of ours."""

_RECEIVES: Final[dict[str | None, str]] = {
    "processor": "dpv:DataProcessor",
    "third_party": "dpv:ThirdParty",
}
_PURPOSES: Final = {
    Use.STRICTLY_NECESSARY: "dpv:RequestedServiceProvision",
    Use.ANALYTICS_STORAGE: "dpv:ServiceUsageAnalytics",
    Use.ANALYTICS_NO_STORAGE: "dpv:ServiceUsageAnalytics",
    Use.TARGETED_ADS: "dpv:TargetedAdvertising",
    Use.SALE: "dpv:SellDataToThirdParties",
    Use.SENSITIVE_SALE: "dpv:SellDataToThirdParties",
}
_DATA: Final = (
    "pd:BrowsingBehaviour",
    "pd:BrowsingReferral",
    "pd:DeviceBased",
    "pd:Language",
    "pd:Location",
    "pd:IPAddress",
)
"""What an event can hold (the address weakened): see the event format."""
_METHODS: Final = {
    "allow_all": "the button that allows everything",
    "chosen": "purposes ticked, then saved",
    "refuse_all": "the button that refuses everything",
    "withdrawn": "the button that withdraws",
}


def iso_receipt(facts: ReceiptFacts) -> dict[str, Any]:
    """
    Return the receipt of *facts*, unsigned.

    What was allowed, refused and withdrawn is told with its time; only ``dpv:ConsentGiven`` lets
    processing happen, and a later status goes before an earlier one.
    """
    issuer = f"urn:uuid:{facts.id}#controller"
    return {
        "@context": CONTEXT,
        "@id": f"urn:uuid:{facts.id}",
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": {"@id": RECEIPT},
        "dct:identifier": facts.id,
        "dct:created": instant(facts.at),
        "dct:publisher": {"@id": issuer},
        "dpv:hasRecordOfActivity": _record(facts, issuer),
    }


def _record(facts: ReceiptFacts, issuer: str) -> dict[str, Any]:
    record, terms = facts.record, facts.terms
    allowed = [_process(it, issuer, facts) for it in terms.told(record.purposes, facts.text)]
    refused = [
        _process(it, issuer, facts) | {"dpv:hasConsentStatus": _status("ConsentRefused", facts)}
        for it in terms.told(record.refused, facts.text)
    ]
    return {
        "@id": f"urn:privacykit:consent:{record.record}",
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": {"@id": RECORD},
        "dct:identifier": record.record,
        "dpv:hasDataSubject": {
            "@type": "dpv:DataSubject",
            "dct:identifier": f"holder of the consent cookie {record.record}",
        },
        "dpv:hasDataController": _controller(facts, issuer),
        "dpv:hasJurisdiction": {"@id": f"loc:{record.place or 'ZZ'}"},
        "dpv:hasPolicy": [{"@id": f"urn:privacykit:policy:{it}"} for it in record.policies],
        "dpv:hasNotice": _notices(facts),
        "dpv:hasProcess": [*allowed, *refused],
        "dpv:hasConsentControl": {
            "@type": "dpv:WithdrawConsent",
            "dpv:isExercisedAt": terms.issuer.url or NOT_STATED,
        },
        "dpv:hasRight": {
            "@type": "dpv:DataSubjectRight",
            "dct:title": "withdraw consent at any time; complain to a supervisory authority",
            "dpv:isExercisedAt": terms.issuer.url or NOT_STATED,
        },
        "dpv:hasConsentStatus": _statuses(facts),
        "privacykit:gpcSeen": record.gpc_seen,
    } | ({"privacykit:notInForce": _barred(facts)} if record.barred else {})


def _barred(facts: ReceiptFacts) -> list[dict[str, str]]:
    """Return what was to be allowed and was not in force, and why: no process rests on it."""
    return [{"dct:identifier": id_, "privacykit:by": by} for id_, by in facts.record.barred]


def _statuses(facts: ReceiptFacts) -> list[dict[str, Any]]:
    record = facts.record
    if not record.purposes:
        return [_status("ConsentRefused", facts)]
    end = {"@type": "dpv:UntilTimeDuration", "schema:value": _ends(facts)}
    found = [_status("ConsentGiven", facts) | {"dpv:hasDuration": end}]
    if record.withdrawn_at is not None:
        at, where = record.withdrawn_at, record.withdrawn_interface
        found.append(_status("ConsentWithdrawn", facts, at, where, _METHODS["withdrawn"]))
    elif facts.at > record.given_at + GRANT_SECONDS:
        found.append(_status("ConsentExpired", facts, record.given_at + GRANT_SECONDS))
    return found


def _status(
    kind: str,
    facts: ReceiptFacts,
    at: float | None = None,
    where: str | None = None,
    method: str | None = None,
) -> dict[str, Any]:
    record = facts.record
    place = record.interface if where is None else where
    did = _METHODS.get(record.method, NOT_STATED) if method is None else method
    return {
        "@type": f"dpv:{kind}",
        "dpv:isIndicatedBy": {"@id": "dpv:DataSubject"},
        "dpv:isIndicatedAtTime": instant(record.given_at if at is None else at),
        "dpv:hasIndicationMethod": f"{place or NOT_STATED}: {did}",
    }


def _ends(facts: ReceiptFacts) -> str:
    """Return until when the consent counts, or did: a receipt of what is over says so."""
    ends, withdrawn = facts.record.given_at + GRANT_SECONDS, facts.record.withdrawn_at
    return instant(ends if withdrawn is None else min(ends, withdrawn))


def _notices(facts: ReceiptFacts) -> list[dict[str, Any]]:
    """Return the text that was shown, and the privacy notice that was in force, where known."""
    record = facts.record
    shown = {
        "@id": f"urn:sha256:{record.text_hash}" if record.text_hash else "urn:privacykit:no-text",
        "@type": "dpv:ConsentNotice",
        "dct:hasVersion": record.text_version or NOT_STATED,
        "dct:language": record.language or "und",
    }
    if not record.notice:
        return [shown]
    version, _, day = record.notice.partition("@")
    notice = {
        "@id": f"urn:privacykit:notice:{version}",
        "@type": "dpv:PrivacyNotice",
        "dct:hasVersion": version,
        "dct:issued": day,
        "schema:url": facts.notice_url,
    }
    return [shown, notice]


def _controller(facts: ReceiptFacts, issuer: str) -> dict[str, Any]:
    us = facts.terms.issuer
    return {
        "@id": issuer,
        "@type": "dpv:DataController",
        "schema:name": us.name or NOT_STATED,
        "schema:address": us.address or NOT_STATED,
        "schema:contactPoint": us.contact or NOT_STATED,
        "schema:url": us.url or NOT_STATED,
        "dpv:hasDataProtectionOfficer": {
            "@type": "dpv:DataProtectionOfficer",
            "schema:contactPoint": us.officer or NOT_STATED,
        },
        "privacykit:authority": us.authority or NOT_STATED,
    }


def _process(purpose: ReceiptPurpose, issuer: str, facts: ReceiptFacts) -> dict[str, Any]:
    data = (*_DATA, "pd:Identifier") if purpose.identifies else _DATA
    basis = "ExplicitlyExpressedConsent" if purpose.explicit else "ExpressedConsent"
    kinds = dict.fromkeys(_PURPOSES[use] for use in map(Use, purpose.uses) if use in _PURPOSES)
    others = [
        {"@type": _RECEIVES.get(it.role, "dpv:Recipient"), "schema:name": it.name}
        for it in purpose.recipients
    ]
    return {
        "@type": "dpv:Process",
        "dpv:hasPurpose": {
            "@type": list(kinds) or ["dpv:Purpose"],
            "dct:identifier": purpose.id,
            "dct:title": purpose.label or purpose.id,
            "dct:description": purpose.description or NOT_STATED,
        },
        "dpv:hasLegalBasis": {"@id": f"dpv:{basis}"},
        "dpv:hasPersonalData": [{"@id": kind} for kind in data],
        "dpv:hasRecipient": [{"@id": issuer}, *others],
        "dpv:hasStorageCondition": [
            {"@type": "dpv:StorageDuration", "dpv:hasDuration": purpose.duration},
            {
                "@type": "dpv:StorageLocation",
                "dpv:hasLocation": [
                    {"@id": f"loc:{place}"} for place in facts.terms.issuer.establishments
                ],
            },
        ],
    }
