"""The orders by which one clause is looser than another, written out, and each thing that loosens."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations, product

import pytest

from privacykit.policy.clause import Clause
from privacykit.policy.condition import Conditions, PropertyCondition
from privacykit.policy.model import Age, Dnt, Fact, Gpc, Minor, Rule
from privacykit.policy.strictness import relaxes
from privacykit.policy.words import Confidence, DntEffect, GpcStatus, Model, SignalEffect

CLAUSE = Clause("x", "X", Confidence.VERIFIED)
DAY, LATER = date(2026, 1, 1), date(2027, 1, 1)
IF = Conditions((PropertyCondition("p", equals=True),))

MODELS = [  # the loosest first
    "notice",
    "opt_out",
    "exempt_if",
    "opt_in",
    "explicit_opt_in",
    "signed_authorization",
    "authority_permission",
    "strictly_necessary_only",
    "prohibited",
]
EFFECTS = ["own_consent", "parental_consent", "joint_consent", "prohibited"]
SIGNALS = {
    "not_mandated": 0,
    "permissive": 1,
    "honour_by_default": 2,
    "conditional": 2,
    "mandatory": 2,
}
AGREED_FIRST = 3  # from here on, in MODELS, nothing happens before somebody agreed

RULE = Rule("sale", Model.OPT_IN, CLAUSE)
MINOR = Minor(SignalEffect.PARENTAL_CONSENT, CLAUSE, uses=frozenset({"sale"}), below=16)
GPC = Gpc(GpcStatus.MANDATORY, CLAUSE, frozenset({"sale"}), DAY)
AGE = Age(16, CLAUSE)
DNT = Dnt(DntEffect.OBJECTION, CLAUSE)
FACT = Fact(CLAUSE, {"n": 30})


@pytest.mark.parametrize("old", range(len(MODELS)), ids=MODELS)
@pytest.mark.parametrize("new", range(len(MODELS)), ids=MODELS)
def test_models_are_ordered(old, new):
    """What asks less than before is looser; as much or more is not."""
    before, after = (replace(RULE, model=Model(MODELS[place])) for place in (old, new))
    assert relaxes(before, after) is (new < old)


@pytest.mark.parametrize("old", range(len(MODELS)), ids=MODELS)
@pytest.mark.parametrize("new", range(len(MODELS)), ids=MODELS)
def test_other_conditions_are_looser_unless_more_is_asked(old, new):
    """Conditions cannot be compared: only a model above the old one, and that asks first, is safe."""
    before = replace(RULE, model=Model(MODELS[old]), conditions=IF)
    after = replace(RULE, model=Model(MODELS[new]))
    assert relaxes(before, after) is not (new > old and new >= AGREED_FIRST)


@pytest.mark.parametrize("old", range(len(EFFECTS)), ids=EFFECTS)
@pytest.mark.parametrize("new", range(len(EFFECTS)), ids=EFFECTS)
def test_effects_on_minors_are_ordered(old, new):
    """Own consent, a parent's, both together, never."""
    before, after = (replace(MINOR, effect=SignalEffect(EFFECTS[place])) for place in (old, new))
    assert relaxes(before, after) is (new < old)


@pytest.mark.parametrize(("old", "new"), list(product(SIGNALS, SIGNALS)))
def test_duties_to_honour_gpc_are_ordered(old, new):
    """A duty with excuses binds like one without, and so does our own choice."""
    before, after = (replace(GPC, status=GpcStatus(status)) for status in (old, new))
    assert relaxes(before, after) is (SIGNALS[new] < SIGNALS[old])


@pytest.mark.parametrize(
    ("old", "new"), list(permutations([RULE, MINOR, GPC, AGE, DNT, FACT], 2)), ids=str
)
def test_two_kinds_cannot_be_compared(old, new):
    """A rule that became a fact may ask less: whoever did it says why."""
    assert relaxes(old, new) is True


@pytest.mark.parametrize(
    ("old", "new", "looser"),
    [
        (None, None, False),
        (None, 1, False),
        (1, None, True),
        (13, 13, False),
        (13, 14, False),
        (14, 13, True),
    ],
)
def test_an_age_of_consent_that_falls_is_looser(old, new, looser):
    """No age at all asks least."""
    assert relaxes(Age(old, CLAUSE), Age(new, CLAUSE)) is looser


@pytest.mark.parametrize(
    ("old", "new", "looser"),
    [
        (None, None, False),
        (None, 1, True),
        (1, None, True),
        (None, 21, True),
        (13, 13, False),
        (13, 14, False),
        (14, 13, True),
    ],
)
def test_a_rule_that_protects_fewer_ages_is_looser(old, new, looser):
    """Without a number it is the age of consent, which cannot be compared with one."""
    assert relaxes(replace(MINOR, below=old), replace(MINOR, below=new)) is looser


@pytest.mark.parametrize(
    ("old", "new", "looser"),
    [
        (AGE, replace(AGE, exceptions=("p",)), True),
        (replace(AGE, exceptions=("p", "q")), replace(AGE, exceptions=("p",)), False),
        (replace(AGE, exceptions=("p",)), replace(AGE, exceptions=("q",)), True),
        (replace(MINOR, any_size=True), MINOR, True),
        (MINOR, replace(MINOR, any_size=True), False),
        (replace(MINOR, any_size=True), replace(MINOR, any_size=True), False),
        (replace(MINOR, consent_based=True), replace(MINOR, any_use=True), False),
        (replace(MINOR, consent_based=True), replace(MINOR, consent_based=True), False),
        (replace(MINOR, any_use=True), MINOR, True),
        (replace(MINOR, online_platform=True), MINOR, False),
        (replace(MINOR, until=LATER), replace(MINOR, until=DAY), True),
        (replace(MINOR, until=LATER), MINOR, False),
        (replace(MINOR, exceptions=("p",)), MINOR, False),
        (Dnt(DntEffect.NONE, CLAUSE), Dnt(DntEffect.NONE, CLAUSE), False),
        (DNT, DNT, False),
    ],
)  # fmt: skip
def test_each_thing_that_lifts_a_duty_is_looser(old, new, looser):
    """Exceptions, sizes, ages, ends: one at a time, in both directions."""
    assert relaxes(old, new) is looser


@pytest.mark.parametrize(
    ("old", "new", "looser"),
    [
        ({"health"}, {"health"}, False),
        ({"health"}, {"health", "geo"}, False),
        ({"health", "geo"}, {"health"}, True),
        ({"health"}, set(), False),
        (set(), {"health"}, True),
    ],
)
def test_a_rule_for_fewer_kinds_of_data_is_looser(old, new, looser):
    """No kinds are all kinds."""
    before, after = (replace(RULE, data_types=frozenset(types)) for types in (old, new))
    assert relaxes(before, after) is looser


@pytest.mark.parametrize(
    ("old", "new", "looser"),
    [
        (None, "notice", False),
        ("opt_in", None, True),
        ("opt_in", "opt_in", False),
        ("opt_in", "notice", True),
        ("notice", "opt_in", False),
    ],
)
def test_the_rule_for_other_kinds_of_data_counts_too(old, new, looser):
    """What the rule says elsewhere is no way around it."""
    before, after = (
        replace(RULE, elsewhere=model and replace(RULE, model=Model(model))) for model in (old, new)
    )
    assert relaxes(before, after) is looser


@pytest.mark.parametrize(
    ("old", "new", "looser"),
    [
        ({"n": 30, "m": 30}, {"n": 30, "m": 45}, True),
        ({"rule": "a", "m": 30}, {"rule": "b", "m": 45}, True),
        ({"name": "a", "n": 30}, {"name": "b", "n": 30}, False),
        ({"n": True}, {"n": 0}, True),
        ({"n": False}, {"n": True}, True),
        ({"n": 1}, {"n": False}, True),
        ({"n": "hours"}, {"n": 3}, True),
        ({"n": 3}, {"n": "hours"}, True),
        ({"n": 30}, {"n": 30, "m": 1}, False),
    ],
)
def test_facts_are_compared_key_by_key(old, new, looser):
    """One looser number is enough, prose is none, and a yes or no is no number."""
    assert relaxes(Fact(CLAUSE, old), Fact(CLAUSE, new)) is looser


def test_a_fact_that_begins_later_is_looser():
    """A duty that is not yet one asks nothing."""
    before, after = Fact(CLAUSE, {"n": 30}, DAY), Fact(CLAUSE, {"n": 30}, LATER)
    assert (relaxes(before, after), relaxes(after, before)) == (True, False)
