"""
One policy's answer for one use: the checks inside an entry, in their order. Pure.

Prohibitions come first, because no consent cures them, a parent's included; then what the person
said, then age, then what the law asks of everybody. Laws of this file: a signal, a refusal or a
lower age never loosens an answer, and what is not stated is not met.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from privacykit.decide.applied import (
    ANALYTICS,
    Agreed,
    AppliedPolicy,
    Question,
    apply_policy,
    covers,
)
from privacykit.decide.codes import ANSWERED_BY_GRANT, RANK, Code
from privacykit.decide.reason import Consent, Reason
from privacykit.policy.clause import Clause
from privacykit.policy.condition import Conditions, Properties, PropertyCondition
from privacykit.policy.model import Policy
from privacykit.policy.verdict import Verdict
from privacykit.policy.words import (
    CONSENT_MODELS,
    SIGNIFICANT_USES,
    Confidence,
    DntEffect,
    GpcStatus,
    Model,
    SignalEffect,
    Use,
)

UNSETTLED: Final = Conditions(
    (
        PropertyCondition("no_device_storage", equals=True),
        PropertyCondition("ip_truncated_min_last_octet", equals=True),
        PropertyCondition("identifier_hours", at_most=24),
        PropertyCondition("cross_site_or_cross_app_tracking", equals=False),
    )
)
"""The four conditions, as the runtime measures them, under which unsettled analytics may pass."""

_SURE = {confidence.value: rank for rank, confidence in enumerate(Confidence)}
_MEASURED = frozenset({"no_device_storage", "identifier_hours"})
_GPC_EVERYWHERE = frozenset({Use.SALE, Use.TARGETED_ADS})
_GPC_DUTY = frozenset({GpcStatus.MANDATORY, GpcStatus.CONDITIONAL, GpcStatus.HONOUR_BY_DEFAULT})
_SILENT = Clause("rules", "no clause of this policy speaks of it", Confidence.UNSURE)
_SAID_NO = {Consent.DENIED: Code.REFUSED, Consent.WITHDRAWN: Code.WITHDRAWN}
_NEEDS = {
    Model.OPT_IN: (Agreed.YES, Code.CONSENT_NEEDED),
    Model.EXPLICIT_OPT_IN: (Agreed.EXPLICITLY, Code.EXPLICIT_CONSENT_NEEDED),
}


@dataclass(frozen=True, slots=True)
class Ruling:
    """
    What one policy answers, and why.

    Attributes:
        verdict: The answer.
        reason: Why.
        ours: It is our choice, which its clause does not ask for.
        order: What it is sorted by: the strictest first, then what no grant answers, then of what
            stops a use the surest, of what lets it pass the one that asks most.
    """

    verdict: Verdict
    reason: Reason
    ours: bool = False
    order: tuple[int, bool, int, int] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Work out the order once: large sets are sorted for every decision."""
        code = self.reason.code
        # However sure we are that a law does not ask for it, a law that does is the better reason.
        sure = len(_SURE) if self.ours else _SURE[self.reason.confidence]
        last = (RANK[code], sure) if self.verdict is Verdict.ALLOW else (sure, RANK[code])
        order = (-self.verdict, code in ANSWERED_BY_GRANT, *last)
        object.__setattr__(self, "order", order)


def judge(policy: Policy, ask: Question) -> Ruling | None:
    """Return what *policy* answers and the clause that made it; ``None`` if it has no say."""
    entry = apply_policy(policy, ask)
    for check in _CHECKS:
        ruling = check(entry)
        if ruling is not None:
            return ruling
    return None


def ruling_of(
    verdict: Verdict, code: Code, policy: Policy, clause: Clause, *, ours: bool = False
) -> Ruling:
    """Put *verdict* and the clause that made it, or leaves us the choice, into words."""
    confidence = clause.confidence.value
    reason = Reason(code.value, policy.id, clause.path, clause.citation, confidence)
    return Ruling(verdict, reason, ours)


def _ruling(
    verdict: Verdict,
    code: Code,
    entry: AppliedPolicy,
    clause: Clause | None = None,
    *,
    ours: bool = False,
) -> Ruling:
    stand = clause or (entry.rule.clause if entry.rule else _SILENT)
    return ruling_of(verdict, code, entry.policy, stand, ours=ours)


def _banned_for_minors(entry: AppliedPolicy) -> Ruling | None:
    for minor in entry.policy.minors.values():
        if minor.effect is SignalEffect.PROHIBITED and covers(minor, entry):
            return _ruling(Verdict.DENY, Code.MINOR_PROHIBITED, entry, minor.clause)
    return None


def _banned(entry: AppliedPolicy) -> Ruling | None:
    rule, properties = entry.rule, entry.ask.properties
    if rule is None:
        return None
    if entry.model is Model.PROHIBITED or any(entry.is_case(one) for one in rule.prohibited):
        return _ruling(Verdict.DENY, Code.PROHIBITED, entry)
    if entry.model is Model.STRICTLY_NECESSARY_ONLY:
        if properties.get("strictly_necessary") is not True:
            return _ruling(Verdict.DENY, Code.ONLY_IF_NECESSARY, entry)
    elif (
        entry.model is Model.AUTHORITY_PERMISSION
        and properties.get("authority_permission") is not True
    ):
        return _ruling(Verdict.DENY, Code.PERMISSION_NEEDED, entry)
    return None


def _refused(entry: AppliedPolicy) -> Ruling | None:
    signals = entry.ask.signals
    if entry.silent:
        return None
    if signals.consent in _SAID_NO:
        return _ruling(Verdict.DENY, _SAID_NO[signals.consent], entry)
    return _ruling(Verdict.DENY, Code.OPTED_OUT, entry) if signals.opted_out else None


def _gpc(entry: AppliedPolicy) -> Ruling | None:
    ask, gpc = entry.ask, entry.policy.gpc
    if not ask.signals.gpc or entry.silent or entry.agreed_after_signal:
        return None
    duty = gpc.uses if gpc is not None and gpc.status in _GPC_DUTY else frozenset()
    beyond = gpc.beyond if gpc is not None else frozenset()
    stopped = duty | beyond | _GPC_EVERYWHERE if ask.gpc_everywhere else duty
    clause = gpc.clause if gpc else None
    if ask.use in stopped:
        return _ruling(Verdict.DENY, Code.GPC, entry, clause, ours=ask.use not in duty)
    if ask.use is not Use.SENSITIVE_SALE or Use.SALE not in stopped:
        return None
    # A sale of sensitive data is a sale. Where it needs consent anyway, the consent must have been
    # given knowing of the signal; where it does not, the signal is the opt-out.
    if entry.model not in CONSENT_MODELS:
        return _ruling(Verdict.DENY, Code.GPC, entry, clause)
    if entry.model is Model.SIGNED_AUTHORIZATION or entry.agreed is Agreed.NO:
        return None
    return _ruling(Verdict.NEEDS_CONSENT, Code.CONSENT_BEFORE_SIGNAL, entry, clause)


def _dnt(entry: AppliedPolicy) -> Ruling | None:
    dnt = entry.policy.dnt
    if not entry.ask.signals.dnt or dnt is None or dnt.effect is not DntEffect.OBJECTION:
        return None
    # The objection is to legitimate interest; where consent is asked for, it says nothing.
    if entry.ask.use not in ANALYTICS or entry.model not in {Model.NOTICE, Model.EXEMPT}:
        return None
    if entry.agreed_after_signal:
        return None
    return _ruling(Verdict.DENY, Code.DNT_OBJECTION, entry, dnt.clause)


def _no_rule(entry: AppliedPolicy) -> Ruling | None:
    if entry.rule is not None or entry.silent:
        return None
    significant = entry.ask.use in SIGNIFICANT_USES
    return _ruling(Verdict.DENY if significant else Verdict.NEEDS_CONSENT, Code.NO_RULE, entry)


def _too_young(entry: AppliedPolicy) -> Ruling | None:
    parent = entry.parent
    if parent is not None and entry.agreed is Agreed.NO:
        code = Code.PARENT_AND_CHILD_NEEDED if parent.joint else Code.PARENT_NEEDED
        return _ruling(Verdict.NEEDS_CONSENT, code, entry, parent.clause)
    if entry.agreed is not Agreed.NO:
        return None
    for minor in entry.policy.minors.values():
        if minor.effect is SignalEffect.OWN_CONSENT and covers(minor, entry):
            return _ruling(Verdict.NEEDS_CONSENT, Code.MINOR_CONSENT_NEEDED, entry, minor.clause)
    return None


def _consent_asked(entry: AppliedPolicy) -> Ruling | None:
    if entry.model is Model.SIGNED_AUTHORIZATION:
        if entry.ask.signals.signed_authorization:
            return _ruling(Verdict.ALLOW, Code.SIGNATURE, entry)
        return _ruling(Verdict.NEEDS_CONSENT, Code.SIGNATURE_NEEDED, entry)
    if entry.model not in _NEEDS:
        return None
    enough, code = _NEEDS[entry.model]
    if entry.agreed >= enough:
        return _agreement(entry)
    if entry.expired:
        code = Code.CONSENT_EXPIRED
    elif entry.conditions_failed:
        code = Code.CONDITIONS_NOT_MET
    return _ruling(Verdict.NEEDS_CONSENT, code, entry)


def _agreement(entry: AppliedPolicy) -> Ruling:
    code = Code.CONSENT if entry.parent is None else Code.PARENTAL_CONSENT
    return _ruling(Verdict.ALLOW, code, entry)


def _unsettled(entry: AppliedPolicy) -> Ruling | None:
    """Answer where the permissive rule itself is unsure: on four conditions, or not at all."""
    if entry.rule is None or entry.rule.clause.confidence is not Confidence.UNSURE:
        return None
    if entry.agreed is not Agreed.NO:
        return _agreement(entry)
    if entry.ask.strict:
        return _ruling(Verdict.NEEDS_CONSENT, Code.UNSETTLED_STRICT, entry)
    if entry.ask.use is not Use.ANALYTICS_NO_STORAGE:
        return None
    if _meets_unsettled_conditions(entry.ask.properties):
        return _ruling(Verdict.ALLOW, Code.UNSETTLED, entry)
    return _ruling(Verdict.NEEDS_CONSENT, Code.UNSETTLED_CONDITIONS, entry)


def _meets_unsettled_conditions(properties: Properties) -> bool:
    """Tell whether the four conditions hold: as measured, else as declared in one word."""
    if not _MEASURED.isdisjoint(properties):
        return UNSETTLED.holds(properties)
    if properties.get("cross_site_or_cross_app_tracking") is True:
        return False
    return (
        properties.get("conditions_met") is True
        and properties.get("ip_truncated_min_last_octet") is not False
    )


def _default_allow(entry: AppliedPolicy) -> Ruling | None:
    if entry.rule is None:
        return None
    code = {
        Model.OPT_OUT: Code.OPT_OUT,
        Model.EXEMPT: Code.EXEMPT,
        Model.STRICTLY_NECESSARY_ONLY: Code.NECESSARY,
        Model.AUTHORITY_PERMISSION: Code.PERMISSION,
    }.get(entry.model or Model.NOTICE, Code.NOTICE)
    return _ruling(Verdict.ALLOW, code, entry)


_CHECKS = (
    _banned_for_minors,
    _banned,
    _refused,
    _gpc,
    _dnt,
    _no_rule,
    _too_young,
    _consent_asked,
    _unsettled,
    _default_allow,
)
