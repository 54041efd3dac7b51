"""
Events that a report may use: those whose policies do not forbid what it looks at. Pure but to ask.

Measuring that rests on the law alone keeps to what the law exempts. Where a policy says that
campaigns may not be kept (``[handling] campaign = false``, as the French exemption is read), no
report tells of channels or campaigns by such events; those that rest on consent stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final

import msgspec

from privacykit.errors import ReportRefusalError
from privacykit.policy.merge import resolve
from privacykit.policy.model import Policy
from privacykit.policy.place import UNKNOWN
from privacykit.policy.policyset import PolicySet
from privacykit.reports.asking import ReportEngine

CAMPAIGN_FIELDS: Final = frozenset({"channel", "campaign", "content", "referrer_host"})
"""What tells how campaigns perform."""

FORBIDDEN: Final = "policy_forbids"
"""The reason code."""


class ForbiddingClause(msgspec.Struct, frozen=True):
    """
    A clause that forbids campaign performance by events that rest on the law alone.

    Attributes:
        policy: ``id@hash`` as events name it.
        clause: Where it stands in the policy.
        citation: What it follows.
    """

    policy: str
    clause: str
    citation: str


class PermittedEvents(msgspec.Struct, frozen=True):
    """Events that a report may use, and the clauses by which others were left out."""

    events: Any
    clauses: tuple[ForbiddingClause, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of it."""
        return tuple(
            f"{FORBIDDEN}: events under {one.policy} that rest on the law alone are left out "
            f"({one.clause}: {one.citation})."
            for one in self.clauses
        )


def for_campaigns(
    engine: ReportEngine,
    events: Any,
    fields: Iterable[str],
    law: Callable[[], PolicySet],
    on: date,
) -> PermittedEvents:
    """
    Return those of *events* by which a report that looks at *fields* may tell anything.

    Args:
        engine: Where the events are.
        events: Of the report table.
        fields: Columns that the question and its segments look at.
        law: Returns the policies in force; asked only where an event rests on the law.
        on: The day whose law holds.

    Raises:
        ReportRefusalError: A clause forbids all that there is.
    """
    if not CAMPAIGN_FIELDS.intersection(fields):
        return PermittedEvents(events, ())
    refused = forbidding_policies(engine, events, law, on)
    if not refused:
        return PermittedEvents(events, ())
    kept = events.filter(~(_by_law(events) & events.policies.fill_null("").isin([*refused])))
    each = clauses_of(refused)
    left = engine.rows(kept.aggregate(events=kept.count()))[0]["events"]
    if not left:
        raise ReportRefusalError(
            f"{FORBIDDEN}: the events rest on the law alone, and {each[0].policy} lets nobody "
            f"tell of campaigns by them ({each[0].clause}: {each[0].citation}); ask for consent, "
            "or for a report that looks at no channel or campaign, such as overview --no-channels"
        )
    return PermittedEvents(kept, each)


def forbidding_policies(
    engine: ReportEngine, events: Any, law: Callable[[], PolicySet], on: date
) -> Mapping[str, tuple[ForbiddingClause, ...]]:
    """
    Return what forbids to tell of campaigns by some of *events*, by the policies these name.

    Args:
        engine: Where the events are.
        events: Of the report table.
        law: Returns the policies in force; asked only where an event rests on the law.
        on: The day whose law holds.
    """
    named = events.filter(_by_law(events)).select(policies=events.policies.fill_null(""))
    texts = [row["policies"] for row in engine.rows(named.distinct())]
    if not any(texts):
        return {}
    known = law()
    found = {text: tuple(_forbidding(text.split(), known, on)) for text in texts}
    return {text: clauses for text, clauses in found.items() if clauses}


def clauses_of(
    refused: Mapping[str, tuple[ForbiddingClause, ...]],
) -> tuple[ForbiddingClause, ...]:
    """Return each clause of *refused* once, by policy."""
    return tuple(sorted({one for each in refused.values() for one in each}, key=_policy))


def not_told(clauses: Iterable[ForbiddingClause]) -> tuple[str, ...]:
    """Return the notes of a report that leaves campaigns out for *clauses*."""
    return tuple(
        f"{FORBIDDEN}: channels are not told, because of events under {one.policy} that rest on "
        f"the law alone ({one.clause}: {one.citation})."
        for one in clauses
    )


def _policy(clause: ForbiddingClause) -> str:
    return clause.policy


def _by_law(events: Any) -> Any:
    return (events.basis == "law").fill_null(False)


def _forbidding(labels: Iterable[str], law: PolicySet, on: date) -> Iterator[ForbiddingClause]:
    for label in labels:
        policies = _named(label.partition("@")[0], law)
        if not policies:
            # Nobody can say any more what it allowed.
            yield ForbiddingClause(label, "unknown", "no policy of that name is in force")
        for policy in policies:
            fact = resolve(policy, on).facts.get("handling")
            if fact is not None and fact.values.get("campaign") is False:
                where = f"{policy.id}: {fact.clause.path}"
                yield ForbiddingClause(label, where, fact.clause.citation)
                break


def _named(name: str, law: PolicySet) -> list[Policy]:
    """Return the policies that *name* stands for: itself, or all of a land; see ``label_set``."""
    known = law.get(name)
    if known is not None:
        return [known]
    land, several, _ = name.partition("-ALL")
    if not several:
        return []
    return [policy for policy in law if land in {UNKNOWN, policy.id.partition("-")[0]}]
