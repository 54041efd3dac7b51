"""Places where somebody is established: codes that the law or ISO 3166-1 knows. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.errors import Problem
from privacykit.geo.names import COUNTRIES
from privacykit.policy.place import country_of, normalise_place
from privacykit.policy.policyset import BY_ID, PolicySet
from privacykit.settings.model import Settings
from privacykit.toml_files.words import nearest

_COUNTRIES = frozenset((*COUNTRIES, "XK"))
"""ISO 3166-1 alpha-2, and XK, which everybody uses for Kosovo."""


def unknown_establishments(settings: Settings, policies: PolicySet) -> Iterator[Problem]:
    """Yield establishments that are no place: no law would ever follow the operator from there."""
    ours = settings.controller.establishments
    lists = {"controller.establishments": ours}
    for i, site in enumerate(settings.site):
        if site.establishments != ours:
            lists[f"site.{i}.establishments"] = site.establishments
    codes = {policy.id: policy.id for policy in policies if policy.kind in BY_ID}
    names = {policy.name: policy.places[0] for policy in policies if len(policy.places) == 1}
    names |= codes | {place: place for policy in policies for place in policy.places}
    for key, places in lists.items():
        for i, place in enumerate(places):
            if place not in codes and country_of(normalise_place(place)) not in _COUNTRIES:
                hint = _meant(place, names)
                yield Problem("PK030", "privacykit.toml", f"{key}.{i}", "no such place", hint)


def _meant(place: str, codes: dict[str, str]) -> str:
    near = nearest(place, codes)
    if near is None:
        return "write an ISO 3166 code such as DE or US-CA"
    return f"did you mean '{codes[near]}'?"
