"""Laws of the decision, tried by hypothesis over the shipped policies."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from privacykit.decide.decision import Consent, Signals, decide
from privacykit.policy.audience import Audience
from privacykit.policy.condition import Conditions, PropertyCondition
from privacykit.policy.verdict import Verdict, join
from privacykit.policy.words import Use
from privacykit.settings.policies import shipped_policies

LAW = shipped_policies()
PLACES = sorted(LAW.places())
VERDICTS = st.lists(st.sampled_from(Verdict))


def _stated(conditions):
    for one in (*conditions.every, *conditions.any_of):
        if isinstance(one, PropertyCondition):
            yield one.prop, one.equals if one.equals is not None else one.at_most
        elif isinstance(one, Conditions):
            yield from _stated(one)


GOOD = dict(
    pair
    for policy in LAW
    for rule in policy.rules.values()
    if rule.conditions is not None
    for pair in _stated(rule.conditions)
) | {
    "no_device_storage": True,
    "identifier_hours": 24,
    "support_for_internal_operations": True,
    "strictly_necessary": True,
    "via_service_provider": True,
    "conditions_met": True,
}

days = st.sampled_from(LAW.changes).flatmap(
    lambda day: st.sampled_from([day, day - timedelta(days=1)])
)
uses = st.sampled_from([use.value for use in Use])
odd = st.fixed_dictionaries(
    {},
    optional={
        "data_type": st.sampled_from(["health", "precise_geolocation", "colour"]),
        "first_party": st.booleans(),
        "shared_with_third_parties": st.booleans(),
    },
)
properties = st.builds(
    lambda names, more: {name: GOOD[name] for name in names} | more,
    st.lists(st.sampled_from(sorted(GOOD))),
    odd,
)
audiences = st.builds(
    Audience,
    establishments=st.lists(
        st.sampled_from(["DE", "GB", "MY", "AE-DIFC", "US", "BO"]), max_size=2
    ).map(tuple),
    child_directed=st.booleans(),
    online_platform=st.booleans(),
    data_types=st.frozensets(st.sampled_from(["health", "biometric"])),
    thresholds_met=st.booleans(),
)
signals = st.builds(
    Signals,
    gpc=st.booleans(),
    dnt=st.booleans(),
    consent=st.sampled_from(Consent),
    opted_out=st.booleans(),
    age=st.none() | st.integers(0, 30),
    consent_after_gpc=st.booleans(),
    parental_consent=st.booleans(),
    signed_authorization=st.booleans(),
    months_since_refusal=st.none() | st.integers(0, 30),
    months_since_consent=st.none() | st.integers(0, 30),
)
cases = st.fixed_dictionaries(
    {
        "use": uses,
        "signals": signals,
        "audience": audiences,
        "properties": properties,
        "on": days,
        "gpc_scope": st.sampled_from(["everywhere", "mandated"]),
        "strict": st.booleans(),
    }
)


def at(place, case):
    """Give the policies of *place* for *case*."""
    return LAW.applicable(place, on=case["on"], audience=case["audience"])


def verdict(policies, case, **changes):
    """Decide *case* over *policies*."""
    return decide(tuple(policies), **case | changes).verdict


@given(VERDICTS, VERDICTS, VERDICTS)
def test_joining_is_a_lattice(a, b, c):
    """Idempotent, commutative, associative; one more never loosens."""
    assert join(*a, *a) == join(*a)
    assert join(*a, *b) == join(*b, *a)
    assert join(join(*a, *b), *c) == join(*a, join(*b, *c))
    assert join(*a, *b) >= join(*a)


@given(st.sampled_from(PLACES), st.sampled_from(PLACES), cases)
def test_one_more_policy_never_loosens(place, other, case):
    """The set of two places is at least as strict as each."""
    policies, more = at(place, case), at(other, case)
    both = verdict((*policies, *more), case)
    assert both >= verdict(policies, case)
    assert both >= verdict(more, case)


@given(st.sampled_from(PLACES), st.sampled_from(PLACES), cases)
def test_order_and_repetition_change_no_verdict(place, other, case):
    """A set is a set."""
    policies, more = at(place, case), at(other, case)
    assert verdict((*policies, *more), case) == verdict((*more, *policies, *more), case)


@given(st.sampled_from(PLACES), cases)
def test_unknown_is_at_least_as_strict_as_every_place(place, case):
    """Hiding where one is never gets more collected."""
    assert verdict(at("ZZ", case), case) >= verdict(at(place, case), case)


@given(st.sampled_from([p for p in PLACES if p.startswith(("US-", "CA-"))]), cases)
def test_an_unknown_subdivision_is_at_least_as_strict_as_every_one(place, case):
    """Nor does hiding the state."""
    assert verdict(at(place[:2], case), case) >= verdict(at(place, case), case)


@given(st.sampled_from([*PLACES, "ZZ"]), cases)
def test_a_signal_or_refusal_never_loosens(place, case):
    """Saying no in any way is never answered with more."""
    policies, said = at(place, case), case["signals"]
    before = verdict(policies, case)
    assert verdict(policies, case, signals=replace(said, gpc=True)) >= before
    assert verdict(policies, case, signals=replace(said, dnt=True)) >= before
    assert verdict(policies, case, signals=replace(said, opted_out=True)) >= before
    refused = replace(said, consent=Consent.DENIED)
    assert verdict(policies, case, signals=refused) >= before


@given(st.sampled_from([*PLACES, "ZZ"]), cases, st.integers(0, 30), st.integers(0, 30))
def test_a_lower_age_never_loosens(place, case, one, other):
    """Without a parent's consent the younger visitor is never collected more."""
    policies, said = at(place, case), replace(case["signals"], parental_consent=False)
    young, old = sorted((one, other))
    younger = verdict(policies, case, signals=replace(said, age=young))
    assert younger >= verdict(policies, case, signals=replace(said, age=old))


@given(st.sampled_from([*PLACES, "ZZ"]), cases)
def test_a_child_directed_service_never_collects_more(place, case):
    """Never infer adulthood from silence."""
    said = replace(case["signals"], parental_consent=False)
    adult = replace(case["audience"], child_directed=False)
    child = replace(case["audience"], child_directed=True)
    policies = at(place, case)
    assert verdict(policies, case, audience=child, signals=said) >= verdict(
        policies, case, audience=adult, signals=said
    )


@given(st.sampled_from([*PLACES, "ZZ"]), cases)
def test_caution_never_loosens(place, case):
    """Strict mode and the signal everywhere ask at least as much as their opposites."""
    policies = at(place, case)
    assert verdict(policies, case, strict=True) >= verdict(policies, case, strict=False)
    assert verdict(policies, case, gpc_scope="everywhere") >= verdict(
        policies, case, gpc_scope="mandated"
    )


@given(st.sampled_from([*PLACES, "ZZ"]), cases)
def test_every_answer_gives_its_reasons(place, case):
    """At least one, each with jurisdiction, clause, citation and confidence."""
    decision = decide(at(place, case), **case)
    assert decision.reasons
    for reason in decision.reasons:
        assert all((reason.code, reason.jurisdiction, reason.clause, reason.citation))
        assert reason.confidence in {"verified", "quoted", "reported", "unsure"}


@given(st.sampled_from([*PLACES, "ZZ"]), cases, st.text(), st.integers())
def test_unknown_properties_change_nothing(place, case, name, value):
    """What no rule asks about is ignored."""
    policies = at(place, case)
    more = {f"x_{name}": value} | case["properties"]
    assert verdict(policies, case, properties=more) == verdict(policies, case)
