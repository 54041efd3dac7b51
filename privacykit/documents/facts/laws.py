"""Families of laws: which policies each has, by where the controller is. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final, get_args

import msgspec

from privacykit.documents.statement import StatementSource
from privacykit.policy.clause import Clause
from privacykit.policy.merge import resolve
from privacykit.policy.model import Fact, Policy
from privacykit.policy.policyset import PolicySet
from privacykit.settings.duties.notice import LawFamily
from privacykit.settings.model import Settings

EEA: Final = frozenset(
    {
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IS",
        "IT",
        "LI",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "NO",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    }
)
"""The European Economic Area: EU members, Iceland, Liechtenstein and Norway."""
FAMILIES: Final[tuple[LawFamily, ...]] = get_args(LawFamily)
_ALONE: Final = {
    "california": "US-CA",
    "lgpd": "BR",
    "pipl": "CN",
    "app": "AU",
    "kvkk": "TR",
}
_LIKE_GDPR: Final = frozenset({*EEA, "GB", "CH", "EU"})
_EEA: Final = "EEA"
_AREA: Final = {**dict.fromkeys((*EEA, "EU"), _EEA), "GB": "GB", "CH": "CH"}
"""Places to the area that one authority of theirs may answer for."""
_COUNTRIES: Final = {"BR": "lgpd", "CN": "pipl", "AU": "app", "TR": "kvkk"}


class FamilyLaw(msgspec.Struct, frozen=True):
    """
    A family of laws and its policies, resolved for a day.

    Attributes:
        family: Its name.
        policies: In the order of their ids; at least one.
    """

    family: LawFamily
    policies: tuple[Policy, ...]


def families_of(settings: Settings) -> tuple[LawFamily, ...]:
    """Return the families by which a notice is written: those stated, else by establishment."""
    notice = settings.notice
    if notice is not None and notice.laws:
        return tuple(name for name in FAMILIES if name in notice.laws)
    found: set[str] = set()
    for place in establishments(settings):
        country = place[:2]
        if country in _LIKE_GDPR:
            found.add("gdpr")
        elif country == "US":
            found |= {"california", "us-states"}
        elif country in _COUNTRIES:
            found.add(_COUNTRIES[country])
    return tuple(name for name in FAMILIES if name in (found or {"gdpr"}))


def establishments(settings: Settings) -> tuple[str, ...]:
    """Return where the controller and its sites are established, each once, in order."""
    places = [*settings.controller.establishments]
    places += [place for site in settings.site for place in site.establishments]
    return tuple(dict.fromkeys(places))


def family_of_policy(policy_id: str) -> LawFamily | None:
    """Return the family that the policy *policy_id* belongs to, if it does to one."""
    for family in FAMILIES:
        if _ALONE.get(family) == policy_id:
            return family
    if policy_id.startswith("US-"):
        return "us-states"
    return "gdpr" if policy_id in _LIKE_GDPR else None


def law_of(
    family: LawFamily, settings: Settings, policies: PolicySet, on: date
) -> FamilyLaw | None:
    """
    Return *family* with its policies as they stand on the day *on*; ``None`` without any.

    Of European laws those of the establishments, else the Union's alone; of American states all
    that have an act of their own, but California, which is a family.
    """
    if family in _ALONE:
        ids: Iterable[str] = [_ALONE[family]]
    elif family == "gdpr":
        here = {place[:2] for place in establishments(settings)} & _LIKE_GDPR
        ids = here or {"EU"}
    else:
        states = [p.id for p in policies if p.id.startswith("US-") and "rights" in p.facts]
        ids = set(states) - set(_ALONE.values())
    met = all(site.audience.thresholds_met for site in settings.site)
    found = [policies.get(id_) for id_ in sorted(ids)]
    known = [resolve(policy, on, thresholds_met=met) for policy in found if policy is not None]
    if family == "us-states":
        # Before the first day of a state's act the law of the whole country stands in its place.
        known = [policy for policy in known if policy.id in ids]
    return FamilyLaw(family, tuple(known)) if known else None


def has_stated_authority(policy_id: str, settings: Settings) -> bool:
    """
    Tell whether the authority that the operator states is that of the policy *policy_id*.

    It is the lead authority for all of the European Economic Area (GDPR Art. 56), or that of the
    United Kingdom or Switzerland for an operator who is established there alone.
    """
    if not settings.controller.authority:
        return False
    homes = (_AREA.get(place[:2]) for place in establishments(settings))
    return _AREA.get(policy_id) == next(filter(None, homes), _EEA)


def authority_of(policy: Policy, settings: Settings) -> str:
    """Return who watches over *policy*: the authority that is stated, else that of the law."""
    if has_stated_authority(policy.id, settings):
        return settings.controller.authority
    regulator = policy.facts.get("regulator")
    return str(regulator.values.get("name", "")) if regulator is not None else ""


def clause_source(policy: Policy, clause: Clause) -> StatementSource:
    """Return *clause* of *policy* as the source of a statement."""
    return StatementSource(policy.label, clause.path, clause.citation, clause.confidence.value)


def texts_of(fact: Fact, key: str) -> tuple[str, ...]:
    """Return the list of texts that *fact* holds under *key*; nothing where it holds none."""
    found = fact.values.get(key)
    return tuple(map(str, found)) if isinstance(found, list | tuple) else ()
