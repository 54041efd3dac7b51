"""What is declared of a purpose and belied by the rest of the configuration is overruled."""

from datetime import date

import pytest

from privacykit.collect.plans.purpose_terms import _cookie_life
from privacykit.collect.site import PageRule, Purpose, SinkRule, Site, measured
from privacykit.decide.decision import Signals, decide
from privacykit.policy.audience import Audience
from privacykit.pseudonym.addresses.ip import Keep, Truncate
from privacykit.settings.policies import shipped_policies

CLAIMS = {
    "purpose_only_audience_measurement": True,
    "purpose_only_quality_or_effectiveness_information": True,
    "purpose_only_statistics_to_improve_service": True,
    "used_for_profiling_or_individual_treatment": False,
    "output_anonymous_statistics_only": True,
    "shared_with_third_parties": False,
    "raw_data_retention_months": 1,
    "ip_truncated_min_last_octet": True,
    "no_device_storage": True,
    "identifier_hours": 0,
    "cross_site_or_cross_app_tracking": False,
    "non_sensitive": True,
    "special_category_data": False,
    "no_tracking_of_children": True,
}
IP = Truncate(24, 48)
ANYBODY = Audience()


def known(*uses, ip=IP, audience=ANYBODY, sinks=(), **more):
    """What is known of a purpose whose every claim is the best there is."""
    purpose = Purpose("p", uses or ("analytics_storage",), properties=CLAIMS, **more)
    rules = tuple(SinkRule("s", frozenset({"p"}), role) for role in sinks)
    site = Site("s", (), "UTC", audience, (purpose,), PageRule(None), sinks=rules)
    return measured(site, purpose, ip)


@pytest.mark.parametrize(
    ("case", "belied"),
    [
        ({"ip": Keep("a contract")}, {"ip_truncated_min_last_octet"}),
        ({"visitor": "consented"}, {"no_device_storage", "identifier_hours"}),
        ({"visitor": "day"}, {"identifier_hours"}),
        (
            {"sinks": ["third_party"]},
            {"shared_with_third_parties", "cross_site_or_cross_app_tracking"},
        ),
        ({"identified": True}, {"output_anonymous_statistics_only"}),
        ({"retention_months": 2}, {"raw_data_retention_months"}),
        ({"audience": Audience(child_directed=True)}, {"no_tracking_of_children"}),
        ({"audience": Audience(data_types=frozenset({"precise_geolocation"}))}, {"non_sensitive"}),
        (
            {"audience": Audience(data_types=frozenset({"health"}))},
            {"non_sensitive", "special_category_data"},
        ),
    ],
)
def test_each_claim_is_overruled_by_what_belies_it(case, belied):
    """And no other is."""
    plain = {"visitor": "none", "retention_months": 1} | case
    found = known(**plain)
    assert {name for name, claim in CLAIMS.items() if found[name] != claim} == belied


@pytest.mark.parametrize(
    ("use", "profiles"), [("sale", False), ("targeted_ads", True), ("profiling_significant", True)]
)
def test_a_purpose_with_other_uses_does_not_only_measure(use, profiles):
    """Whatever is declared."""
    found = known("analytics_storage", use)
    assert not any(found[name] for name in CLAIMS if name.startswith("purpose_only_"))
    assert found["used_for_profiling_or_individual_treatment"] is profiles


def test_a_claim_belied_costs_the_exemption():
    """In the Netherlands measuring needs no consent, unless it is advertising as well."""
    claims = {"privacy_impact_none_or_minor": True}
    on = date(2026, 11, 28)
    law = shipped_policies().applicable("NL", on=on, audience=Audience())

    def verdict(properties):
        asked = {"signals": Signals(), "audience": Audience(), "on": on}
        return decide(law, "analytics_storage", properties=properties, **asked).verdict.word

    assert verdict(known() | claims) == "allow"
    assert verdict(known("analytics_storage", "targeted_ads") | claims) == "needs_consent"


def test_half_months_of_a_cookie_are_cut_too():
    """A life that is no whole number is a life."""
    purpose = Purpose("p", ("analytics_storage",), properties={"cookie_lifetime_months": 12.5})
    assert _cookie_life(purpose, {"exempt"}) == 380 * 86_400
