"""Looser or not: clause against clause."""

from dataclasses import replace
from datetime import date

import pytest

from privacykit.policy.clause import Clause
from privacykit.policy.condition import Conditions, PropertyCondition
from privacykit.policy.model import Age, Dnt, Fact, Gpc, Minor, Rule, Stricter
from privacykit.policy.strictness import relaxes
from privacykit.policy.words import Confidence, DntEffect, GpcStatus, Model, SignalEffect

CLAUSE = Clause("x", "X", Confidence.VERIFIED)
DAY, LATER = date(2026, 1, 1), date(2027, 1, 1)
RULE = Rule("sale", Model.OPT_OUT, CLAUSE)
MINOR = Minor(SignalEffect.PARENTAL_CONSENT, CLAUSE, uses=frozenset({"sale"}), below=16)
GPC = Gpc(GpcStatus.MANDATORY, CLAUSE, frozenset({"sale"}), DAY)
IF = Conditions((PropertyCondition("p", equals=True),))


@pytest.mark.parametrize(
    ("old", "new", "looser"),
    [
        (RULE, replace(RULE, model=Model.OPT_IN), False),
        (RULE, replace(RULE, model=Model.NOTICE), True),
        (RULE, replace(RULE, since=DAY), True),
        (replace(RULE, since=LATER), replace(RULE, since=DAY), False),
        (RULE, RULE, False),
        (RULE, replace(RULE, conditions=IF), True),
        (replace(RULE, conditions=IF), replace(RULE, model=Model.OPT_IN), False),
        (RULE, replace(RULE, stricter=Stricter(Model.OPT_IN, IF)), True),
        (replace(RULE, prohibited=IF.every), RULE, True),
        (replace(RULE, any_size=True), RULE, True),
        (RULE, replace(RULE, data_types=frozenset({"health"})), True),
        (MINOR, replace(MINOR, effect=SignalEffect.PROHIBITED), False),
        (MINOR, replace(MINOR, effect=SignalEffect.OWN_CONSENT), True),
        (MINOR, replace(MINOR, below=13), True),
        (MINOR, replace(MINOR, at_least=13), True),
        (MINOR, replace(MINOR, uses=frozenset({"targeted_ads"})), True),
        (MINOR, replace(MINOR, uses=frozenset(), any_use=True), False),
        (MINOR, replace(MINOR, online_platform=True), True),
        (MINOR, replace(MINOR, until=LATER), True),
        (replace(MINOR, until=LATER), replace(MINOR, until=LATER), False),
        (MINOR, replace(MINOR, exceptions=("p",)), True),
        (MINOR, replace(MINOR, since=DAY), True),
        (replace(MINOR, consent_based=True), MINOR, True),
        (Age(16, CLAUSE), Age(13, CLAUSE), True),
        (Age(13, CLAUSE), Age(16, CLAUSE), False),
        (Age(13, CLAUSE), Age(13, CLAUSE, since=DAY), True),
        (GPC, replace(GPC, status=GpcStatus.PERMISSIVE), True),
        (GPC, replace(GPC, uses=frozenset()), True),
        (GPC, replace(GPC, since=LATER), True),
        (GPC, replace(GPC, shown_since=DAY), True),
        (GPC, replace(GPC, uses=frozenset({"sale", "targeted_ads"})), False),
        (Dnt(DntEffect.OBJECTION, CLAUSE), Dnt(DntEffect.NONE, CLAUSE), True),
        (Dnt(DntEffect.NONE, CLAUSE), Dnt(DntEffect.OBJECTION, CLAUSE), False),
        (Fact(CLAUSE, {"n": 30}), Fact(CLAUSE, {"n": 45}), True),
        (Fact(CLAUSE, {"n": 30}), Fact(CLAUSE, {"n": 10}), False),
        (Fact(CLAUSE, {"n": 30, "rule": "a"}), Fact(CLAUSE, {"n": 30, "rule": "b"}), False),
        (Fact(CLAUSE, {"unit": "hours"}), Fact(CLAUSE, {"unit": "month"}), True),
        (Fact(CLAUSE, {"n": 30}), Fact(CLAUSE, {}), True),
        (RULE, MINOR, True),
    ],
)
def test_each_kind_of_clause_is_compared(old, new, looser):
    """Where two cannot be compared, the answer is yes."""
    assert relaxes(old, new) is looser


def test_a_longer_wait_before_asking_again_is_stricter():
    """The one number of which more protects."""
    clause = replace(CLAUSE, path="consent.reprompt")
    assert relaxes(Fact(clause, {"months": 12}), Fact(clause, {"months": 6}))
    assert not relaxes(Fact(clause, {"months": 6}), Fact(clause, {"months": 12}))
