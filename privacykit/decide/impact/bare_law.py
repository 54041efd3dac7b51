"""
Questions to the bare law without a site: each use, data type and kind of operator. Pure.

A use whose rules have conditions is asked twice: with nothing stated, and with all stated that the
policies asked for before the change, as an operator would who met them then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from privacykit.decide.decision import OBJECTED, SENSITIVE_TYPES
from privacykit.decide.impact.change import AskedPurpose, Policies
from privacykit.policy.audience import Audience
from privacykit.policy.condition import Conditions, PropertyCondition
from privacykit.policy.model import Policy, Rule
from privacykit.policy.policyset import PolicySet
from privacykit.policy.words import RULED_USES, Use

OPERATORS: Final[Mapping[str, Audience]] = {
    "": Audience(),
    "online platforms": Audience(online_platform=True),
    "below the thresholds": Audience(thresholds_met=False),
}
"""Kinds of operators that laws tell apart; the first is an ordinary one."""

_TYPED: Final = (Use.TARGETED_ADS, Use.SALE, Use.SENSITIVE_DATA, Use.SENSITIVE_SALE)


def bare_law(
    old: PolicySet, new: PolicySet, *, gpc_scope: str = "everywhere", strict: bool = False
) -> Iterator[AskedPurpose]:
    """
    Give everything to ask about the bare law.

    Args:
        old: The policies before.
        new: The policies after.
        gpc_scope: ``everywhere`` or ``mandated``.
        strict: Take no risk where the law is unsettled.
    """
    for operator, audience in OPERATORS.items():
        for name, use, properties in _questions(old, new):
            yield AskedPurpose(
                name,
                operator,
                (use,),
                audience,
                _given(properties),
                gpc_scope,
                strict,
                of_operators=True,
            )


def _questions(old: PolicySet, new: PolicySet) -> Iterator[tuple[str, str, Mapping[str, object]]]:
    for use in RULED_USES:
        yield use, use, {}
        if met := _meeting(old, use):
            yield f"{use} (conditions met)", use, met
    for use in _TYPED:
        for kind in sorted(_data_types((*old, *new), use)):
            yield f"{use} ({kind})", use, {"data_type": kind}
    yield Use.REPROMPT, Use.REPROMPT, {}


def _given(properties: Mapping[str, object]) -> Callable[[Policies], Mapping[str, object]]:
    return lambda _: properties


def _meeting(policies: Iterable[Policy], use: str) -> dict[str, object]:
    """Return properties that meet the conditions of as many of *policies* as can be met at once."""
    asked = [
        one
        for policy in policies
        for rule in _all(policy.rules.get(use))
        if rule.conditions is not None
        for one in _of(rule.conditions)
    ]
    met: dict[str, object] = {}
    for one in asked:
        if one.prop == OBJECTED:
            continue
        if one.equals is not None:
            met.setdefault(one.prop, one.equals)
        elif one.at_most is not None:
            known = met.get(one.prop)
            met[one.prop] = min(known, one.at_most) if isinstance(known, float) else one.at_most
        elif one.at_least is not None:
            met.setdefault(one.prop, one.at_least)
    return met


def _data_types(policies: Iterable[Policy], use: str) -> set[str]:
    found = set(SENSITIVE_TYPES) if use == Use.SALE else set()
    for policy in policies:
        for rule in _all(policy.rules.get(use)):
            found |= rule.data_types | rule.any_size_for
            found |= {str(one.equals) for one in rule.prohibited if one.prop == "data_type"}
    return found


def _all(rule: Rule | None) -> Iterator[Rule]:
    """Give *rule* and those that stand for it on other days and for other data."""
    if rule is not None:
        yield rule
        yield from _all(rule.before)
        yield from _all(rule.elsewhere)


def _of(conditions: Conditions) -> Iterator[PropertyCondition]:
    for one in (*conditions.every, *conditions.any_of[:1]):
        if isinstance(one, PropertyCondition):
            yield one
        else:
            yield from _of(one)
