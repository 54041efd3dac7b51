"""
The notice as linked data: JSON-LD in the terms of the W3C Data Privacy Vocabularies 2. Pure.

Every term is one of DPV 2.3 (``tests/vectors`` has the list): terms moved between versions, and
those of DPV 1 for the expiry of storage are gone. The context stands inside: nothing is fetched.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from privacykit.documents.facts.california import is_special
from privacykit.documents.facts.parts import DataActivity, RecipientFact
from privacykit.documents.model import DocumentModel
from privacykit.documents.pages.view import text_of
from privacykit.documents.pages.writer import Writer
from privacykit.documents.saying.activities import ARTICLES, basis_of
from privacykit.documents.statement import NoticeItem
from privacykit.documents.values import iso_duration
from privacykit.personal.categories import within

CONTEXT: Final = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "loc": "https://w3id.org/dpv/loc#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
USES: Final = {
    "strictly_necessary": "dpv:ServiceProvision",
    "analytics_storage": "dpv:ServiceUsageAnalytics",
    "analytics_no_storage": "dpv:ServiceUsageAnalytics",
    "targeted_ads": "dpv:TargetedAdvertising",
    "sale": "dpv:SellDataToThirdParties",
    "sensitive_sale": "dpv:SellDataToThirdParties",
}
"""Purposes of DPV that the law's uses are kinds of."""
OWN: Final = {
    "own-choices": "dpv:LegalCompliance",
    "own-requests": "dpv:RightsFulfilment",
    "own-suppression": "dpv:RightsFulfilment",
    "own-audit": "dpv:LegalCompliance",
}
CATEGORIES: Final = (
    ("user.account", "pd:AccountIdentifier"),
    ("user.account.username", "pd:Username"),
    ("user.authorization", "pd:Authenticating"),
    ("user.behavior", "pd:Behavioural"),
    ("user.behavior.browsing_history", "pd:BrowsingBehaviour"),
    ("user.behavior.purchase_history", "pd:PurchasesAndSpendingHabit"),
    ("user.biometric", "pd:Biometric"),
    ("user.biometrics", "pd:Biometric"),
    ("user.contact", "pd:Contact"),
    ("user.contact.address", "pd:PhysicalAddress"),
    ("user.contact.email", "pd:EmailAddress"),
    ("user.contact.phone_number", "pd:TelephoneNumber"),
    ("user.criminal_history", "pd:Criminal"),
    ("user.demographic", "pd:Demographic"),
    ("user.demographic.language", "pd:Language"),
    ("user.demographic.political_opinion", "pd:PoliticalOpinion"),
    ("user.demographic.race_ethnicity", "pd:EthnicOrigin"),
    ("user.demographic.religious_belief", "pd:ReligiousBelief"),
    ("user.demographic.union_membership", "pd:TradeUnionMembership"),
    ("user.device", "pd:DeviceBased"),
    ("user.device.ip_address", "pd:IPAddress"),
    ("user.financial", "pd:Financial"),
    ("user.government_id", "pd:OfficialID"),
    ("user.health", "pd:Health"),
    ("user.health_and_medical", "pd:Health"),
    ("user.job_title", "pd:Job"),
    ("user.location", "pd:Location"),
    ("user.name", "pd:Name"),
    ("user.payment", "pd:Transactional"),
    ("user.privacy_preferences", "pd:PrivacyPreference"),
    ("user.professional_information", "pd:Professional"),
    ("user.social", "pd:Social"),
    ("user.unique_id", "pd:Identifier"),
)
"""Branches of fideslang to DPV-PD; the longest branch that holds a key decides."""
OTHERWISE: Final = "dpv:PersonalData"
SPECIAL: Final = "dpv:SpecialCategoryPersonalData"
_MEASURES: Final = {
    "address_cut": "dpv:DataSanitisationTechnique",
    "address_keyed": "dpv:Pseudonymisation",
    "ids_day": "dpv:Pseudonymisation",
    "transport": "dpv:EncryptionInTransfer",
    "audited": "dpv:RecordManagement",
}


def dpv_text(model: DocumentModel, writer: Writer) -> str:
    """Return the notice as JSON-LD, indented; the same model gives the same bytes."""
    encoded = msgspec.json.encode(dpv_document(model, writer))
    return msgspec.json.format(encoded, indent=2).decode() + "\n"


def dpv_document(model: DocumentModel, writer: Writer) -> dict[str, Any]:
    """Return the notice as a JSON-LD document: controller, recipients, a process an activity."""
    controller = _controller(model)
    recipients = {one.id: _recipient(one) for one in model.facts.recipients if one.name}
    return {
        "@context": dict(CONTEXT),
        "@graph": [
            controller,
            *recipients.values(),
            {
                "@id": f"urn:privacykit:notice:{model.version}",
                "@type": "dpv:PrivacyNotice",
                "dct:language": writer.language,
                "dct:hasVersion": model.version,
            },
            *(_process(model, one, writer, recipients) for one in model.facts.activities),
        ],
    }


def category_term(key: str) -> str:
    """Return the term of DPV-PD for the fideslang *key*."""
    fitting = [(len(branch), term) for branch, term in CATEGORIES if within(key, branch)]
    return max(fitting)[1] if fitting else OTHERWISE


def _controller(model: DocumentModel) -> dict[str, Any]:
    site = model.facts.site
    known = {
        "dpv:hasName": site.name,
        "dpv:hasAddress": site.address,
        "dpv:hasContact": site.contact,
    }
    return {
        "@id": "urn:privacykit:controller",
        "@type": "dpv:DataController",
        **{key: text for key, text in known.items() if text},
    }


def _recipient(one: RecipientFact) -> dict[str, Any]:
    kind = "dpv:ThirdParty" if one.role == "third_party" else "dpv:DataProcessor"
    made: dict[str, Any] = {
        "@id": f"urn:privacykit:recipient:{_slug(one.name)}",
        "@type": kind,
        "dpv:hasName": one.name,
    }
    if one.country:
        made["dpv:hasCountry"] = {"@id": f"loc:{one.country}"}
    return made


def _process(
    model: DocumentModel,
    activity: DataActivity,
    writer: Writer,
    recipients: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    mark = next(one.mark for one in model.statements if one.id == f"purpose.{activity.id}")
    made: dict[str, Any] = {
        "@id": f"urn:privacykit:process:{mark}",
        "@type": "dpv:Process",
        "dct:title": {
            "@value": text_of(writer.value(activity.label)),
            "@language": writer.language,
        },
        "dpv:hasDataController": {"@id": "urn:privacykit:controller"},
        "dpv:hasNotice": {"@id": f"urn:privacykit:notice:{model.version}"},
        "dpv:hasPurpose": _ids(_purposes(activity)),
        "dpv:hasPersonalData": _ids(_data(activity)),
        "dpv:hasProcessing": _ids(
            ["dpv:Collect", "dpv:Store", "dpv:Use", *(["dpv:Share"] if activity.recipients else [])]
        ),
    }
    receiving = [recipients[id_]["@id"] for id_ in activity.recipients if id_ in recipients]
    if receiving:
        made["dpv:hasRecipient"] = _ids(receiving)
    bases = _bases(model, activity)
    if bases:
        made["dpv:hasLegalBasis"] = _ids(bases)
    storage = _storage(activity)
    if storage:
        made["dpv:hasStorageCondition"] = storage
    measures = _measures(model, activity)
    if measures:
        made["dpv:hasTechnicalOrganisationalMeasure"] = _ids(measures)
    return made


def _purposes(activity: DataActivity) -> list[str]:
    if activity.origin == "own":
        return [OWN[activity.id]]
    return sorted({USES.get(use, "dpv:Purpose") for use in activity.uses}) or ["dpv:Purpose"]


def _data(activity: DataActivity) -> list[str]:
    terms = {category_term(key) for key in activity.categories}
    special = {SPECIAL} if any(is_special(key) for key in activity.categories) else set()
    return sorted(terms | special)


def _bases(model: DocumentModel, activity: DataActivity) -> list[str]:
    for law in model.facts.laws:
        if law.family == "gdpr":
            basis, _, _ = basis_of(activity, law)
            return [f"eu-gdpr:A6-1-{ARTICLES[basis]}"] if basis else []
    return []


def _storage(activity: DataActivity) -> list[dict[str, Any]]:
    return [
        {
            "@type": "dpv:StorageDuration",
            "dpv:hasDuration": {"@value": iso_duration(kept.span), "@type": "xsd:duration"},
        }
        for kept in activity.kept
        if kept.span is not None
    ]


def _measures(model: DocumentModel, activity: DataActivity) -> list[str]:
    if activity.origin == "map":
        return []
    said = [one.words for one in model.statements if one.item is NoticeItem.PROTECTION]
    return sorted({_MEASURES[words] for words in said if words in _MEASURES})


def _ids(terms: list[str]) -> list[dict[str, str]]:
    return [{"@id": term} for term in terms]


def _slug(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())
