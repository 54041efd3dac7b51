"""What a change of policies changes: nothing unseen, nothing made up, everything together once."""

from datetime import date
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.decide.decision import Consent, Signals, decide
from privacykit.decide.impact.bare_law import OPERATORS, bare_law
from privacykit.decide.impact.change import AskedPurpose, LawOn
from privacykit.decide.impact.compare import compare, compare_each
from privacykit.policy.audience import Audience
from privacykit.policy.parse import parse_policy
from privacykit.policy.policyset import PolicySet
from privacykit.policy.verdict import Verdict
from privacykit.settings.policies import read_directory, shipped_directory, shipped_policies

OURS = shipped_policies()
DAY = date(2026, 11, 28)
FIRST = '{ prop = "purpose_only_audience_measurement", is = true },'
NOW = LawOn(OURS, DAY)


def edited(policy_id, *changes):
    """Give our policies with one file changed as text."""
    texts = {one.policy.id: one.policy for one in read_directory(shipped_directory())}
    text = (shipped_directory() / f"{policy_id}.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    texts[policy_id] = parse_policy(text, "x").policy
    return LawOn(PolicySet.from_policies(texts.values()), DAY)


def subject(use, *more, **stated):
    """Ask about *use* and nothing else."""
    return AskedPurpose(use, "", (use, *more), Audience(), lambda _: stated, of_operators=True)


PHILIPPINES = edited("PH", ('[rules.sale]\nmodel = "opt_in"', '[rules.sale]\nmodel = "opt_out"'))


def test_nothing_beside_itself_changes_nothing():
    """Neither the same set nor the same file read twice."""
    assert compare(NOW, NOW, bare_law(OURS, OURS)) == []
    assert compare(NOW, edited("DE"), [subject("sale")]) == []


def test_a_rule_made_looser_is_seen_where_it_is_the_law():
    """With the verdict before and after, and the clause of each."""
    (impact,) = compare(NOW, PHILIPPINES, [subject("sale")])
    assert (impact.subjects, impact.places, impact.looser) == ((("sale", ""),), ("PH",), True)
    first = impact.changes[0]
    assert (first.old, first.new) == (Verdict.NEEDS_CONSENT, Verdict.ALLOW)
    assert (first.before.clause, first.after.clause) == ("rules.sale", "rules.sale")
    assert (first.before.code, first.after.code) == ("consent_needed", "opt_out")
    assert decide_for("sale", PHILIPPINES, "PH", first.example()) == Verdict.ALLOW


def test_the_way_back_is_stricter_and_not_looser():
    """What asks more is told, and is nothing to accept."""
    (impact,) = compare(PHILIPPINES, NOW, [subject("sale")])
    assert [change.looser for change in impact.changes] == [False] * len(impact.changes)


def test_one_change_at_many_places_is_one():
    """A clause of the EU reaches its members, and those who build on it."""
    looser = edited("EU", ('[rules.sale]\nmodel = "opt_in"', '[rules.sale]\nmodel = "opt_out"'))
    found = compare(NOW, looser, [subject("sale")])
    reached = [place for impact in found for place in impact.places]
    assert {"AT", "ES", "LU", "NO"} <= set(reached)
    assert len(found) < len(reached) / 4


def test_one_change_of_several_purposes_is_one():
    """Two names, one group."""
    twice = [subject("sale"), AskedPurpose("ads", "", ("sale",), Audience(), lambda _: {})]
    (impact,) = compare(NOW, PHILIPPINES, twice)
    assert impact.subjects == (("sale", ""), ("ads", ""))


def test_a_purpose_of_several_uses_changes_where_the_strictest_does():
    """Advertising needs consent there all the same."""
    assert compare(NOW, PHILIPPINES, [subject("sale", "targeted_ads")]) == []


def test_what_follows_operators_only_is_asked_of_operators():
    """Malaysia's law is nobody's but theirs."""
    stricter = edited(
        "MY", ('[rules.sale]\nmodel = "opt_in"', '[rules.sale]\nmodel = "prohibited"')
    )
    found = compare(NOW, stricter, [subject("sale")])
    assert sorted(place for one in found for place in one.places) == ["MY operators", "ZZ"]


def test_an_age_is_told_as_a_range_of_the_grid():
    """Whom the Danish change of 2024 reached: those of 13 and 14."""
    before, after = LawOn(OURS, date(2023, 12, 31)), LawOn(OURS, date(2024, 1, 1))
    (impact,) = [i for i in compare(before, after, [subject("sale")]) if "DK" in i.places]
    ages = {age for change in impact.changes for age in change.cases()["age"]}
    assert {13, 14} <= ages
    assert not ages & {None, 15, 16}


def test_the_wait_after_a_refusal_is_asked_too():
    """Italy's six months made three."""
    fewer = edited("IT", ("[consent.reprompt]\nmonths = 6", "[consent.reprompt]\nmonths = 3"))
    (impact,) = compare(NOW, fewer, [subject("reprompt")])
    assert impact.places == ("IT",)
    assert impact.looser
    assert all(change.cases()["months_since_refusal"] == (3,) for change in impact.changes)


def test_pairs_compared_together_are_compared_alike():
    """What they share is decided once, and nothing else."""
    days = [LawOn(OURS, date(2026, 11, 30)), LawOn(OURS, date(2026, 12, 1)), NOW]
    pairs = [(days[0], days[1]), (days[2], days[2]), (days[1], days[0])]
    each = compare_each(pairs, [subject("analytics_storage")])
    alone = [compare(old, new, [subject("analytics_storage")]) for old, new in pairs]
    assert [[(i.places, i.looser, len(i.changes)) for i in one] for one in each] == [
        [(i.places, i.looser, len(i.changes)) for i in one] for one in alone
    ]
    assert (len(each[0]), each[1]) == (1, [])


def test_the_bare_law_is_asked_of_each_kind_of_operator_and_data():
    """Every use, with its conditions met, and for the kinds of data that laws name."""
    names = {one.name for one in bare_law(OURS, OURS)}
    assert {"sale", "reprompt", "profiling_significant"} <= names
    assert {"analytics_storage (conditions met)", "sensitive_data (consumer_health_data)"} <= names
    assert {one.site for one in bare_law(OURS, OURS)} == set(OPERATORS)


def test_the_conditions_of_an_exemption_are_met_before():
    """Who met them then sees what a new one costs."""
    more = edited("FR", (FIRST, f'{{ prop = "sealed", is = true }},\n  {FIRST}'))
    asked = [one for one in bare_law(OURS, more.policies) if one.name.endswith("conditions met)")]
    found = compare(NOW, more, [one for one in asked if one.name.startswith("analytics_storage")])
    changes = [change for one in found if "FR" in one.places for change in one.changes]
    assert (Verdict.ALLOW, Verdict.NEEDS_CONSENT) in {(one.old, one.new) for one in changes}


def decide_for(use, law, place, signals):
    """Decide without a grid."""
    policies = law.policies.applicable(place, on=law.on, audience=Audience())
    decision = decide(policies, use, signals=signals, audience=Audience(), properties={}, on=law.on)
    return decision.verdict


BETWEEN = (LawOn(OURS, date(2026, 11, 30)), LawOn(OURS, date(2027, 5, 13)))


@cache
def found(use):
    """Return what changes between the two days, found once for all cases."""
    return compare(*BETWEEN, [subject(use)])


@settings(max_examples=200, deadline=None)
@given(
    use=st.sampled_from(["analytics_storage", "sale", "targeted_ads"]),
    place=st.sampled_from(["CL", "IN", "US-OK", "DE", "US-CA", "ZZ", "US"]),
    signals=st.builds(
        Signals,
        gpc=st.booleans(),
        dnt=st.booleans(),
        consent=st.sampled_from(Consent),
        opted_out=st.booleans(),
        age=st.none() | st.integers(0, 25),
        consent_after_gpc=st.booleans(),
        parental_consent=st.booleans(),
        signed_authorization=st.booleans(),
        months_since_consent=st.integers(0, 30),
    ),
)
def test_whatever_is_decided_otherwise_is_told_and_nothing_else(use, place, signals):
    """Asked one by one, without a grid."""
    old, new = (decide_for(use, law, place, signals) for law in BETWEEN)
    told = [
        (change.old, change.new)
        for impact in found(use)
        if place in impact.places
        for change in impact.changes
        if holds(change, signals)
    ]
    assert set(told) == ({(old, new)} if old != new else set())


def holds(change, signals):
    """Tell whether *signals* are among the cases of *change*."""
    axes = dict(change.grid.axes)
    for name, values in change.cases().items():
        said = getattr(signals, name)
        known = [v for v in axes[name] if v == said]
        if not known:
            known = [max(v for v in axes[name] if v is not None and v <= said)]
        if known[0] not in values:
            return False
    return True


@pytest.mark.parametrize("place", ["ZZ", "US", "CA"])
def test_places_in_doubt_are_places(place):
    """All policies of the world, or of a country whose regions differ."""
    everywhere = edited(
        "ZZ", ('[rules.sale]\nmodel = "opt_in"', '[rules.sale]\nmodel = "prohibited"')
    )
    impacts = compare(NOW, everywhere, [subject("sale")])
    assert (place in {at for one in impacts for at in one.places}) == (place == "ZZ")
