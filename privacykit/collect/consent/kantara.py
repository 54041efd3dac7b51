"""
Consent receipts after the Kantara Initiative's Consent Receipt Specification 1.1.0. Pure.

The older JSON form (2018). It tells only what was consented to: a refusal has no such receipt.
"""

from __future__ import annotations

from typing import Any, Final

from privacykit.collect.consent.terms import (
    NOT_STATED,
    ReceiptFacts,
    ReceiptPurpose,
    instant,
)
from privacykit.errors import InputError
from privacykit.policy.words import Use
from privacykit.signals.choice.time import GRANT_SECONDS

VERSION: Final = "KI-CR-v1.1.0"
_PURPOSES: Final = {
    Use.STRICTLY_NECESSARY: "1 - Core Function",
    Use.ANALYTICS_STORAGE: "16 - Improve Performance",
    Use.ANALYTICS_NO_STORAGE: "16 - Improve Performance",
    Use.TARGETED_ADS: "6 - Marketing",
    Use.SALE: "11 - 3rd Party Disclosure",
    Use.SENSITIVE_SALE: "11 - 3rd Party Disclosure",
}
"""Categories of purposes of appendix A; a use that none of them names has a word of ours."""
_OTHER: Final = "other"
_DATA: Final = ["browsing", "referrer", "device", "language", "place", "weakened IP address"]


def kantara_receipt(facts: ReceiptFacts, public_key: str) -> dict[str, Any]:
    """
    Return the receipt of *facts*, unsigned.

    Args:
        facts: What it is made of.
        public_key: The key that will sign it.

    Raises:
        InputError: Nothing was consented to.
    """
    record, us = facts.record, facts.terms.issuer
    if not record.purposes:
        raise InputError("a refusal has no Kantara receipt: that form tells consents only")
    purposes = facts.terms.told(record.purposes, facts.text)
    sensitive = [it.label or it.id for it in purposes if it.is_sensitive]
    return {
        "version": VERSION,
        "jurisdiction": record.place or "ZZ",
        "consentTimestamp": int(record.given_at),
        "collectionMethod": f"{record.interface or NOT_STATED}: {record.method or NOT_STATED}",
        "consentReceiptID": facts.id,
        "publicKey": public_key,
        "language": record.language or "und",
        "piiPrincipalId": f"holder of the consent cookie {record.record}",
        "piiControllers": [
            {
                "piiController": us.name or NOT_STATED,
                "onBehalf": False,
                "contact": us.officer or us.contact or NOT_STATED,
                "address": {"streetAddress": us.address or NOT_STATED},
                "email": us.contact if "@" in us.contact else NOT_STATED,
                "phone": NOT_STATED,
            }
        ],
        "policyUrl": facts.notice_url,
        "services": [
            {"service": record.site, "purposes": [_purpose(it, facts) for it in purposes]}
        ],
        "sensitive": bool(sensitive),
        "spiCat": sensitive,
    }


def _purpose(purpose: ReceiptPurpose, facts: ReceiptFacts) -> dict[str, Any]:
    kinds = [_PURPOSES.get(use, _OTHER) for use in map(Use, purpose.uses)] or [_OTHER]
    others = [it.name for it in purpose.recipients]
    told = {
        "purpose": purpose.label or purpose.id,
        "purposeCategory": list(dict.fromkeys(kinds)),
        "consentType": "EXPLICIT",
        "piiCategory": [*_DATA, "identifier"] if purpose.identifies else _DATA,
        "primaryPurpose": False,
        "termination": _termination(purpose, facts),
        "thirdPartyDisclosure": bool(others),
    }
    return told | ({"thirdPartyName": ", ".join(others)} if others else {})


def _termination(purpose: ReceiptPurpose, facts: ReceiptFacts) -> str:
    record, url = facts.record, facts.terms.issuer.url or NOT_STATED
    kept = f"data is kept {purpose.duration}"
    if record.withdrawn_at is not None:
        return f"withdrawn at {instant(record.withdrawn_at)}; {kept}"
    return f"until withdrawn at {url}, at most {instant(record.given_at + GRANT_SECONDS)}; {kept}"
