"""The impact assessment: what speaks for one and by which text; never a verdict."""

from __future__ import annotations

import pytest

from privacykit.documents.assessment.draft import assessment_document, assessment_page
from privacykit.documents.assessment.triggers import triggers_of
from privacykit.documents.evidence import Measured
from privacykit.documents.pages.markdown import markdown_page
from tests.documents.samples import (
    ALL,
    CONSENTED,
    COOKIELESS,
    MAP,
    SOLD,
    by_law,
    given,
    model,
    writer,
)


def found(text=CONSENTED, datamap="", **more):
    """Return the ids of what speaks for an assessment."""
    one = given(text, datamap, **more)
    return [it.id for it in triggers_of(model(text, datamap).facts, one)]


@pytest.mark.parametrize(
    ("text", "datamap", "expected"),
    [
        (COOKIELESS, "", []),
        (CONSENTED, "", ["monitoring", "matching"]),
        (CONSENTED, MAP, ["monitoring", "sensitive", "matching"]),
        (by_law(SOLD, "gdpr"), "", ["scoring", "sensitive", "third_party"]),
        (SOLD, "", ["ca_sale", "ca_sensitive", "us_ads", "us_sale", "us_sensitive"]),
        (by_law(CONSENTED, "pipl"), MAP, ["pipl_sensitive", "pipl_others", "pipl_abroad"]),
        (by_law(CONSENTED, "lgpd"), "", ["lgpd"]),
        (by_law(CONSENTED, "app"), MAP, []),
    ],
)
def test_what_speaks_for_an_assessment_is_found(text, datamap, expected):
    """By the law under which the notice is written."""
    assert found(text, datamap) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            'hosts = ["verein.example"]',
            'hosts = ["verein.example"]\naudience = { child_directed = true }',
            "vulnerable",
        ),
        ('automated_decisions = "none"', 'automated_decisions = "credit is refused"', "automated"),
        ("[choice]", '[ip]\nmode = "keep"\nbasis = "security"\n[choice]', "whole_address"),
        ('uses = ["analytics_no_storage"]', 'uses = ["profiling_significant"]', "scoring"),
    ],
)
def test_a_change_of_the_configuration_is_found(before, after, expected):
    """Children, decisions, whole addresses, profiles."""
    assert before in COOKIELESS
    assert found(COOKIELESS.replace(before, after, 1)) == [expected]


def test_large_scale_is_counted():
    """From a number of ours on: WP 248 names none."""
    assert found(COOKIELESS, measured=Measured(visitor_days=99_999)) == []
    assert found(COOKIELESS, measured=Measured(visitor_days=100_000)) == ["large"]


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_draft_is_advice(name):
    """It says what is known, asks people for the rest, and decides nothing."""
    text, datamap = ALL[name]
    page = markdown_page(assessment_page(model(text, datamap), given(text, datamap), writer()))
    assert page.count("To be written by people") == 4
    assert "This is advice and no verdict" in page
    document = assessment_document(model(text, datamap), given(text, datamap), writer())
    assert document["to_fill"] == ["necessity", "risks", "people", "decision"]
    assert not {"due", "verdict", "required"} & set(document)


def test_every_trigger_has_its_text_and_its_source():
    """Which criterion, why, and where the criterion stands."""
    document = assessment_document(model(CONSENTED, MAP), given(CONSENTED, MAP), writer())
    sensitive = next(it for it in document["triggers"] if it["id"] == "sensitive")
    assert sensitive == {
        "id": "sensitive",
        "law": "gdpr",
        "criterion": True,
        "text": "sensitive data: health",
        "citation": "WP 248 rev.01, criterion 4",
        "confidence": "reported",
        "sources": [
            "datamap.toml: collections.shop.customers",
            "datamap.toml: collections.shop.orders",
        ],
    }
    assert document["criteria"] == 3


def test_risks_follow_from_what_is_done():
    """Links over days, recipients abroad, special categories, long times, whole addresses."""
    text = CONSENTED.replace("[notice]\n", '[ip]\nmode = "keep"\nbasis = "security"\n[notice]\n', 1)
    text = text.replace('name = "mirror"', 'name = "mirror"\nrole = "third_party"')
    document = assessment_document(model(text, MAP), given(text, MAP), writer())
    assert document["risks"] == [
        "visits of one person could be linked for longer than a day",
        "whole network addresses could name people",
        "special categories of data could become known: health",
        "authorities abroad could reach the data: Matomo Cloud",
        "a recipient could use the data for other ends: Mirror SARL",
        "data that is kept for long could be used otherwise: Orders, 3 years",
        "data that is kept for long could be used otherwise: Your choices, 3 years",
    ]
