"""
Slips in policies that parse: dates, places, amendments, days of reading, cases. Pure.

Missing citations, unknown uses, deadlines without unit and prohibitions with a lower age do not
parse in the first place (:mod:`privacykit.policy.parse`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from privacykit.errors import Problem
from privacykit.policy.model import Age, Fact, Policy, Rule
from privacykit.policy.override import statements
from privacykit.policy.parse import Parsed
from privacykit.policy.place import country_of, normalise_place
from privacykit.policy.review.sources import clauses_of, practices_of
from privacykit.policy.words import Kind, Model

ENOUGH_CASES: Final = 5
"""How many cases each policy file carries at least."""

_EARLIEST, _LATEST = date(1970, 1, 1), date(2100, 1, 1)
_PLACELESS = frozenset(
    {
        Kind.SUPRANATIONAL,
        Kind.OVERLAY,
        Kind.ESTABLISHMENT_REGIME,
        Kind.FALLBACK,
    }
)


def lint(parsed: Sequence[Parsed], *, known: Iterable[Policy] = ()) -> list[Problem]:
    """
    Find what is wrong with *parsed* files.

    Args:
        parsed: The files, read with their cases.
        known: Policies they may build on, such as ours under a user's.

    Returns:
        Problems in the order of files; none if all is well.
    """
    own = {one.policy.id: one.policy for one in parsed}
    known = list(known)
    everything = {policy.id: policy for policy in known} | own
    countries = {country_of(at) for p in everything.values() for at in p.places if "-" not in at}
    problems: list[Problem] = []
    for one in parsed:
        problems.extend(_dates(one.policy))
        problems.extend(_amendments(one.policy))
        problems.extend(_unread(one.policy))
        problems.extend(_places(one.policy, countries))
        problems.extend(_build(one.policy, everything))
        if one.policy.id not in {policy.id for policy in known}:
            problems.extend(_cases(one))
    if not any(p.kind is Kind.FALLBACK for p in everything.values()):
        problems.append(Problem("PK067", "policies", "", "there is no fallback for unknown places"))
    return problems


def boundaries(policy: Policy) -> dict[str, frozenset[date]]:
    """Return the days on which clauses written in *policy* itself change, by path."""
    found: dict[str, set[date]] = {}
    for path, statement in statements(policy).items():
        days = {getattr(statement, name, None) for name in ("since", "until", "shown_since")}
        older = getattr(statement, "before", None)
        while isinstance(older, Rule | Fact | Age):
            days.add(older.since)
            older = older.before
        if any(days):
            found[path] = {day for day in days if day is not None}
    for departure in policy.departures:
        found.setdefault("departures", set()).add(departure.on)
    return {path: frozenset(days) for path, days in found.items()}


def _problem(code: str, policy: Policy, key: str, message: str, hint: str = "") -> Problem:
    return Problem(code, f"{policy.id}.toml", key, message, hint)


def _dates(policy: Policy) -> Iterator[Problem]:
    for path, days in boundaries(policy).items():
        if not all(_EARLIEST <= day <= _LATEST for day in days):
            yield _problem("PK055", policy, path, "a date no law can have")
    for key, minor in policy.minors.items():
        if minor.since and minor.until and minor.until <= minor.since:
            yield _problem("PK055", policy, f"minors.{key}.until", "ends before it begins")
        if minor.below is not None and minor.at_least >= minor.below:
            yield _problem("PK055", policy, f"minors.{key}.from", "covers no age")
    for path, statement in statements(policy).items():
        newer, older = statement, getattr(statement, "before", None)
        while isinstance(older, Rule | Fact | Age) and isinstance(newer, Rule | Fact | Age):
            if newer.since is None or (older.since is not None and older.since >= newer.since):
                yield _problem("PK055", policy, f"{path}.before", "is not before anything")
            newer, older = older, older.before


def _amendments(policy: Policy) -> Iterator[Problem]:
    named = {amendment.on for amendment in policy.amendments}
    if policy.law is not None and policy.law.in_force is not None:
        named.add(policy.law.in_force)
    for path, days in boundaries(policy).items():
        for day in sorted(days - named):
            message = f"changes on {day}, which no amendment names"
            yield _problem("PK061", policy, path, message, "add it to [[amendments]]")


def _unread(policy: Policy) -> Iterator[Problem]:
    for clause in (*clauses_of(policy), *practices_of(policy)):
        if clause.read is None:
            message, hint = "nothing says when it was read", "write read = 2026-12-01"
            yield _problem("PK072", policy, clause.path, message, f"{hint} there or at the top")


def _places(policy: Policy, countries: set[str]) -> Iterator[Problem]:
    if not policy.places and policy.kind not in _PLACELESS and policy.extends != policy.id:
        yield _problem("PK058", policy, "places", "covers no place")
    for place in policy.places:
        if normalise_place(place) != place:
            yield _problem("PK058", policy, "places", f"{place} is not a code, or another's alias")
        elif "-" in place and country_of(place) not in countries:
            yield _problem("PK058", policy, "places", f"nobody covers the country of {place}")
    for departure in policy.departures:
        if departure.place not in policy.places:
            yield _problem("PK058", policy, "departures", f"{departure.place} is not covered here")


def _build(policy: Policy, everything: dict[str, Policy]) -> Iterator[Problem]:
    if (policy.kind is Kind.OVERLAY) != (policy.over is not None):
        yield _problem("PK068", policy, "over", "overlays, and only they, say what they lie over")
    if policy.extends is None and (policy.law is None or not policy.follows):
        yield _problem("PK068", policy, "law", "without `extends` it needs [law] and [scope]")
    inherited = _paths_of(everything.get(policy.extends or ""), everything)
    for path in policy.drop:
        if path not in inherited:
            yield _problem("PK068", policy, "drop", f"there is no {path} to drop")
    for use, rule in policy.rules.items():
        if rule.model is Model.EXEMPT and rule.conditions is None:
            yield _problem("PK068", policy, f"rules.{use}", "an exemption without conditions")


def _paths_of(policy: Policy | None, everything: dict[str, Policy]) -> set[str]:
    paths: set[str] = set()
    seen: set[str] = set()
    while policy is not None and policy.id not in seen:
        seen.add(policy.id)
        paths |= set(statements(policy))
        policy = everything.get(policy.extends or "")
    return paths


def _cases(parsed: Parsed) -> Iterator[Problem]:
    policy, cases = parsed.policy, parsed.cases
    if len(cases) < ENOUGH_CASES:
        message = f"has {len(cases)} cases, {ENOUGH_CASES} are needed"
        yield _problem("PK065", policy, "cases", message)
    days = frozenset().union(*boundaries(policy).values())
    tried = {case.get("date") for case in cases}
    if days and not any({day, day - timedelta(days=1)} & tried for day in days):
        yield _problem("PK066", policy, "cases", "no case stands at a date boundary")
