"""The calendar of the law, from the policies' own dates. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from privacykit.policy.clause import Clause
from privacykit.policy.model import Policy
from privacykit.policy.place import country_of
from privacykit.policy.policyset import PolicySet

_DEEPEST = 4
"""Policies that build on each other, as many as ever stand in one chain."""


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """
    One day of the calendar for one policy.

    Attributes:
        on: The day.
        policy: Id of the policy.
        what: What changes.
        citation: Where it is said.
        confidence: ``verified``, ``quoted``, ``reported`` or ``unsure``.
    """

    on: date
    policy: str
    what: str
    citation: str
    confidence: str


def calendar(policies: Iterable[Policy]) -> list[CalendarEntry]:
    """Return every dated change of *policies* in order of day and id."""
    entries = {entry for policy in policies for entry in _of(policy)}
    return sorted(entries, key=lambda entry: (entry.on, entry.policy, entry.what))


@dataclass(frozen=True, slots=True)
class PendingEntry:
    """
    Something that may change, no day being set.

    Attributes:
        policy: Id of the policy.
        what: What may change.
        expected: When, as far as somebody said so.
        citation: Where it is said.
        confidence: How sure we are.
    """

    policy: str
    what: str
    expected: date | None
    citation: str
    confidence: str


def pending(policies: Iterable[Policy]) -> list[PendingEntry]:
    """Return what may change in *policies*, what is expected first."""
    entries = [
        PendingEntry(
            policy.id, one.what, one.expected, one.clause.citation, one.clause.confidence.value
        )
        for policy in policies
        for one in policy.pending
    ]
    return sorted(entries, key=lambda one: (one.expected or date.max, one.policy, one.what))


def places_of(law: PolicySet, policy: str) -> frozenset[str]:
    """Return the places of *policy* and of all that build on it, their countries and its id."""
    reached = {policy}
    for one in [*law] * _DEEPEST:
        if one.extends in reached:
            reached.add(one.id)
    places = {place for one in law if one.id in reached for place in one.places}
    return frozenset({*places, *map(country_of, places), *reached})


def _of(policy: Policy) -> Iterator[CalendarEntry]:
    inherited = policy.parent is not None and policy.law is policy.parent.law
    start = policy.law.in_force if policy.law is not None and not inherited else None
    told = {amendment.on for amendment in policy.amendments}
    if policy.law is not None and start is not None and start not in told:
        yield _entry(start, policy, f"{policy.law.title}: in force", policy.law.clause)
    for amendment in policy.amendments:
        yield _entry(amendment.on, policy, amendment.what, amendment.clause)


def _entry(on: date, policy: Policy, what: str, clause: Clause) -> CalendarEntry:
    return CalendarEntry(on, policy.id, what, clause.citation, clause.confidence.value)
