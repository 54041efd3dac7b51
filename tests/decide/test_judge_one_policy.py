"""One made-up policy at one question: what each check answers, and when it has no say."""

from __future__ import annotations

import pytest

from privacykit.decide.applied import Question
from privacykit.decide.judge import judge
from privacykit.decide.reason import Consent, Signals
from privacykit.policy.audience import Audience
from privacykit.policy.clause import Clause
from privacykit.policy.condition import Conditions, PropertyCondition
from privacykit.policy.model import Dnt, Gpc, Policy, Rule
from privacykit.policy.words import (
    Confidence,
    DntEffect,
    Follows,
    GpcStatus,
    Kind,
    Model,
    Use,
)

DNT = Dnt(DntEffect.OBJECTION, Clause("dnt", "Art. 21(5)", Confidence.VERIFIED))
MEASURED = {
    "no_device_storage": True,
    "ip_truncated_min_last_octet": True,
    "identifier_hours": 24,
    "cross_site_or_cross_app_tracking": False,
}


def _rule(use: Use, model: Model, confidence: Confidence = Confidence.VERIFIED, **changes) -> Rule:
    return Rule(use, model, Clause(f"rules.{use}", "Art. 1", confidence), **changes)


def _policy(*rules: Rule, kind: Kind = Kind.COUNTRY, **changes) -> Policy:
    by_use = {rule.use: rule for rule in rules}
    visitor = frozenset({Follows.VISITOR})
    return Policy("XX", "X", kind, ("XX",), visitor, law=None, rules=by_use, **changes)


def _answer(
    policy: Policy, use: Use, *, properties=None, gpc_everywhere=True, strict=False, **signals
):
    """Return verdict, code and clause, or nothing where the policy has no say."""
    ask = Question(
        use,
        Signals(**signals),
        Audience(),
        properties or {},
        gpc_everywhere,
        strict,
        age=None,
        data_types=frozenset(),
    )
    ruling = judge(policy, ask)
    return ruling and (ruling.verdict.name.lower(), ruling.reason.code, ruling.reason.clause)


@pytest.mark.parametrize(
    ("use", "verdict"),
    [
        ("analytics_storage", "needs_consent"),
        ("analytics_no_storage", "needs_consent"),
        ("targeted_ads", "needs_consent"),
        ("sale", "deny"),
        ("sensitive_data", "deny"),
        ("sensitive_sale", "deny"),
        ("profiling_significant", "deny"),
    ],
)
def test_what_no_rule_speaks_of_is_asked_about_or_denied(use, verdict):
    """Significant uses are denied; the reason names the table that says nothing."""
    assert _answer(_policy(), Use(use)) == (verdict, "no_rule", "rules")


@pytest.mark.parametrize(
    ("use", "everywhere", "code"),
    [
        ("sale", True, "gpc"),
        ("targeted_ads", True, "gpc"),
        ("sale", False, "opt_out"),
        ("targeted_ads", False, "opt_out"),
        ("profiling_significant", True, "opt_out"),
        ("analytics_storage", True, "opt_out"),
    ],
)
def test_gpc_opts_out_of_sale_and_targeted_ads_where_no_law_speaks_of_it(use, everywhere, code):
    """Of nothing else, and only as long as it is honoured everywhere."""
    policy = _policy(_rule(Use(use), Model.OPT_OUT))
    assert _answer(policy, Use(use), gpc=True, gpc_everywhere=everywhere)[1] == code


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("mandatory", "gpc"),
        ("conditional", "gpc"),
        ("honour_by_default", "gpc"),
        ("permissive", "opt_out"),
        ("not_mandated", "opt_out"),
    ],
)
def test_a_duty_to_honour_gpc_reaches_the_uses_it_names(status, code):
    """A duty with excuses binds, and so does our own choice; a permission does not."""
    clause = Clause("gpc", "§ 1", Confidence.VERIFIED)
    gpc = Gpc(GpcStatus(status), clause, frozenset({Use.PROFILING_SIGNIFICANT}))
    policy = _policy(_rule(Use.PROFILING_SIGNIFICANT, Model.OPT_OUT), gpc=gpc)
    assert _answer(policy, Use.PROFILING_SIGNIFICANT, gpc=True, gpc_everywhere=False)[1] == code


@pytest.mark.parametrize(("everywhere", "code"), [(True, "gpc"), (False, "opt_out")])
def test_what_lies_beyond_the_duty_is_stopped_where_the_signal_is_honoured_anyway(everywhere, code):
    """A law may speak of a use beside the duty; the policy says so."""
    clause = Clause("gpc", "§ 1", Confidence.VERIFIED)
    beyond = frozenset({Use.PROFILING_SIGNIFICANT})
    gpc = Gpc(GpcStatus.MANDATORY, clause, frozenset({Use.SALE}), beyond=beyond)
    policy = _policy(_rule(Use.PROFILING_SIGNIFICANT, Model.OPT_OUT), gpc=gpc)
    found = _answer(policy, Use.PROFILING_SIGNIFICANT, gpc=True, gpc_everywhere=everywhere)
    assert found[1] == code


@pytest.mark.parametrize(
    ("signals", "told"),
    [
        ({"consent": Consent.DENIED}, None),
        ({"consent": Consent.WITHDRAWN}, None),
        ({"opted_out": True}, None),
        ({"gpc": True}, None),
        ({}, None),
    ],
    ids=["refused", "withdrawn", "opted out", "gpc", "nothing"],
)
def test_an_overlay_without_a_rule_has_no_say(signals, told):
    """It speaks of minors at most; the country's own policy answers."""
    assert _answer(_policy(kind=Kind.OVERLAY), Use.SALE, **signals) == told


@pytest.mark.parametrize(
    ("signals", "code"),
    [
        ({"consent": Consent.DENIED}, "refused"),
        ({"consent": Consent.WITHDRAWN}, "withdrawn"),
        ({"opted_out": True}, "opted_out"),
    ],
    ids=["refused", "withdrawn", "opted out"],
)
def test_a_no_is_heard_by_a_policy_without_a_rule(signals, code):
    """Before it is said that there is none."""
    assert _answer(_policy(), Use.SALE, **signals)[:2] == ("deny", code)


@pytest.mark.parametrize(
    ("use", "model", "signals", "code"),
    [
        ("analytics_no_storage", Model.NOTICE, {}, "dnt_objection"),
        ("analytics_storage", Model.NOTICE, {}, "dnt_objection"),
        ("analytics_no_storage", Model.EXEMPT, {}, "dnt_objection"),
        ("analytics_no_storage", Model.OPT_OUT, {}, "opt_out"),
        ("analytics_no_storage", Model.OPT_IN, {}, "consent_needed"),
        ("targeted_ads", Model.NOTICE, {}, "notice"),
        (
            "analytics_no_storage",
            Model.NOTICE,
            {"consent": Consent.GRANTED, "consent_after_gpc": True},
            "notice",
        ),
        ("analytics_no_storage", Model.NOTICE, {"consent": Consent.GRANTED}, "dnt_objection"),
        ("analytics_no_storage", Model.NOTICE, {"consent_after_gpc": True}, "dnt_objection"),
    ],
)
def test_do_not_track_objects_to_legitimate_interest_only(use, model, signals, code):
    """Unless somebody agreed knowing of the signal."""
    conditions = (
        Conditions((PropertyCondition("x", equals=True),)) if model is Model.EXEMPT else None
    )
    policy = _policy(_rule(Use(use), model, conditions=conditions), dnt=DNT)
    assert _answer(policy, Use(use), dnt=True, properties={"x": True}, **signals)[1] == code


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        (MEASURED, "unsettled"),
        ({"conditions_met": True}, "unsettled"),
        ({"conditions_met": True, "identifier_hours": 24}, "unsettled_conditions"),
        ({"conditions_met": True, "no_device_storage": True}, "unsettled_conditions"),
        ({"conditions_met": True, "ip_truncated_min_last_octet": True}, "unsettled"),
        ({"conditions_met": True, "ip_truncated_min_last_octet": False}, "unsettled_conditions"),
        ({"conditions_met": True, "cross_site_or_cross_app_tracking": False}, "unsettled"),
        (
            {"conditions_met": True, "cross_site_or_cross_app_tracking": True},
            "unsettled_conditions",
        ),
        ({"conditions_met": "yes"}, "unsettled_conditions"),
        ({}, "unsettled_conditions"),
        (MEASURED | {"identifier_hours": 25}, "unsettled_conditions"),
        (MEASURED | {"no_device_storage": False}, "unsettled_conditions"),
        (MEASURED | {"ip_truncated_min_last_octet": False}, "unsettled_conditions"),
        (MEASURED | {"cross_site_or_cross_app_tracking": True}, "unsettled_conditions"),
    ],
)
def test_what_is_measured_counts_before_what_is_declared(properties, code):
    """One measured condition makes all four count; a word for all holds only where none is."""
    policy = _policy(_rule(Use.ANALYTICS_NO_STORAGE, Model.NOTICE, Confidence.UNSURE))
    assert _answer(policy, Use.ANALYTICS_NO_STORAGE, properties=properties)[1] == code
