"""
Rights of a person under the laws that apply: granted or not, and by when. Pure.

Rights are a union: what one applicable law grants is granted. Deadlines are the strictest. A law
that grants a right without a number of days adds no deadline; where none has a number, the house
rule of :mod:`privacykit.govern.requests.deadlines` stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from privacykit.govern.requests.deadlines import DeadlineRule, Term, Unit
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
    RequestType.OBJECTION: ("opt_out", "response"),
    RequestType.OPT_OUT_SALE_SHARING: ("opt_out", "response"),
    RequestType.LIMIT_SENSITIVE: ("opt_out", "response"),
    RequestType.CONSENT_WITHDRAWAL: ("withdrawal", "opt_out", "response"),
}
_PLAIN = ("response",)
_EXTENDED = frozenset({"response"})

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
    return tuple(rule for policy in policies for rule in _rules(policy, wanted))


def _rules(policy: Policy, wanted: RequestType) -> tuple[DeadlineRule, ...]:
    """Return the periods of the first clock of *policy* that has any: one for each right."""
    for clock in _CLOCKS.get(wanted, _PLAIN):
        found = [rule for right in sorted(RIGHTS[wanted]) if (rule := _rule(policy, clock, right))]
        if found:
            return tuple(dict.fromkeys(found))
    return ()


def _rule(policy: Policy, clock: str, right: str) -> DeadlineRule | None:
    fact = _period(policy, clock, right)
    respond = term_of(fact)
    if fact is None or respond is None:
        return None
    extension = _period(policy, "extension", right) if clock in _EXTENDED else None
    return DeadlineRule(
        f"{policy.id}@{policy.hash[:12]}",
        respond,
        term_of(extension),
        term_of(_period(policy, "acknowledge", right)),
        fact.clause.citation,
    )


def _period(policy: Policy, clock: str, right: str) -> Fact | None:
    """Return the period for *right*, else the one for every right."""
    path = f"deadlines.{clock}"
    return policy.facts.get(f"{path}.{right}") or policy.facts.get(path)


def term_of(fact: Fact | None) -> Term | None:
    """Return the period that *fact* names, ``None`` where it has no number."""
    if fact is None:
        return None
    number, unit = fact.values.get("n"), _UNITS.get(str(fact.values.get("unit")))
    return Term(number, unit) if isinstance(number, int) and unit else None


@dataclass(frozen=True, slots=True)
class Remedy:
    """
    What a person may do against an answer, with a time that the law gives.

    Attributes:
        kind: ``complaint`` to an authority, counted from the answer; ``appeal`` to us, which we
            answer so long after it comes.
        law: Name of the policy, for people.
        term: The time.
        citation: Where it stands.
    """

    kind: Literal["complaint", "appeal"]
    law: str
    term: Term
    citation: str


def remedies(policies: Iterable[Policy]) -> tuple[Remedy, ...]:
    """Return what *policies*, resolved for the day of the answer, let a person do against it."""
    return tuple(_remedies(policies))


def _remedies(policies: Iterable[Policy]) -> Iterator[Remedy]:
    for policy in policies:
        complaint = policy.facts.get("deadlines.complaint")
        if complaint is not None and (term := _lasting(complaint)):
            yield Remedy("complaint", policy.name, term, complaint.clause.citation)
        appeal = policy.facts.get("deadlines.appeal")
        if appeal is not None and (term := _lasting(appeal)) and "appeal" in _granted(policy):
            yield Remedy("appeal", policy.name, term, appeal.clause.citation)


def _lasting(fact: Fact) -> Term | None:
    term = term_of(fact)
    return None if term is None or term.unit is Unit.IMMEDIATE else term


@dataclass(frozen=True, slots=True)
class LeastKept:
    """
    What a law wants kept at least for a time, whoever asks for its erasure.

    Attributes:
        law: Name of the policy, for people.
        months: How long.
        citation: Where it stands.
    """

    law: str
    months: int
    citation: str


def kept_at_least(policies: Iterable[Policy]) -> tuple[LeastKept, ...]:
    """Return what *policies*, resolved for a day, want kept at least so long."""
    return tuple(
        LeastKept(policy.name, months, fact.clause.citation)
        for policy in policies
        if (fact := policy.facts.get("retention"))
        and isinstance(months := fact.values.get("at_least_months"), int)
    )


def _granted(policy: Policy) -> frozenset[str]:
    fact = policy.facts.get("rights")
    words = fact.values.get("granted") if fact else None
    return frozenset(map(str, words)) if isinstance(words, list | tuple) else frozenset()
