"""
Put a policy on top of the one it extends, and pick the clauses in force on a day. Pure.

Laws of this file: a clause of a policy replaces the same clause of what it extends, whole, and
leaves every other; resolving twice for one day changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256
from itertools import chain
from typing import TypeVar

from privacykit.policy.model import Age, Dnt, Fact, Gpc, Minor, Policy, Rule
from privacykit.policy.words import GpcStatus

T = TypeVar("T", Rule, Minor, Fact, Age, Gpc, Dnt)


def merge(own: Policy, parent: Policy | None) -> Policy:
    """
    Return *own* with everything it leaves to *parent*, which is already merged.

    Inherited clauses keep their citation and name where they stand: ``EU: rules.sale``. A dated
    clause that does not say what held before it is given the parent's, and so is a rule that
    speaks of some kinds of data only.
    """
    if parent is None:
        return own
    kept = _without(parent, own.drop)
    return replace(
        own,
        follows=own.follows or parent.follows,
        law=own.law or parent.law,
        hash=sha256(f"{own.hash} {parent.hash}".encode()).hexdigest()[:12],
        rules=_over(kept.rules, {u: _rule(r, kept.rules.get(u)) for u, r in own.rules.items()}),
        minors=_over(kept.minors, own.minors),
        age=_age(own.age, kept.age),
        gpc=own.gpc or kept.gpc,
        dnt=own.dnt or kept.dnt,
        facts=_over(_unreplaced(kept.facts, own.facts), _facts(kept.facts, own.facts)),
        parent=parent,
    )


def resolve(policy: Policy, on: date, *, thresholds_met: bool = True) -> Policy:
    """
    Return what *policy* asks on the day *on*.

    Before the first day of its law, and where the operator is below its threshold, the policy it
    extends takes its place; clauses that bind operators of any size stay. A law that extends none
    stands as written: what came before it was not read, and its text is the protective guess.
    """
    if policy.resolved_on is not None:
        return policy
    if policy.parent is not None and policy.law is not None:
        start = policy.law.in_force
        if start is not None and on < start:
            return resolve(policy.parent, on, thresholds_met=thresholds_met)
        if policy.has_threshold and not thresholds_met:
            return _below_threshold(policy, resolve(policy.parent, on), on)
    return replace(
        policy,
        rules=_dated(policy.rules, on),
        minors={key: minor for key, minor in policy.minors.items() if _binds(minor, on)},
        age=_age_on(policy.age, on),
        gpc=_gpc_on(policy.gpc, on),
        facts={path: f for path, fact in policy.facts.items() if (f := fact_on(fact, on))},
        resolved_on=on,
    )


def dates_of(policy: Policy) -> frozenset[date]:
    """Return every day on which *policy*, or what it extends, changes what it asks."""
    days = set(dates_of(policy.parent)) if policy.parent else set()
    if policy.law is not None:
        days.add(policy.law.in_force or date.min)
    for rule in policy.rules.values():
        days.update(_since(rule))
    for fact in policy.facts.values():
        days.update(_since(fact))
    days.update(_since(policy.age))
    for minor in policy.minors.values():
        days.update(day for day in (minor.since, minor.until) if day)
    if policy.gpc is not None:
        days.update(day for day in (policy.gpc.since, policy.gpc.shown_since) if day)
    days.update(departure.on for departure in policy.departures)
    return frozenset(days - {date.min})


def _since(dated: Rule | Fact | Age | None) -> Iterator[date]:
    while dated is not None:
        if dated.since is not None:
            yield dated.since
        if isinstance(dated, Rule) and dated.elsewhere is not None:
            yield from _since(dated.elsewhere)
        dated = dated.before


def _without(parent: Policy, drop: tuple[str, ...]) -> Policy:
    """Return *parent* without what is dropped, its clauses named as inherited."""
    name = parent.id
    return replace(
        parent,
        rules={u: _named(r, name) for u, r in parent.rules.items() if f"rules.{u}" not in drop},
        minors={k: _named(m, name) for k, m in parent.minors.items() if f"minors.{k}" not in drop},
        facts={p: _named(f, name) for p, f in parent.facts.items() if p not in drop},
        age=_named(parent.age, name) if parent.age and "consent_age" not in drop else None,
        gpc=_named(parent.gpc, name) if parent.gpc and "gpc" not in drop else None,
        dnt=_named(parent.dnt, name) if parent.dnt and "dnt" not in drop else None,
    )


def _named(one: T, parent: str) -> T:
    """Return *one* with ``EU: `` before the path of its clause, unless it has such a name."""
    changes: dict[str, object] = {}
    if ": " not in one.clause.path:
        changes["clause"] = replace(one.clause, path=f"{parent}: {one.clause.path}")
    for link in ("before", "elsewhere"):
        other = getattr(one, link, None)
        if other is not None:
            changes[link] = _named(other, parent)
    return replace(one, **changes)  # type: ignore[arg-type]  # the keys are fields of all of T


def _over(parent: Mapping[str, T], own: Mapping[str, T]) -> dict[str, T]:
    return {key: own.get(key) or parent[key] for key in dict.fromkeys(chain(parent, own))}


def _rule(own: Rule, parent: Rule | None) -> Rule:
    if own.data_types and own.elsewhere is None:
        own = replace(own, elsewhere=parent)
    if own.before is not None:
        return replace(own, before=_rule(own.before, parent))
    return replace(own, before=parent) if own.since is not None else own


def _age(own: Age | None, parent: Age | None) -> Age | None:
    if own is not None and own.since is not None and own.before is None:
        return replace(own, before=parent)
    return own or parent


def _facts(parent: Mapping[str, Fact], own: Mapping[str, Fact]) -> dict[str, Fact]:
    return {path: _fact(fact, parent.get(path)) for path, fact in own.items()}


def _unreplaced(parent: Mapping[str, Fact], own: Mapping[str, Fact]) -> dict[str, Fact]:
    """Return *parent* without the periods by right of a deadline that *own* has anew, whole."""
    return {p: f for p, f in parent.items() if p in own or p.rpartition(".")[0] not in own}


def _fact(own: Fact, parent: Fact | None) -> Fact:
    return replace(own, before=parent) if own.since is not None and own.before is None else own


def _dated(rules: Mapping[str, Rule], on: date) -> dict[str, Rule]:
    return {use: r for use, rule in rules.items() if (r := _rule_on(rule, on))}


def _rule_on(rule: Rule | None, on: date) -> Rule | None:
    while rule is not None and rule.since is not None and on < rule.since:
        rule = rule.before
    if rule is None or rule.elsewhere is None:
        return rule
    return replace(rule, elsewhere=_rule_on(rule.elsewhere, on))


def fact_on(fact: Fact | None, on: date) -> Fact | None:
    """Return what *fact* says on the day *on*, ``None`` where nothing was said then."""
    while fact is not None and fact.since is not None and on < fact.since:
        fact = fact.before
    return fact


def _age_on(age: Age | None, on: date) -> Age | None:
    while age is not None and age.since is not None and on < age.since:
        age = age.before
    return age


def _binds(minor: Minor, on: date) -> bool:
    return (minor.since is None or minor.since <= on) and (minor.until is None or on < minor.until)


def _gpc_on(gpc: Gpc | None, on: date) -> Gpc | None:
    if gpc is not None and gpc.since is not None and on < gpc.since:
        return _no_duty(gpc)
    if gpc is not None and gpc.shown_since is not None and on < gpc.shown_since:
        return replace(gpc, shown_since=None)
    return gpc


def _below_threshold(policy: Policy, base: Policy, on: date) -> Policy:
    """Return *base* with the clauses of *policy* that bind operators of any size."""
    rules = {
        use: rule if rule.any_size else _for_types(rule, base.rules.get(use))
        for use, rule in _dated(policy.rules, on).items()
        if rule.any_size or rule.any_size_for
    }
    minors = {k: m for k, m in policy.minors.items() if m.any_size and _binds(m, on)}
    if not rules and not minors:
        return base
    return replace(
        base,
        id=policy.id,
        name=policy.name,
        hash=policy.hash,
        rules={**base.rules, **rules},
        minors={**base.minors, **minors},
    )


def _for_types(rule: Rule, elsewhere: Rule | None) -> Rule:
    """Return *rule* for the kinds of data for which it binds operators of any size."""
    return replace(rule, data_types=rule.any_size_for, elsewhere=elsewhere)


def _no_duty(gpc: Gpc) -> Gpc:
    none: frozenset[str] = frozenset()
    return replace(gpc, status=GpcStatus.NOT_MANDATED, uses=none, beyond=none, shown_since=None)
