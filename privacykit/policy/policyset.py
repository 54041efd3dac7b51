"""
Policy sets: the policies that apply by place, establishment, residence, audience and day. Pure.

The answer is a set, never one winner, because several laws bind at once. Laws of this file: an
unknown place is the set of all policies, a country whose subdivision is unknown the set of all its
policies, so neither is ever looser than one of its members; another establishment only adds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from hashlib import sha256

from privacykit.errors import PolicyError, Problem
from privacykit.policy.audience import Audience
from privacykit.policy.merge import dates_of, merge, resolve
from privacykit.policy.model import Policy
from privacykit.policy.place import UNKNOWN, country_of, normalise_place
from privacykit.policy.words import Follows, Kind

_REMEMBERED = 4096
_EVERYWHERE = "*"
BY_ID = frozenset({Kind.SUPRANATIONAL, Kind.ESTABLISHMENT_REGIME})
_Key = tuple[str, int, Audience, str | None]


class PolicySet:
    """
    All policies, merged; immutable but for a bounded memory of answers.

    Attributes:
        hash: Twelve hex digits over every policy.
        changes: The days on which any policy changes what it asks, in order.
    """

    def __init__(self, policies: Mapping[str, Policy]) -> None:
        self._policies = dict(sorted(policies.items()))
        self._at = {place: p for p in self._policies.values() for place in p.places}
        self._overlays = tuple(p for p in self if p.kind is Kind.OVERLAY)
        self._divided = {
            country_of(p.places[0]) for p in self if p.kind is Kind.SUBDIVISION and p.places
        }
        self._departures = {d.place: d.on for p in self for d in p.departures}
        self.hash = sha256(" ".join(p.label for p in self).encode()).hexdigest()[:12]
        self._days = {p.id: sorted(dates_of(p)) for p in self}
        self.changes = tuple(sorted({day for days in self._days.values() for day in days}))
        self._memory: dict[_Key, tuple[Policy, ...]] = {}
        self._resolved: dict[tuple[str, int, bool], Policy] = {}

    @classmethod
    def from_policies(cls, policies: Iterable[Policy]) -> PolicySet:
        """
        Merge each of *policies* with what it extends and collect them.

        Raises:
            PolicyError: One id or place is there twice, *extends* names nothing or a circle, or
                a policy has no law or follows nobody.
        """
        own: dict[str, Policy] = {}
        problems = []
        for policy in policies:
            if policy.id in own:
                problems.append(_problem("PK062", policy, "id", "this id is there twice"))
            own[policy.id] = policy
        problems += _broken_chains(own) or _covered_twice(own)
        if problems:
            raise PolicyError(*problems)
        merged: dict[str, Policy] = {}
        for policy in own.values():
            _merge_chain(policy, own, merged)
        lawless = [p for p in merged.values() if p.law is None or not p.follows]
        if lawless:
            hint = "write [law] and [scope], or `extends`"
            raise PolicyError(*(_problem("PK068", p, "law", "has no law", hint) for p in lawless))
        return cls(merged)

    def __iter__(self) -> Iterator[Policy]:
        """Iterate over the merged policies by id."""
        return iter(self._policies.values())

    def __len__(self) -> int:
        return len(self._policies)

    def get(self, policy_id: str) -> Policy | None:
        """Return the merged policy *policy_id*, not resolved for any day, or ``None``."""
        return self._policies.get(policy_id)

    def places(self) -> frozenset[str]:
        """Return every place that has a policy of its own."""
        return frozenset(self._at)

    def applicable(
        self, place: str, *, on: date, audience: Audience, residence: str | None = None
    ) -> tuple[Policy, ...]:
        """
        Return the policies that apply, resolved for a day, in a stable order.

        Args:
            place: Where the visitor seems to be, from :func:`.normalise_place`.
            on: The local date of the event, never of the release.
            audience: Who the site is for and who runs it.
            residence: A place the visitor declared; for acts that protect residents it replaces
                *place*, and any other law it names applies beside that of *place*.

        Returns:
            At least one policy as long as the set has a fallback.
        """
        epoch = bisect_right(self.changes, on)
        key = (place, epoch, audience, residence)
        found = self._memory.get(key)
        if found is None:
            found = self._find(place, on, audience, residence)
            if len(self._memory) >= _REMEMBERED:
                self._memory.clear()
            self._memory[key] = found
        return found

    def covering(self, place: str, *, on: date, audience: Audience) -> tuple[Policy, ...]:
        """
        Return the policies of *place* and of the operator as written, resolved for no day.

        Whether a policy's own act binds makes no difference: what a policy says of breaches stands
        in other acts, which are older and bind everybody.
        """
        there = self._of_visitor(place, on, None)
        found = [
            *there,
            *(p for code in audience.establishments for p in self._of_operator(code, on)),
        ]
        return tuple({p.id: p for p in found or self._fallback()}.values())

    def _find(
        self, place: str, on: date, audience: Audience, residence: str | None
    ) -> tuple[Policy, ...]:
        there = self._of_visitor(place, on, residence)
        run_from = [p for code in audience.establishments for p in self._of_operator(code, on)]
        found = [*there, *run_from] or self._fallback()
        found += [p for p in self._overlays if self._lies_over(p, there, audience, place)]
        resolved = (self._resolve(p, on, audience.thresholds_met) for p in found)
        return tuple({p.label: p for p in resolved}.values())

    def _resolve(self, policy: Policy, on: date, thresholds_met: bool) -> Policy:
        key = (policy.id, bisect_right(self._days[policy.id], on), thresholds_met)
        known = self._resolved.get(key)
        if known is None:
            known = resolve(policy, on, thresholds_met=thresholds_met)
            self._resolved[key] = known
        return known

    def _of_visitor(self, place: str, on: date, residence: str | None) -> list[Policy]:
        """Return the policies that follow somebody who is at *place* or lives at *residence*."""
        here = self._covering(place, on)
        if here is None:
            return self._all()
        home: list[Policy] = []
        lives_at = normalise_place(residence)
        if lives_at not in {UNKNOWN, country_of(place)}:
            home = self._covering(lives_at, on) or []
            if country_of(lives_at) == country_of(place):
                here = [p for p in here if Follows.VISITOR in p.follows]
        candidates = {p.id: p for p in (*here, *home)}
        return [p for p in candidates.values() if p.follows & {Follows.VISITOR, Follows.RESIDENT}]

    def _of_operator(self, code: str, on: date) -> list[Policy]:
        """Return the policies that follow an operator established at *code*, a place or an id."""
        named = self._policies.get(code)
        if named is not None and named.kind in BY_ID:
            return [named]
        covering = self._covering(normalise_place(code), on)
        if covering is None:
            return self._fallback()
        return [p for p in covering if Follows.OPERATOR in p.follows]

    def _covering(self, place: str, on: date) -> list[Policy] | None:
        """Return the policies of *place*; all of the country's if in doubt; ``None`` if unknown."""
        land = country_of(place)
        left = place in self._departures and on >= self._departures[place]
        if place in self._at and not left and not (place == land and land in self._divided):
            return [self._at[place]]
        if land in self._divided:
            return [p for p in self if any(country_of(at) == land for at in p.places)]
        return [self._at[land]] if land in self._at else None

    def _all(self) -> list[Policy]:
        return [p for p in self if p.kind is not Kind.OVERLAY]

    def _fallback(self) -> list[Policy]:
        return [p for p in self if p.kind is Kind.FALLBACK]

    def _lies_over(
        self, overlay: Policy, there: list[Policy], audience: Audience, place: str
    ) -> bool:
        """Tell whether *overlay* lies over one of *there*, or over the operator."""
        if overlay.over == _EVERYWHERE or self._covering(place, date.min) is None:
            return True
        lands = {country_of(at) for policy in there for at in policy.places}
        if Follows.OPERATOR in overlay.follows:
            lands |= {country_of(normalise_place(code)) for code in audience.establishments}
        return overlay.over in lands


def _merge_chain(policy: Policy, own: dict[str, Policy], merged: dict[str, Policy]) -> Policy:
    if policy.id not in merged:
        parent = _merge_chain(own[policy.extends], own, merged) if policy.extends else None
        merged[policy.id] = merge(policy, parent)
    return merged[policy.id]


def _problem(code: str, policy: Policy, key: str, message: str, hint: str = "") -> Problem:
    return Problem(code, f"{policy.id}.toml", key, message, hint)


def _broken_chains(own: dict[str, Policy]) -> list[Problem]:
    problems = []
    for policy in own.values():
        seen, at = {policy.id}, policy
        while at.extends:
            if at.extends not in own:
                problems.append(_problem("PK062", at, "extends", "extends a policy nobody has"))
                break
            if at.extends in seen:
                problems.append(_problem("PK062", policy, "extends", "extends itself in a circle"))
                break
            at = own[at.extends]
            seen.add(at.id)
    return list(dict.fromkeys(problems))


def _covered_twice(own: dict[str, Policy]) -> list[Problem]:
    first: dict[str, str] = {}
    hint = "give it to one of them, or make this an overlay"
    return [
        _problem("PK059", policy, "places", f"{place} is covered by {first[place]} too", hint)
        for policy in own.values()
        for place in policy.places
        if first.setdefault(place, policy.id) != policy.id
    ]
