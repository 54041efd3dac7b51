"""A consent of one visitor, the terms of a shop, and what makes its receipts."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privacykit.collect.consent.receipts import ReceiptMaker
from privacykit.collect.consent.shown import consent_text
from privacykit.collect.consent.terms import (
    Issuer,
    ReceiptPurpose,
    ReceiptRecipient,
    ReceiptTerms,
)
from privacykit.collect.ports import ConsentRecord
from privacykit.collect.site import Purpose

AT = 1_795_262_400.25
TEXT = consent_text(
    [
        Purpose("analytics", ("analytics_storage",), label="Zählung", description="Wie oft."),
        Purpose("ads", ("targeted_ads",), label="Werbung"),
    ],
    {"title": "Ihre Wahl"},
    "de",
)
TERMS = ReceiptTerms(
    Issuer(
        "Shop GmbH",
        "Weg 1, Berlin",
        "privacy@shop.example",
        "dpo@shop.example",
        "Berlin",
        ("DE", "FR"),
        "https://shop.example/privacy/",
    ),
    (
        ReceiptPurpose("analytics", "Counting", "", ("analytics_storage",), 13, 0, identifies=True),
        ReceiptPurpose(
            "ads",
            "Ads",
            "",
            ("targeted_ads", "sale"),
            0,
            90,
            recipients=(ReceiptRecipient("adnet", "third_party"),),
        ),
        ReceiptPurpose("health", "Health", "", ("sensitive_data",), 1, 3, explicit=True),
    ),
)


@pytest.fixture
def record():
    """A consent to one purpose, with a refusal of another."""
    return ConsentRecord(
        "kp_4p4PLhaGNXKT-1F-auw",
        "shop",
        ("analytics",),
        "2026-10",
        ("DE@0123456789ab", "FR@ba9876543210"),
        AT,
        refused=("ads",),
        text_hash=TEXT.hash,
        language="de",
        interface="banner",
        place="DE",
        method="chosen",
    )


@pytest.fixture
def key():
    """The key that signs, always the same."""
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def maker(key):
    """What makes receipts."""
    return ReceiptMaker(TERMS, key, [key.public_key()])
