"""What changes when, from the policies' own dates. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from privacykit.policy.model import Clause, Policy


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One day of the calendar for one policy.

    Attributes:
        on: The day.
        policy: Id of the policy.
        what: What changes.
        citation: Where it is said.
        confidence: ``verified``, ``reported`` or ``unsure``.
    """

    on: date
    policy: str
    what: str
    citation: str
    confidence: str


def calendar(policies: Iterable[Policy]) -> list[Entry]:
    """Return every dated change of *policies* in order of day and id."""
    entries = {entry for policy in policies for entry in _of(policy)}
    return sorted(entries, key=lambda entry: (entry.on, entry.policy, entry.what))


def _of(policy: Policy) -> Iterator[Entry]:
    inherited = policy.parent is not None and policy.law is policy.parent.law
    start = policy.law.in_force if policy.law is not None and not inherited else None
    told = {amendment.on for amendment in policy.amendments}
    if policy.law is not None and start is not None and start not in told:
        yield _entry(start, policy, f"{policy.law.title}: in force", policy.law.clause)
    for amendment in policy.amendments:
        yield _entry(amendment.on, policy, amendment.what, amendment.clause)


def _entry(on: date, policy: Policy, what: str, clause: Clause) -> Entry:
    return Entry(on, policy.id, what, clause.citation, clause.confidence.value)
