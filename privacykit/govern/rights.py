"""
What the laws that apply to a person say about a request: granted or not, and by when. Pure.

Rights are a union: what one applicable law grants is granted. Deadlines are the strictest. A law
that grants a right without a number of days adds no deadline; where none has a number, the house
rule of :mod:`privacykit.govern.deadlines` stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from privacykit.govern.deadlines import DeadlineRule, Term, Unit
from privacykit.govern.words import RequestType
from privacykit.policy.model import Fact, Policy

RIGHTS: Mapping[RequestType, frozenset[str]] = {
    RequestType.ACCESS: frozenset({"access"}),
    RequestType.PORTABILITY: frozenset({"port"}),
    RequestType.ERASURE: frozenset({"delete"}),
    RequestType.RECTIFICATION: frozenset({"correct"}),
    RequestType.RESTRICTION: frozenset({"restrict"}),
    RequestType.OBJECTION: frozenset({"object"}),
    RequestType.OPT_OUT_SALE_SHARING: frozenset({"opt_out_sale", "opt_out_targeted_ads"}),
    RequestType.LIMIT_SENSITIVE: frozenset({"limit_sensitive"}),
    RequestType.CONSENT_WITHDRAWAL: frozenset({"withdraw_consent"}),
}
"""Request type to the words of policies for it."""

_CLOCKS: Mapping[RequestType, tuple[str, ...]] = {
    RequestType.ERASURE: ("correct_delete", "response"),
    RequestType.RECTIFICATION: ("correct_delete", "response"),
    RequestType.OBJECTION: ("opt_out", "response"),
    RequestType.OPT_OUT_SALE_SHARING: ("opt_out", "response"),
    RequestType.LIMIT_SENSITIVE: ("opt_out", "response"),
    RequestType.CONSENT_WITHDRAWAL: ("withdrawal", "opt_out", "response"),
}
_PLAIN = ("response",)
_EXTENDED = frozenset({"response", "correct_delete"})

_UNITS = {
    "hours": Unit.HOURS,
    "calendar_days": Unit.CALENDAR_DAYS,
    "business_days": Unit.BUSINESS_DAYS,
    "month": Unit.MONTHS,
    "immediate": Unit.IMMEDIATE,
}


def granted_by(policies: Iterable[Policy], wanted: RequestType) -> tuple[str, ...]:
    """Return the ids of the policies that grant *wanted*; none means that we answer freely."""
    return tuple(policy.id for policy in policies if RIGHTS[wanted] & _granted(policy))


def deadline_rules(policies: Iterable[Policy], wanted: RequestType) -> tuple[DeadlineRule, ...]:
    """
    Return what each of *policies* says about answering *wanted*.

    Args:
        policies: Those that apply to the person, resolved for the day of receipt.

        wanted: What is asked.
    """
    found = (_rule(policy, wanted) for policy in policies)
    return tuple(rule for rule in found if rule is not None)


def _rule(policy: Policy, wanted: RequestType) -> DeadlineRule | None:
    for clock in _CLOCKS.get(wanted, _PLAIN):
        fact = policy.facts.get(f"deadlines.{clock}")
        respond = _term(fact)
        if fact is not None and respond is not None:
            extension = policy.facts.get("deadlines.extension") if clock in _EXTENDED else None
            return DeadlineRule(
                f"{policy.id}@{policy.hash[:12]}",
                respond,
                _term(extension),
                _term(policy.facts.get("deadlines.acknowledge")),
                fact.clause.citation,
            )
    return None


def _term(fact: Fact | None) -> Term | None:
    if fact is None:
        return None
    number, unit = fact.values.get("n"), _UNITS.get(str(fact.values.get("unit")))
    return Term(number, unit) if isinstance(number, int) and unit else None


def _granted(policy: Policy) -> frozenset[str]:
    fact = policy.facts.get("rights")
    words = fact.values.get("granted") if fact else None
    return frozenset(map(str, words)) if isinstance(words, list | tuple) else frozenset()
