"""One policy opened at one question: its rule, its model, who must agree and who has. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from privacykit.decide.reason import Consent, Signals
from privacykit.policy.audience import Audience
from privacykit.policy.clause import Clause
from privacykit.policy.condition import Properties, PropertyCondition
from privacykit.policy.handling import FALLBACK_AGE, consent_months
from privacykit.policy.model import Minor, Policy, Rule
from privacykit.policy.words import CONSENT_MODELS, Confidence, Kind, Model, SignalEffect, Use

ANALYTICS: Final = frozenset({Use.ANALYTICS_STORAGE, Use.ANALYTICS_NO_STORAGE})
"""The uses that exceptions for a site's internal operations can reach."""

_UNKNOWN_AGE = Clause(
    "consent_age", "no age of consent known; 16 as for unknown places", Confidence.UNSURE
)
_SHORTCUT = "conditions_met"


class Agreed(IntEnum):
    """How far whoever may agree has agreed."""

    NO = 0
    YES = 1
    EXPLICITLY = 2


_OWN = {Consent.GRANTED: Agreed.YES, Consent.GRANTED_EXPLICIT: Agreed.EXPLICITLY}


@dataclass(frozen=True, slots=True)
class Question:
    """
    One question, the same for every policy.

    Attributes:
        use: What is to be done.
        signals: What the visitor said.
        audience: Who the site is for.
        properties: What is declared or measured of the purpose.
        gpc_everywhere: Honour the signal where no law demands it too.
        strict: Take no risk where the law is unsettled.
        age: The visitor's age; a child's in a child-directed service that knows none.
        data_types: Kinds of data at hand, as far as stated.
    """

    use: Use
    signals: Signals
    audience: Audience
    properties: Properties
    gpc_everywhere: bool
    strict: bool
    age: int | None
    data_types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Parent:
    """A clause that makes a child's own consent void, alone or altogether."""

    clause: Clause
    joint: bool


@dataclass(slots=True)
class AppliedPolicy:
    """
    A policy at one question.

    Attributes:
        policy: The policy, resolved for the day.
        ask: The question.
        rule: Its rule for the use and the kinds of data at hand.
        model: What that rule asks, its conditions weighed.
        conditions_failed: The rule's conditions are not met.
        parent: Why a parent must consent, if so.
        agreed: How far whoever may agree has agreed.
        expired: There was an agreement, but it is too old.
    """

    policy: Policy
    ask: Question
    rule: Rule | None
    model: Model | None = None
    conditions_failed: bool = False
    parent: Parent | None = None
    agreed: Agreed = Agreed.NO
    expired: bool = False

    @property
    def silent(self) -> bool:
        """Tell whether this is an overlay without a rule: it speaks of minors at most."""
        return self.rule is None and self.policy.kind is Kind.OVERLAY

    @property
    def agreed_after_signal(self) -> bool:
        """Tell whether consent was given knowing of the signal it contradicts."""
        signals = self.ask.signals
        # A parent's consent alone does not say that it knew of the signal.
        given = signals.consent_after_gpc and signals.consent in _OWN
        return given and self.agreed is not Agreed.NO

    def is_case(self, condition: PropertyCondition) -> bool:
        """Tell whether *condition* names the case at hand."""
        if condition.prop == "data_type":
            return condition.equals in self.ask.data_types
        return condition.holds(self.ask.properties)


def apply_policy(policy: Policy, ask: Question) -> AppliedPolicy:
    """Open *policy* at *ask*."""
    entry = AppliedPolicy(policy, ask, _rule(policy, ask))
    _weigh(entry)
    entry.parent = _parent(entry)
    _agree(entry)
    return entry


def covers(minor: Minor, entry: AppliedPolicy) -> bool:
    """Tell whether *minor* speaks of the visitor's age and of this use."""
    ask, policy = entry.ask, entry.policy
    if ask.age is None or (minor.online_platform and not ask.audience.online_platform):
        return False
    below = minor.below
    if below is None:
        below = FALLBACK_AGE if policy.age is None else policy.age.years or 0
    if not minor.at_least <= ask.age < below or _lifted(minor.exceptions, ask):
        return False
    if minor.any_use or ask.use in minor.uses:
        return True
    if ask.use is Use.SENSITIVE_SALE and Use.SALE in minor.uses:
        return True
    return minor.consent_based and entry.model in CONSENT_MODELS


def _lifted(exceptions: tuple[str, ...], ask: Question) -> bool:
    return ask.use in ANALYTICS and any(ask.properties.get(name) is True for name in exceptions)


def _rule(policy: Policy, ask: Question) -> Rule | None:
    """Return the rule for the kinds of data at hand; of an unstated kind, the special one."""
    rule = policy.rules.get(ask.use)
    while rule is not None and rule.data_types and ask.data_types:
        if rule.data_types & ask.data_types:
            break
        rule = rule.elsewhere
    return rule


def _weigh(entry: AppliedPolicy) -> None:
    rule, properties = entry.rule, entry.ask.properties
    if rule is None:
        return
    entry.model = rule.model
    if rule.stricter is not None and rule.stricter.when.holds(properties):
        entry.model = rule.stricter.model
    elif rule.conditions is not None and not _met(rule, properties):
        entry.conditions_failed = True
        entry.model = rule.otherwise


def _met(rule: Rule, properties: Properties) -> bool:
    """Tell whether the rule's conditions hold; an opt-out regime's may be stated as one."""
    if rule.model is Model.OPT_OUT and _SHORTCUT in properties:
        return properties[_SHORTCUT] is True
    return rule.conditions is None or rule.conditions.holds(properties)


def _parent(entry: AppliedPolicy) -> Parent | None:
    for minor in entry.policy.minors.values():
        if minor.effect in {SignalEffect.PARENTAL_CONSENT, SignalEffect.JOINT_CONSENT} and covers(
            minor, entry
        ):
            return Parent(minor.clause, minor.effect is SignalEffect.JOINT_CONSENT)
    ask, age = entry.ask, entry.policy.age
    if ask.age is None or entry.silent:
        return None
    if age is None:
        return Parent(_UNKNOWN_AGE, joint=False) if ask.age < FALLBACK_AGE else None
    if age.years is None or ask.age >= age.years or _lifted(age.exceptions, ask):
        return None
    return Parent(age.clause, joint=False)


def _agree(entry: AppliedPolicy) -> None:
    signals = entry.ask.signals
    own = _OWN.get(signals.consent, Agreed.NO)
    age_of_consent = signals.months_since_consent
    if own and age_of_consent is not None and age_of_consent >= consent_months(entry.policy):
        entry.expired, own = True, Agreed.NO
    if entry.parent is None:
        entry.agreed = own
    elif signals.parental_consent and not (entry.parent.joint and own is Agreed.NO):
        entry.agreed = max(own, Agreed.YES)
