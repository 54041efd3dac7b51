"""A statement of a policy in a few words, without its source. Pure."""

from __future__ import annotations

from datetime import date

from privacykit.policy.condition import Conditions, PropertyCondition
from privacykit.policy.model import Age, Dnt, Gpc, Minor, Rule
from privacykit.policy.strictness import Stated


def in_words(statement: Stated) -> str:
    """Say *statement* in a few words."""
    if isinstance(statement, Rule):
        return _rule(statement)
    if isinstance(statement, Minor):
        return _minor(statement)
    if isinstance(statement, Age):
        years = "none set" if statement.years is None else f"{statement.years} years"
        return years + _since(statement.since)
    if isinstance(statement, Gpc):
        uses = ", ".join(sorted(statement.uses)) or "no use"
        beyond = ", ".join(sorted(statement.beyond))
        more = f"; honoured beyond that for {beyond}" if beyond else ""
        return f"{statement.status.value}: {uses}{more}{_since(statement.since)}"
    if isinstance(statement, Dnt):
        return statement.effect.value
    values = ", ".join(f"{key} {_value(value)}" for key, value in statement.values.items())
    return (values or "stated") + _since(statement.since)


def _rule(rule: Rule) -> str:
    words = rule.model.value
    if rule.conditions is not None:
        words += f" if {_conditions(rule.conditions)}, else {rule.otherwise.value}"
    if rule.stricter is not None:
        words += f"; {rule.stricter.model.value} if {_conditions(rule.stricter.when)}"
    if rule.prohibited:
        words += f"; never if {_join(rule.prohibited, ' or ')}"
    size = f"; any size for {', '.join(sorted(rule.any_size_for))}" if rule.any_size_for else ""
    return words + _types(rule) + size + _since(rule.since)


def _minor(minor: Minor) -> str:
    ages = f"{minor.at_least} to " if minor.at_least else "below "
    below = "the age of consent" if minor.below is None else str(minor.below)
    uses = sorted(minor.uses) + ["every use"] * minor.any_use
    uses += ["whatever rests on consent"] * minor.consent_based
    where = " on online platforms" if minor.online_platform else ""
    lifted = f", except {', '.join(minor.exceptions)}" if minor.exceptions else ""
    until = f" until {minor.until}" if minor.until else ""
    said = f"{minor.effect.value} {ages}{below}: {', '.join(uses)}{where}{lifted}"
    return said + _since(minor.since) + until


def _conditions(conditions: Conditions) -> str:
    every = _join(conditions.every, " and ")
    any_of = _join(conditions.any_of, " or ")
    return " and ".join(part for part in (every, any_of and f"({any_of})") if part)


def _join(parts: tuple[PropertyCondition | Conditions, ...], word: str) -> str:
    return word.join(
        _condition(part) if isinstance(part, PropertyCondition) else _conditions(part)
        for part in parts
    )


def _condition(one: PropertyCondition) -> str:
    if one.equals is not None:
        return f"{one.prop} is {_value(one.equals)}"
    bounds = [f"at most {one.at_most:g}"] if one.at_most is not None else []
    bounds += [f"at least {one.at_least:g}"] if one.at_least is not None else []
    return f"{one.prop} {' and '.join(bounds)}"


def _types(rule: Rule) -> str:
    return f" (of {', '.join(sorted(rule.data_types))})" if rule.data_types else ""


def _since(day: date | None) -> str:
    return f" since {day}" if day else ""


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
