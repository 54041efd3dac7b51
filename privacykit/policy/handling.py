"""
Handling of data that may exist: the strictest join of what the policies ask. Pure.

Where a policy says nothing, the cautious default of this file holds; where it says that its law
sets no bound, none is set.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from privacykit.policy.merge import resolve
from privacykit.policy.model import Policy
from privacykit.policy.words import DntEffect, Kind

CONSENT_MONTHS: Final = 12
"""How long a grant lives where a law gives no number: a common cautious choice, not law."""

FALLBACK_AGE: Final = 16
"""The age of consent where none is known: the default of GDPR Art. 8(1), as for unknown places."""

_DEFAULTS: Final = {"ipv4_bits": 24, "ipv6_bits": 48, "visitor_hours": 24}
_SHORTEST_MONTHS: Final = (0, 28, 59, 89, 120, 150, 181, 212, 242, 273, 303, 334)


@dataclass(frozen=True, slots=True)
class Handling:
    """
    What the laws that apply ask of handling, joined: the least of every number.

    Attributes:
        retention_days: The longest an event may live; ``None`` is no number in any law.
        consent_months: How long a grant lives.
        cookie_days: The longest a measuring cookie may live; ``None`` is no number.
        ipv4_bits: Leading bits of an IPv4 address that may be **kept**, 0 to 32.
        ipv6_bits: Leading bits of an IPv6 address that may be **kept**, 0 to 128.
        visitor_hours: The longest an id without storage may live; ``None`` is no number.
        campaign: Whether campaign names may be kept.
        dnt_is_objection: Do Not Track counts as an objection.
        show_gpc: The visitor must be shown that Global Privacy Control was processed.
        age: The age from which a person's own consent counts everywhere here; 0 is any.
    """

    retention_days: int | None
    consent_months: int
    cookie_days: int | None
    ipv4_bits: int
    ipv6_bits: int
    visitor_hours: int | None
    campaign: bool
    dnt_is_objection: bool
    show_gpc: bool
    age: int


def handling(policies: Iterable[Policy], on: date, use: str | None = None) -> Handling:
    """
    Join what *policies* ask of handling on the day *on*.

    Args:
        policies: From :meth:`.PolicySet.applicable`; of none, the cautious defaults hold.
        on: The local date.
        use: Caps that hold for certain uses count only for these; ``None`` counts them all.
    """
    each = [resolve(policy, on) for policy in policies]
    ipv4, ipv6 = _least(each, "ipv4_bits"), _least(each, "ipv6_bits")
    return Handling(
        retention_days=_cap_days(each, "data_months", use),
        consent_months=min(map(consent_months, each), default=CONSENT_MONTHS),
        cookie_days=_cap_days(each, "cookie_months", use),
        ipv4_bits=32 if ipv4 is None else ipv4,
        ipv6_bits=128 if ipv6 is None else ipv6,
        visitor_hours=_least(each, "visitor_hours"),
        campaign=all(_stated(p, "handling", "campaign") is not False for p in each),
        dnt_is_objection=any(p.dnt and p.dnt.effect is DntEffect.OBJECTION for p in each),
        show_gpc=any(p.gpc and p.gpc.shown_since for p in each),
        age=max(map(_age, each), default=FALLBACK_AGE),
    )


def consent_months(policy: Policy) -> int:
    """Return how long a grant lives under *policy*: its number, else :data:`CONSENT_MONTHS`."""
    fact = policy.facts.get("consent.refresh")
    months = fact.values.get("months") if fact else None
    return months if isinstance(months, int) else CONSENT_MONTHS


def days_of(months: int) -> int:
    """Return the fewest days that *months* calendar months in a row can have."""
    years, rest = divmod(months, 12)
    return years * 365 + _SHORTEST_MONTHS[rest]


def _stated(policy: Policy, path: str, key: str) -> object:
    fact = policy.facts.get(path)
    return fact.values.get(key) if fact else None


def _least(policies: list[Policy], key: str) -> int | None:
    """Return the least bound on *key*; a policy without a word on handling has the default."""
    speaking = [p for p in policies if p.kind is not Kind.OVERLAY or "handling" in p.facts]
    if not speaking:
        return _DEFAULTS[key]
    bounds = [
        _stated(p, "handling", key) if "handling" in p.facts else _DEFAULTS[key] for p in speaking
    ]
    return min((bound for bound in bounds if isinstance(bound, int)), default=None)


def _cap_days(policies: list[Policy], key: str, use: str | None) -> int | None:
    months = []
    for policy in policies:
        uses, cap = _stated(policy, "retention", "uses"), _stated(policy, "retention", key)
        if isinstance(cap, int) and (use is None or not isinstance(uses, list) or use in uses):
            months.append(cap)
    return days_of(min(months)) if months else None


def _age(policy: Policy) -> int:
    if policy.age is None:
        return 0 if policy.kind is Kind.OVERLAY else FALLBACK_AGE
    return policy.age.years or 0
