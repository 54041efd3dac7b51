"""Texts shown: kept under the hash of every word of them."""

from __future__ import annotations

import hashlib
import json

import pytest

from privacykit.collect.consent.shown import consent_text, refused_at
from privacykit.collect.site import Purpose

PURPOSE = Purpose("ads", ("sale",), label="Ads", description="Of others.")


def test_a_text_is_found_by_its_hash():
    """Anybody can compute it from the text as it is exported."""
    text = consent_text([PURPOSE], {"title": "Wahl"}, "de")
    assert hashlib.sha256(text.body).hexdigest() == text.hash
    assert json.loads(text.body)["words"] == {"title": "Wahl"}


@pytest.mark.parametrize(
    "other",
    [
        consent_text([PURPOSE], {"title": "Wahl!"}, "de"),
        consent_text([PURPOSE], {"title": "Wahl"}, "en"),
        consent_text([], {"title": "Wahl"}, "de"),
    ],
    ids=["word", "language", "purpose"],
)
def test_another_text_has_another_hash(other):
    """One word is enough."""
    assert consent_text([PURPOSE], {"title": "Wahl"}, "de").hash != other.hash


def test_a_refusal_keeps_the_hour():
    """To the second it could be matched with a visit."""
    assert refused_at(1_795_265_999.9) == 1_795_262_400
