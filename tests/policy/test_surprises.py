"""What surprises people most: one case each, and one line in the docs."""

from datetime import date
from pathlib import Path

import pytest

from privacykit.decide.decision import Consent, Signals, decide
from privacykit.policy.audience import Audience
from privacykit.policy.handling import handling
from privacykit.policy.merge import resolve
from privacykit.settings.policies import shipped_policies

TODAY = date(2026, 11, 21)
PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "what-surprises.md"
LAW = shipped_policies()


def verdict(place, use, *, on=TODAY, properties=None, scope="everywhere", audience=None, **signals):
    """Give the verdict of one case."""
    audience = audience or Audience()
    decision = decide(
        LAW.applicable(place, on=on, audience=audience),
        use,
        signals=Signals(**signals),
        audience=audience,
        properties=properties or {},
        on=on,
        gpc_scope=scope,
    )
    return decision.verdict.word


def mandated(place, on=TODAY):
    """Tell whether a signal must stop a sale at *place*."""
    return verdict(place, "sale", on=on, gpc=True, scope="mandated") == "deny"


def test_the_duty_to_honour_gpc_is_of_several_kinds():
    """Nine plain, two conditional; Maryland, Virginia, Utah and others have none."""
    states = [p.id for p in LAW if p.id.startswith("US-") and p.places]
    found = " ".join(state.removeprefix("US-") for state in states if mandated(state))
    assert found == "CA CO CT DE MN MT NE NH NJ OR TX"


def test_gpc_does_not_stop_analytics():
    """Nor profiling; in New Jersey it does, but beyond the duty."""
    assert verdict("US-CA", "analytics_storage", gpc=True) == "allow"
    profiling = "profiling_significant"
    assert verdict("US-NJ", profiling, gpc=True, scope="mandated") == "allow"
    assert verdict("US-NJ", profiling, gpc=True) == "deny"
    assert verdict("US-CT", profiling, gpc=True) == "allow"


@pytest.mark.parametrize(
    ("place", "law", "duty"),
    [
        ("US-OR", date(2024, 7, 1), date(2026, 1, 1)),
        ("US-DE", date(2025, 1, 1), date(2026, 1, 1)),
        ("US-TX", date(2024, 7, 1), date(2025, 1, 1)),
        ("US-MT", date(2024, 10, 1), date(2025, 1, 1)),
        ("US-NJ", date(2025, 1, 15), date(2025, 7, 15)),
    ],
)
def test_the_duty_begins_later_than_the_law(place, law, duty):
    """Between the two days the act is in force and the signal binds nobody."""
    policy = LAW.get(place)
    assert policy is not None
    assert policy.law is not None
    assert policy.law.in_force == law
    assert not mandated(place, law)
    assert mandated(place, duty)


def test_california_since_2026():
    """Show that it was processed; wait twelve months; fifteen business days."""
    policies = LAW.applicable("US-CA", on=TODAY, audience=Audience())
    assert handling(policies, TODAY).show_gpc
    assert verdict("US-CA", "reprompt", opted_out=True, months_since_refusal=11) == "deny"
    assert verdict("US-CA", "reprompt", opted_out=True, months_since_refusal=12) == "allow"
    opt_out = policies[0].facts["deadlines.opt_out"].values
    assert (opt_out["n"], opt_out["unit"]) == (15, "business_days")


@pytest.mark.parametrize(
    ("place", "use", "signals", "properties"),
    [
        ("US-CT", "targeted_ads", {"age": 17}, {}),
        ("US-MD", "targeted_ads", {"age": 17}, {}),
        ("US-OR", "targeted_ads", {"age": 15}, {}),
        ("US-MD", "sensitive_sale", {}, {}),
        ("US-VA", "sensitive_sale", {}, {"data_type": "precise_geolocation"}),
        ("US-OR", "sensitive_sale", {}, {"data_type": "precise_geolocation"}),
        ("FR", "targeted_ads", {"age": 17}, {}),
    ],
)
def test_consent_cannot_cure_everything(place, use, signals, properties):
    """Neither the person's nor a parent's."""
    audience = Audience(online_platform=True)
    agreed = {"consent": Consent.GRANTED_EXPLICIT, "parental_consent": True}
    said = verdict(place, use, properties=properties, audience=audience, **agreed, **signals)
    assert said == "deny"


def test_ages_of_consent_that_tables_get_wrong():
    """Denmark 15, Slovenia 15, France jointly, Norway still 13."""
    consent = {"consent": Consent.GRANTED}
    alone = {
        (place, age): verdict(place, "targeted_ads", age=age, **consent)
        for place in ("DK", "SI", "FR")
        for age in (14, 15)
    }
    assert {key for key, said in alone.items() if said == "allow"} == {
        ("DK", 15),
        ("SI", 15),
        ("FR", 15),
    }
    joint = verdict("FR", "targeted_ads", age=14, parental_consent=True, **consent)
    parent_only = verdict("FR", "targeted_ads", age=14, parental_consent=True)
    assert (joint, parent_only) == ("allow", "needs_consent")
    assert verdict("NO", "targeted_ads", age=13, **consent) == "allow"


EVERYTHING = {
    "purpose_only_audience_measurement": True,
    "sole_benefit_of_publisher": True,
    "output_anonymous_statistics_only": True,
    "combined_with_other_processing": False,
    "shared_with_third_parties": False,
    "cross_site_or_cross_app_tracking": False,
    "cookie_lifetime_months": 13,
    "cookie_lifetime_renewed_on_visit": False,
    "raw_data_retention_months": 25,
    "user_informed": True,
    "first_party": True,
    "purpose_only_quality_or_effectiveness_information": True,
    "privacy_impact_none_or_minor": True,
    "used_for_profiling_or_individual_treatment": False,
    "provider_of_information_society_service": True,
    "purpose_only_statistics_to_improve_service": True,
    "free_simple_objection_offered": True,
    "user_objected": False,
    "collects_info_automatically_emitted_by_device": False,
}


def test_the_analytics_exemption_is_national():
    """With every condition stated, five countries ask for no consent and others still do."""
    exempt = [
        place
        for place in ("AT", "DE", "ES", "FR", "GB", "IE", "IT", "NL")
        if verdict(place, "analytics_storage", properties=EVERYTHING) == "allow"
    ]
    assert exempt == ["ES", "FR", "GB", "IT", "NL"]


def test_the_british_exemption():
    """Its day, its limit, its border."""
    eve = date(2026, 2, 4)
    assert verdict("GB", "analytics_storage", properties=EVERYTHING) == "allow"
    assert verdict("GB", "analytics_storage", on=eve, properties=EVERYTHING) == "needs_consent"
    fingerprint = EVERYTHING | {"collects_info_automatically_emitted_by_device": True}
    assert verdict("GB", "analytics_storage", properties=fingerprint) == "needs_consent"
    assert verdict("GI", "analytics_storage", properties=EVERYTHING) == "needs_consent"


def test_no_cookies_is_no_licence():
    """Without the four conditions consent is needed even where nothing is stored."""
    assert verdict("DE", "analytics_no_storage") == "needs_consent"


def test_eu_law_reaches_codes_that_are_no_member_state():
    """Outermost regions and Åland; not Greenland."""
    for place in ("RE", "GP", "MQ", "GF", "YT", "MF", "AX"):
        (policy,) = LAW.applicable(place, on=TODAY, audience=Audience())
        assert policy.extends == "EU"
    assert "GL" not in LAW.places()


def test_switzerland_and_quebec():
    """Informing and explaining how to refuse is enough in one, consent is needed in the other."""
    informed = {"user_informed": True, "refusal_explained": True}
    assert verdict("CH", "analytics_storage", properties=informed) == "allow"
    assert verdict("CA-QC", "analytics_storage", properties=informed) == "needs_consent"


def test_some_duties_begin_on_coming_days():
    """India: notice until the eve. Chile: significant decisions, which the old act left open."""
    indian = [verdict("IN", "analytics_storage", on=date(2027, 5, day)) for day in (12, 13)]
    assert indian == ["allow", "needs_consent"]
    agreed = {"consent": Consent.GRANTED_EXPLICIT}
    days = (date(2026, 11, 30), date(2026, 12, 1))
    said = [verdict("CL", "profiling_significant", on=day, **agreed) for day in days]
    assert said == ["deny", "allow"]
    assert verdict("CL", "analytics_storage", on=days[0]) == "needs_consent"


@pytest.mark.parametrize("regime", ["MY", "HK", "AE-DIFC", "AE-ADGM"])
def test_some_laws_follow_the_operator(regime):
    """They apply to whoever runs a site from there, and to no mere visitor."""
    abroad = LAW.applicable("NZ", on=TODAY, audience=Audience(establishments=(regime,)))
    visitor = LAW.applicable(regime[:2], on=TODAY, audience=Audience())
    assert regime in {policy.id for policy in abroad}
    assert regime not in {policy.id for policy in visitor}


def test_do_not_track_has_weight_in_europe_only():
    """An objection under Art. 21(5) GDPR; nothing in any state act."""
    calm = {
        "no_device_storage": True,
        "ip_truncated_min_last_octet": True,
        "identifier_hours": 24,
        "cross_site_or_cross_app_tracking": False,
    }
    assert verdict("DE", "analytics_no_storage", dnt=True, properties=calm) == "deny"
    assert verdict("US-CA", "analytics_no_storage", dnt=True, properties=calm) == "allow"
    german = LAW.get("DE")
    assert german is not None
    assert "16 O 420/19" in str(resolve(german, TODAY).dnt)


def test_each_surprise_has_a_line_in_the_docs():
    """And each line names its test."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:1].isdigit()]
    named = {line.rpartition("(`")[2].partition("`)")[0] for line in lines}
    tests = {name for name in globals() if name.startswith("test_")}
    assert len(lines) >= 10
    assert named == tests - {"test_each_surprise_has_a_line_in_the_docs"}
