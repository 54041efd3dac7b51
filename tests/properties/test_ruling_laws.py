"""Laws of what is remembered of decisions: remembering changes no answer."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from privacykit.decide.decision import Consent, Signals, of_operator, weigh
from privacykit.decide.rulings import Rulings
from privacykit.policy.audience import Audience
from privacykit.policy.words import Use
from privacykit.settings.policies import shipped_policies

LAW = shipped_policies()
RULINGS = Rulings()
"""One for all examples: what one example left there must not change another."""

signals = st.builds(
    Signals,
    gpc=st.booleans(),
    dnt=st.booleans(),
    consent=st.sampled_from(Consent),
    opted_out=st.booleans(),
    consent_after_gpc=st.booleans(),
    months_since_consent=st.none() | st.integers(0, 40),
)
audiences = st.builds(
    Audience,
    establishments=st.sampled_from([(), ("DE",), ("US-CA", "FR")]),
    child_directed=st.booleans(),
)
properties = st.dictionaries(
    st.sampled_from(["no_device_storage", "identifier_hours", "first_party", "conditions_met"]),
    st.sampled_from([True, False, 1, 24]),
)


@given(
    place=st.sampled_from(["ZZ", "US", *sorted(LAW.places())]),
    day=st.sampled_from([date(2026, 11, 28), *LAW.changes]),
    use=st.sampled_from([*(use.value for use in Use if use is not Use.REPROMPT), "mind_reading"]),
    audience=audiences,
    signals=signals,
    properties=properties,
    strict=st.booleans(),
    scope=st.sampled_from(["everywhere", "mandated"]),
)
def test_remembered_rulings_are_those_made_anew(
    place, day, use, audience, signals, properties, strict, scope
):
    """Whatever was asked before, the answer is that of one who remembers nothing."""
    policies = LAW.applicable(place, on=day, audience=audience)
    asked = {"audience": audience, "properties": properties, "gpc_scope": scope, "strict": strict}
    own = of_operator(policies, audience)
    assert RULINGS.answers(use, **asked).weigh(policies, signals, own) == weigh(
        policies, use, signals=signals, on=day, **asked
    )
