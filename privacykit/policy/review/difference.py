"""
Differences between two sets of policies: which clause, for whom, from when. Pure.

Policies are compared as written, so a change to the GDPR is one change that names all it reaches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from privacykit.policy.model import Policy
from privacykit.policy.override import statements
from privacykit.policy.review.wording import in_words
from privacykit.policy.strictness import Stated, relaxes


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """
    One difference.

    Attributes:
        policy: Id of the policy it is written in.
        path: The key in its file; empty when the whole policy came or went.
        old: What was said, in words; empty when nothing was.
        new: What is said now; empty when nothing is.
        looser: It asks less than before, or may do so.
        since: The day it counts from, if it names one.
        reaches: Ids of the policies that inherit it, itself included.
    """

    policy: str
    path: str
    old: str
    new: str
    looser: bool
    since: date | None
    reaches: tuple[str, ...]


def differences(old: Mapping[str, Policy], new: Mapping[str, Policy]) -> Iterator[PolicyChange]:
    """Compare two sets of policies as written, not merged, id by id."""
    for policy_id in sorted(set(old) | set(new)):
        was, now = old.get(policy_id), new.get(policy_id)
        if was is None or now is None:
            yield _whole(policy_id, was, now, new if now else old)
        else:
            yield from _clauses(was, now, new)
            yield from _scope(was, now, new)


def _whole(
    policy_id: str, was: Policy | None, now: Policy | None, policies: Mapping[str, Policy]
) -> PolicyChange:
    one = now or was
    law = one.law if one is not None else None
    since = law.in_force if law is not None else None
    old, new = (was.name if was else ""), (now.name if now else "")
    return PolicyChange(policy_id, "", old, new, now is None, since, _reach(policy_id, policies))


def _clauses(was: Policy, now: Policy, policies: Mapping[str, Policy]) -> Iterator[PolicyChange]:
    before, after = statements(was), statements(now)
    for path in dict.fromkeys([*before, *after]):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        looser = new is None or (old is not None and relaxes(old, new))
        since = getattr(new or old, "since", None)
        yield PolicyChange(
            now.id,
            path,
            _told(old),
            _told(new),
            looser,
            since,
            _reach(now.id, policies),
        )


def _told(statement: Stated | None) -> str:
    if statement is None:
        return ""
    clause = statement.clause
    return f"{in_words(statement)} [{clause.citation}; {clause.confidence.value}]"


def _scope(was: Policy, now: Policy, policies: Mapping[str, Policy]) -> Iterator[PolicyChange]:
    pairs = {
        "places": (" ".join(sorted(was.places)), " ".join(sorted(now.places))),
        "scope.follows": (" ".join(sorted(was.follows)), " ".join(sorted(now.follows))),
        "extends": (was.extends or "", now.extends or ""),
        "law.in_force": (_day(was), _day(now)),
        "departures": (_departures(was), _departures(now)),
    }
    for path, (old, new) in pairs.items():
        if old != new:
            since = now.law.in_force if path == "law.in_force" and now.law else None
            yield PolicyChange(now.id, path, old, new, True, since, _reach(now.id, policies))


def _day(policy: Policy) -> str:
    return str(policy.law.in_force or "") if policy.law is not None else ""


def _departures(policy: Policy) -> str:
    return ", ".join(f"{d.place} on {d.on}" for d in policy.departures)


def _reach(policy_id: str, policies: Mapping[str, Policy]) -> tuple[str, ...]:
    reached, grew = {policy_id}, True
    while grew:
        more = {p.id for p in policies.values() if p.extends in reached} - reached
        reached |= more
        grew = bool(more)
    return (policy_id, *sorted(reached - {policy_id}))
