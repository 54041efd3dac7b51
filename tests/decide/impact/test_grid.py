"""The grid: everything that may be said, and what each policy answers to it."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.decide.decision import Consent, Signals, decide
from privacykit.decide.impact.grid import BITS, Asked, Grid, decided, grid_of, joined
from privacykit.policy.audience import Audience
from privacykit.policy.merge import resolve
from privacykit.policy.verdict import Verdict
from privacykit.policy.words import Use
from privacykit.settings.policies import shipped_policies

DAY = date(2026, 12, 1)
LAW = [resolve(policy, DAY) for policy in shipped_policies()]
GRIDS = {use: grid_of(LAW, use) for use in (Use.SALE, Use.REPROMPT)}
AUDIENCES = [
    Audience(),
    Audience(online_platform=True, child_directed=True),
    Audience(data_types=frozenset({"biometric"})),
]
STATED = [
    {},
    {"data_type": "consumer_health_data"},
    {"data_type": "precise_geolocation", "first_party": False},
    {"no_device_storage": True, "ip_truncated_min_last_octet": True, "identifier_hours": 24}
    | {"cross_site_or_cross_app_tracking": False, "conditions_met": True},
    {"user_informed": True, "refusal_explained": True, "purpose_only_audience_measurement": True},
]


def point_of(grid, signals):
    """Give the point that stands for *signals*: of ages and months the greatest that is not more."""
    point = 0
    for name, values in grid.axes:
        said = getattr(signals, name)
        if said in values:
            at = values.index(said)
        else:
            at = max(i for i, value in enumerate(values) if value is not None and value <= said)
        point = point * len(values) + at
    return point


months = st.none() | st.integers(0, 40)
ordinary = st.builds(
    Signals,
    gpc=st.booleans(),
    dnt=st.booleans(),
    consent=st.sampled_from(Consent),
    opted_out=st.booleans(),
    age=st.none() | st.integers(0, 30),
    consent_after_gpc=st.booleans(),
    parental_consent=st.booleans(),
    signed_authorization=st.booleans(),
    months_since_consent=st.integers(0, 40),
)
again = st.builds(
    Signals,
    gpc=st.booleans(),
    consent=st.sampled_from([Consent.NONE, Consent.DENIED]),
    opted_out=st.booleans(),
    months_since_refusal=months,
)


@settings(max_examples=300, deadline=None)
@given(
    policy=st.sampled_from(LAW),
    use=st.sampled_from([use for use in Use if use != Use.STRICTLY_NECESSARY]),
    audience=st.sampled_from(AUDIENCES),
    stated=st.sampled_from(STATED),
    scope=st.sampled_from(["everywhere", "mandated"]),
    strict=st.booleans(),
    data=st.data(),
)
def test_a_policy_answers_on_the_grid_as_it_answers_to_anybody(
    policy, use, audience, stated, scope, strict, data
):
    """At the point that stands for what somebody says, whatever that is."""
    grid = GRIDS.get(use, GRIDS[Use.SALE])
    signals = data.draw(again if use == Use.REPROMPT else ordinary)
    asked = Asked(use, audience, stated, scope, strict).of(policy)
    answers = decided(asked.answers(policy, grid, grid.points(policy)))
    verdict = decide(
        (policy,),
        use,
        signals=signals,
        audience=audience,
        properties=stated,
        on=DAY,
        gpc_scope=scope,
        strict=strict,
    ).verdict
    assert answers[point_of(grid, signals)] == BITS[verdict]


def test_the_strictest_answer_counts_and_silence_is_none():
    """One allows, one denies; where nobody speaks the answer is no."""
    allow, deny = BITS[Verdict.ALLOW], BITS[Verdict.DENY]
    assert joined([bytes([allow, 0, 0]), bytes([deny, allow, 0])]) == bytes([deny, allow, 0])
    assert decided(bytes([allow, 0])) == bytes([allow, deny])


@pytest.mark.parametrize("age", [13, 14, 15, 16, 18])
def test_every_age_at_which_a_law_changes_is_on_the_grid(age):
    """Those of our own set."""
    assert age in dict(GRIDS[Use.SALE].axes)["age"]


def test_a_point_says_what_its_values_say():
    """The last axis changes first."""
    grid = Grid((("age", (None, 0, 14)), ("gpc", (False, True))))
    assert [grid.signals(point).age for point in range(6)] == [None, None, 0, 0, 14, 14]
    assert [grid.signals(point).gpc for point in range(3)] == [False, True, False]
