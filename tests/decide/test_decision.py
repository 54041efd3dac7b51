"""Decisions over the shipped policies: the checks of an entry, each by a case of law."""

from datetime import date

import pytest

from privacykit.decide.codes import ANSWERED_BY_GRANT, LETS_PASS
from privacykit.decide.decision import (
    Consent,
    Decision,
    Signals,
    decide,
    label_set,
    of_operator,
    weigh,
)
from privacykit.policy.audience import Audience
from privacykit.policy.verdict import Verdict
from privacykit.settings.policies import shipped_policies

TODAY = date(2026, 11, 21)


def answer(
    place,
    use,
    *,
    on=TODAY,
    audience=None,
    properties=None,
    scope="everywhere",
    strict=False,
    residence=None,
    **signals,
) -> Decision:
    """Decide one case over the shipped policies."""
    audience = Audience(**(audience or {}))
    policies = shipped_policies().applicable(place, on=on, audience=audience, residence=residence)
    return decide(
        policies,
        use,
        signals=Signals(**signals),
        audience=audience,
        properties=properties or {},
        on=on,
        gpc_scope=scope,
        strict=strict,
    )


def told(decision):
    """Give the verdict and the code of the reason that decided."""
    return decision.verdict.word, decision.reasons[0].code


def test_strictly_necessary_passes_even_after_a_refusal():
    """Security and the consent record itself do not wait for consent."""
    decision = answer("FR", "strictly_necessary", consent=Consent.DENIED, gpc=True)
    assert told(decision) == ("allow", "strictly_necessary")


def test_opt_in_waits_for_consent():
    """German analytics storage has no exemption."""
    assert told(answer("DE", "analytics_storage")) == ("needs_consent", "consent_needed")


def test_opt_in_passes_with_consent():
    """A grant is enough for ordinary opt-in."""
    decision = answer("DE", "analytics_storage", consent=Consent.GRANTED)
    assert told(decision) == ("allow", "consent")


def test_plain_consent_is_not_explicit_consent():
    """Special categories need explicit consent (GDPR Art. 9(2)(a))."""
    decision = answer("DE", "sensitive_data", consent=Consent.GRANTED)
    assert told(decision) == ("needs_consent", "explicit_consent_needed")


@pytest.mark.parametrize(
    ("signals", "code"),
    [
        ({"consent": Consent.DENIED}, "refused"),
        ({"consent": Consent.WITHDRAWN}, "withdrawn"),
        ({"opted_out": True}, "opted_out"),
    ],
)
def test_a_refusal_beats_every_default(signals, code):
    """Whoever says no is not measured, even where the law asks for notice only."""
    assert told(answer("US-CA", "analytics_storage", **signals)) == ("deny", code)


def test_gpc_opts_out_of_sale_everywhere_by_default():
    """Virginia has no signal duty; we honour the signal all the same."""
    assert told(answer("US-VA", "sale", gpc=True)) == ("deny", "gpc")


def test_gpc_is_not_honoured_beyond_the_law_when_configured_so():
    """The legal minimum leaves Virginia alone."""
    decision = answer("US-VA", "sale", gpc=True, scope="mandated")
    assert told(decision) == ("allow", "opt_out")


@pytest.mark.parametrize(
    ("on", "verdict"), [(date(2025, 12, 31), "allow"), (date(2026, 1, 1), "deny")]
)
def test_the_duty_to_honour_gpc_has_its_own_first_day(on, verdict):
    """Oregon's act began in 2024, its signal duty in 2026."""
    decision = answer("US-OR", "sale", on=on, gpc=True, scope="mandated")
    assert decision.verdict.word == verdict


def test_gpc_never_stops_first_party_analytics():
    """The signal is an opt-out of sale and ads, not of measuring one's own site."""
    decision = answer("US-CA", "analytics_storage", gpc=True, properties={"first_party": True})
    assert told(decision) == ("allow", "notice")


def test_analytics_by_a_third_party_for_its_own_ends_is_a_sale():
    """Where the tool is no service provider, the opt-out of sale reaches it."""
    decision = answer("US-CA", "analytics_storage", gpc=True, properties={"first_party": False})
    assert told(decision) == ("deny", "gpc")


def test_a_service_provider_is_no_third_party():
    """First-party analytics through a service provider stays outside the signal."""
    properties = {"first_party": False, "via_service_provider": True}
    decision = answer("US-CA", "analytics_storage", gpc=True, properties=properties)
    assert decision.verdict.word == "allow"


def test_gpc_beats_an_earlier_accept_all():
    """A stored grant does not survive a signal it did not know of."""
    assert told(answer("US-CO", "sale", gpc=True, consent=Consent.GRANTED)) == ("deny", "gpc")


@pytest.mark.parametrize(
    ("place", "signals", "expected"),
    [
        ("US-CO", {}, ("needs_consent", "consent_needed")),
        ("US-CO", {"consent": Consent.GRANTED}, ("needs_consent", "consent_before_signal")),
        ("US-CO", {"consent": Consent.GRANTED, "consent_after_gpc": True}, ("allow", "consent")),
        ("US-UT", {}, ("deny", "gpc")),
        ("US-CA", {"consent": Consent.GRANTED}, ("deny", "gpc")),
        ("US-WA", {"signed_authorization": True}, ("allow", "signature")),
    ],
)
def test_a_sale_of_sensitive_data_is_a_sale(place, signals, expected):
    """The signal voids an earlier consent, and is the opt-out where none is needed."""
    assert told(answer(place, "sensitive_sale", gpc=True, **signals)) == expected


def test_consent_after_a_clear_notice_of_the_conflict_beats_gpc():
    """An explicit choice made here after the signal is the latest word."""
    decision = answer("US-CO", "sale", gpc=True, consent=Consent.GRANTED, consent_after_gpc=True)
    assert decision.verdict.word == "allow"


@pytest.mark.parametrize(
    ("place", "scope", "verdict"),
    [
        ("US-NJ", "everywhere", "deny"),
        ("US-NJ", "mandated", "allow"),
        ("US-CO", "everywhere", "allow"),
    ],
)
def test_gpc_reaches_profiling_in_new_jersey_only_beyond_the_duty(place, scope, verdict):
    """The duty speaks of ads and sale; the policy says what the signal stops beyond it."""
    decision = answer(place, "profiling_significant", gpc=True, scope=scope)
    assert decision.verdict.word == verdict


def test_gpc_is_a_request_to_limit_sensitive_data_in_california():
    """The Californian signal carries the limit request."""
    assert told(answer("US-CA", "sensitive_data", gpc=True)) == ("deny", "gpc")


def test_dnt_is_an_objection_to_legitimate_interest():
    """In the EU the header objects to analytics that rests on no consent."""
    decision = answer("FR", "analytics_no_storage", dnt=True)
    assert told(decision) == ("deny", "dnt_objection")


def test_dnt_says_nothing_where_consent_is_asked():
    """Under opt-in there is nothing to object to yet."""
    assert told(answer("DE", "analytics_storage", dnt=True)) == (
        "needs_consent",
        "consent_needed",
    )


def test_dnt_has_no_effect_in_the_united_states():
    """No state act gives it effect."""
    assert answer("US-CA", "analytics_storage", dnt=True).verdict.word == "allow"


FRENCH_EXEMPTION = {
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
}


def test_the_exemption_needs_every_condition_stated():
    """All ten French conditions hold: no consent is needed."""
    decision = answer("FR", "analytics_storage", properties=FRENCH_EXEMPTION)
    assert told(decision) == ("allow", "exempt")


@pytest.mark.parametrize("missing", sorted(FRENCH_EXEMPTION))
def test_an_unstated_condition_is_not_met(missing):
    """Silence about one condition loses the exemption."""
    properties = {k: v for k, v in FRENCH_EXEMPTION.items() if k != missing}
    decision = answer("FR", "analytics_storage", properties=properties)
    assert told(decision) == ("needs_consent", "conditions_not_met")


UNSETTLED = {
    "no_device_storage": True,
    "ip_truncated_min_last_octet": True,
    "identifier_hours": 24,
    "cross_site_or_cross_app_tracking": False,
}


def test_unsettled_analytics_pass_on_four_conditions():
    """Nothing stored, address weakened, id of a day, one site: we take the risk and say so."""
    decision = answer("DE", "analytics_no_storage", properties=UNSETTLED)
    assert told(decision) == ("allow", "unsettled")


@pytest.mark.parametrize(
    "change",
    [
        {"no_device_storage": False},
        {"ip_truncated_min_last_octet": False},
        {"identifier_hours": 25},
        {"cross_site_or_cross_app_tracking": True},
        {"conditions_met": True, "identifier_hours": 25},
    ],
    ids=str,
)
def test_unsettled_analytics_lose_with_one_condition(change):
    """What the runtime measures wins over what is declared as a whole."""
    decision = answer("DE", "analytics_no_storage", properties=UNSETTLED | change)
    assert told(decision) == ("needs_consent", "unsettled_conditions")


@pytest.mark.parametrize(
    ("properties", "verdict"),
    [
        ({"conditions_met": True}, "allow"),
        ({"conditions_met": True, "ip_truncated_min_last_octet": True}, "allow"),
        ({"conditions_met": True, "ip_truncated_min_last_octet": False}, "needs_consent"),
        ({"conditions_met": True, "cross_site_or_cross_app_tracking": True}, "needs_consent"),
        ({"ip_truncated_min_last_octet": True}, "needs_consent"),
        ({}, "needs_consent"),
    ],
)
def test_the_four_conditions_may_be_declared_as_one(properties, verdict):
    """Where nothing is measured, and nothing stated contradicts it."""
    decision = answer("DE", "analytics_no_storage", properties=properties)
    assert decision.verdict.word == verdict


def test_a_parent_does_not_speak_for_the_signal():
    """Parental consent alone does not say that it came after the signal."""
    decision = answer(
        "US-CA", "sale", age=9, gpc=True, parental_consent=True, consent_after_gpc=True
    )
    assert told(decision) == ("deny", "gpc")


def test_strict_mode_takes_no_risk():
    """Strict asks for consent wherever the permissive rule is unsure."""
    decision = answer("DE", "analytics_no_storage", properties=UNSETTLED, strict=True)
    assert told(decision) == ("needs_consent", "unsettled_strict")


@pytest.mark.parametrize(
    ("place", "use", "age", "on", "verdict"),
    [
        ("US-CT", "targeted_ads", 17, date(2026, 6, 30), "allow"),
        ("US-CT", "targeted_ads", 17, date(2026, 7, 1), "deny"),
        ("US-MD", "sale", 17, TODAY, "deny"),
        ("US-OR", "targeted_ads", 15, TODAY, "deny"),
        ("US-OR", "targeted_ads", 16, TODAY, "allow"),
        ("IN", "targeted_ads", 17, date(2027, 5, 12), "allow"),
        ("IN", "targeted_ads", 17, date(2027, 5, 13), "deny"),
        ("BR", "targeted_ads", 17, TODAY, "deny"),
        ("US-CT", "targeted_ads", 5, TODAY, "deny"),
    ],
)
def test_bans_for_minors_yield_to_no_consent(place, use, age, on, verdict):
    """A ban has no lower age, and neither the minor's consent nor a parent's cures it."""
    decision = answer(
        place, use, on=on, age=age, consent=Consent.GRANTED_EXPLICIT, parental_consent=True
    )
    assert decision.verdict.word == verdict


def test_platforms_show_no_profiled_ads_to_minors_in_the_eu():
    """DSA Art. 28(2) binds online platforms only."""
    minor = {"age": 17, "consent": Consent.GRANTED}
    on_platform = answer("DE", "targeted_ads", audience={"online_platform": True}, **minor)
    elsewhere = answer("DE", "targeted_ads", **minor)
    assert (on_platform.verdict.word, elsewhere.verdict.word) == ("deny", "allow")


def test_below_the_age_of_consent_no_child_decides_alone():
    """A German child of 15 cannot consent alone."""
    decision = answer("DE", "targeted_ads", age=15, consent=Consent.GRANTED)
    assert told(decision) == ("needs_consent", "parent_needed")


def test_a_parent_may_agree_for_the_child():
    """Below the age a parent's consent is the consent."""
    decision = answer("DE", "targeted_ads", age=15, parental_consent=True)
    assert told(decision) == ("allow", "parental_consent")


@pytest.mark.parametrize(
    ("consent", "parent", "verdict"),
    [
        (Consent.GRANTED, False, "needs_consent"),
        (Consent.NONE, True, "needs_consent"),
        (Consent.GRANTED, True, "allow"),
    ],
)
def test_french_children_consent_together_with_a_parent(consent, parent, verdict):
    """Below 15 the consent is joint (Loi 78-17 Art. 45)."""
    decision = answer("FR", "targeted_ads", age=14, consent=consent, parental_consent=parent)
    assert decision.verdict.word == verdict


def test_age_is_never_guessed():
    """Without a sign of age adult rules hold, unless the service addresses children."""
    adult = answer("US-CA", "targeted_ads")
    child = answer("US-CA", "targeted_ads", audience={"child_directed": True})
    assert (adult.verdict.word, told(child)) == ("allow", ("needs_consent", "parent_needed"))


def test_internal_operations_need_no_parent():
    """COPPA lets a site keep itself running; ads are no internal operation."""
    inside = {"support_for_internal_operations": True}
    analytics = answer("US-CA", "analytics_storage", age=9, properties=inside)
    ads = answer("US-CA", "targeted_ads", age=9, properties=inside)
    assert (analytics.verdict.word, ads.verdict.word) == ("allow", "needs_consent")


def test_a_teenager_must_agree_where_an_adult_need_not():
    """California asks 13 to 15 year olds to opt in to sale."""
    decision = answer("US-CA", "sale", age=15)
    assert told(decision) == ("needs_consent", "minor_consent_needed")


@pytest.mark.parametrize(
    ("place", "on", "kind", "verdict"),
    [
        ("US-MD", TODAY, "health", "deny"),
        ("US-NJ", date(2026, 6, 29), "health", "allow"),
        ("US-NJ", date(2026, 6, 30), "health", "deny"),
        ("US-VA", date(2026, 6, 30), "precise_geolocation", "allow"),
        ("US-VA", date(2026, 7, 1), "precise_geolocation", "deny"),
        ("US-VA", date(2026, 7, 1), "biometric", "allow"),
        ("US-OR", TODAY, "precise_geolocation", "deny"),
    ],
)
def test_some_sales_no_consent_can_cure(place, on, kind, verdict):
    """Sensitive data in Maryland and New Jersey, precise location in Virginia and Oregon."""
    decision = answer(
        place,
        "sensitive_sale",
        on=on,
        consent=Consent.GRANTED_EXPLICIT,
        properties={"data_type": kind},
    )
    assert decision.verdict.word == verdict


def test_a_sale_of_precise_location_is_a_sensitive_sale_by_any_name():
    """Calling it a plain sale does not lift the ban."""
    decision = answer("US-VA", "sale", properties={"data_type": "precise_geolocation"})
    assert told(decision) == ("deny", "prohibited")


def test_maryland_lets_sensitive_data_pass_only_where_strictly_necessary():
    """Consent does not cure it."""
    consent = {"consent": Consent.GRANTED_EXPLICIT}
    needed = {"strictly_necessary": True}
    assert told(answer("US-MD", "sensitive_data", **consent)) == ("deny", "only_if_necessary")
    assert told(answer("US-MD", "sensitive_data", properties=needed)) == ("allow", "necessary")


def test_health_data_in_washington_is_sold_only_with_a_signature():
    """My Health My Data asks for a signed authorisation, not for consent."""
    health = {"data_type": "consumer_health_data"}
    granted = {"consent": Consent.GRANTED_EXPLICIT, "properties": health}
    assert told(answer("US-WA", "sensitive_sale", **granted)) == (
        "needs_consent",
        "signature_needed",
    )
    assert told(answer("US-WA", "sensitive_sale", signed_authorization=True, **granted)) == (
        "allow",
        "signature",
    )


def test_other_sensitive_data_in_washington_follow_the_federal_rule():
    """The health act speaks of health data only."""
    decision = answer("US-WA", "sensitive_data", properties={"data_type": "biometric"})
    assert decision.reasons[0].clause == "US: rules.sensitive_data"


def test_a_missing_rule_denies_significant_uses():
    """Chile's old act says nothing of automated decisions."""
    decision = answer("CL", "profiling_significant", consent=Consent.GRANTED_EXPLICIT)
    assert told(decision) == ("deny", "no_rule")


def test_an_unknown_use_is_denied():
    """A word no law knows gets nothing."""
    assert told(answer("DE", "mind_reading")) == ("deny", "unknown_use")


def test_no_policy_is_no_permission():
    """An empty set of policies allows nothing."""
    decision = decide((), "sale", signals=Signals(), audience=Audience(), properties={}, on=TODAY)
    assert told(decision) == ("deny", "no_policy")


def test_an_old_grant_must_be_given_again():
    """French guidance lets a consent live six months."""
    decision = answer("FR", "targeted_ads", consent=Consent.GRANTED, months_since_consent=6)
    assert told(decision) == ("needs_consent", "consent_expired")


@pytest.mark.parametrize(
    ("place", "signals", "expected"),
    [
        ("FR", {"consent": Consent.DENIED, "months_since_refusal": 5}, ("deny", "wait")),
        ("FR", {"consent": Consent.DENIED, "months_since_refusal": 6}, ("allow", "wait_over")),
        ("US-CA", {"opted_out": True, "months_since_refusal": 11}, ("deny", "wait")),
        ("US-CA", {"opted_out": True}, ("deny", "wait_unknown")),
        ("US-CA", {"gpc": True}, ("deny", "wait_unknown")),
        ("DE", {"consent": Consent.DENIED, "months_since_refusal": 0}, ("allow", "no_wait")),
        ("FR", {}, ("allow", "nothing_refused")),
    ],
)
def test_asking_again_waits_as_long_as_the_law_says(place, signals, expected):
    """The months run from the refusal; of unknown age it is fresh."""
    assert told(answer(place, "reprompt", **signals)) == expected


def test_reasons_name_clause_citation_and_confidence():
    """The deciding reason can be looked up."""
    reason = answer("US-MD", "sensitive_sale").reasons[0]
    assert (reason.jurisdiction, reason.clause, reason.citation, reason.confidence) == (
        "US-MD",
        "rules.sensitive_sale",
        "14-4707(a)(2)",
        "verified",
    )


def test_deciding_reasons_come_first():
    """Whoever reads one reason reads the one that counted."""
    decision = answer("US-TX", "targeted_ads", audience={"establishments": ("DE",)})
    assert [r.jurisdiction for r in decision.reasons] == ["DE", "US-TX"]


def test_a_law_that_demands_the_signal_is_told_before_one_that_does_not():
    """However sure we are that Argentina names none, California's duty is the reason."""
    decision = answer("AR", "sale", residence="US-CA", gpc=True)
    told_of = [(r.jurisdiction, r.code, r.confidence) for r in decision.reasons]
    assert told_of == [("US-CA", "gpc", "verified"), ("AR", "gpc", "verified")]


def test_a_long_list_of_policies_has_a_short_name():
    """An unknown place names one hash over all policies, not a hundred."""
    decision = answer("ZZ", "sale")
    (short,) = label_set(decision.policies)
    assert short.startswith("ZZ-ALL@")
    assert label_set(decision.policies[:3]) == decision.policies[:3]


def test_a_large_set_of_one_country_is_named_after_it():
    """So is a state nobody could tell."""
    (short,) = label_set(answer("US", "sale").policies)
    assert short.startswith("US-ALL@")


def test_a_permission_of_the_authority_is_stated_or_missing():
    """Qatar lets nobody process sensitive data without it, whatever the person says."""
    granted = {"consent": Consent.GRANTED_EXPLICIT}
    permitted = {"authority_permission": True}
    assert told(answer("QA", "sensitive_data", **granted)) == ("deny", "permission_needed")
    assert told(answer("QA", "sensitive_data", properties=permitted)) == ("allow", "permission")


BRITISH = {
    "provider_of_information_society_service": True,
    "purpose_only_statistics_to_improve_service": True,
    "shared_with_third_parties": False,
    "user_informed": True,
    "free_simple_objection_offered": True,
    "collects_info_automatically_emitted_by_device": False,
}
"""What an operator can state of the British statistics exception; the rest the visitor says."""


@pytest.mark.parametrize(
    ("said", "told_"),
    [
        ({}, ("allow", "exempt")),
        ({"dnt": True}, ("needs_consent", "conditions_not_met")),
        ({"gpc": True}, ("needs_consent", "conditions_not_met")),
        ({"opted_out": True}, ("deny", "opted_out")),
        ({"consent": Consent.DENIED}, ("deny", "refused")),
        ({"consent": Consent.WITHDRAWN}, ("deny", "withdrawn")),
        ({"dnt": True, "consent": Consent.GRANTED}, ("allow", "consent")),
    ],
)
def test_who_objected_is_known_from_what_they_said(said, told_):
    """The British statistics exception can be met, and ends with any objection."""
    assert told(answer("GB", "analytics_storage", properties=BRITISH, **said)) == told_


@pytest.mark.parametrize(("stated", "verdict"), [(True, "needs_consent"), (False, "allow")])
def test_an_objection_can_be_stated_but_not_denied(stated, verdict):
    """What is declared adds to what the visitor says and takes nothing away."""
    properties = {**BRITISH, "user_objected": stated}
    assert answer("GB", "analytics_storage", properties=properties).verdict.word == verdict
    against = answer("GB", "analytics_storage", properties=properties, dnt=True)
    assert against.verdict.word == "needs_consent"


def test_where_gpc_is_honoured_by_mandate_only_it_is_no_objection_elsewhere():
    """The legal minimum is the operator's own choice."""
    decision = answer("GB", "analytics_storage", properties=BRITISH, gpc=True, scope="mandated")
    assert told(decision) == ("allow", "exempt")


@pytest.mark.parametrize("use", ["analytics_storage", "targeted_ads", "sale", "sensitive_data"])
@pytest.mark.parametrize("consent", [Consent.NONE, Consent.GRANTED])
@pytest.mark.parametrize("home", ["DE", "FR", "US-CA", "GB", "JP", "FR-IDF", "EU"])
def test_the_clause_that_stops_a_grant_is_read_first(use, consent, home):
    """Among the strictest: what no grant answers, then the operator's own place, then the surest."""
    audience = {"establishments": (home,)}
    policies = shipped_policies().applicable("ZZ", on=TODAY, audience=Audience(**audience))
    own = of_operator(policies, Audience(**audience))
    rulings = weigh(
        policies,
        use,
        signals=Signals(consent=consent),
        audience=Audience(**audience),
        properties={},
        on=TODAY,
    )
    sure = ("verified", "quoted", "reported", "unsure")
    keys = [
        (
            -ruling.verdict,
            ruling.reason.code in ANSWERED_BY_GRANT,
            ruling.reason.jurisdiction not in own,
            sure.index(ruling.reason.confidence),
        )
        for ruling in rulings
        if ruling.order[:2] == rulings[0].order[:2] and ruling.verdict > 0
    ]
    assert all((r.reason.code in LETS_PASS) == (r.verdict is Verdict.ALLOW) for r in rulings)
    assert own
    assert keys == sorted(keys)


@pytest.mark.parametrize(
    ("code", "ids"),
    [
        ("DE", {"DE"}),
        ("de", {"DE"}),
        ("FR-IDF", {"FR"}),
        ("EU", {"EU"}),
        ("US-CA", set()),
        ("Germany", set()),
    ],
)
def test_the_law_of_the_operator_is_known_by_place_or_id(code, ids):
    """A region has its own law or the country's; one that follows visitors only is not there."""
    audience = Audience(establishments=(code,))
    policies = shipped_policies().applicable("US-TX", on=TODAY, audience=audience)
    assert of_operator(policies, audience) == ids
