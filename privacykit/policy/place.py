"""
Country and subdivision codes to one place, or to "unknown" when they cannot be trusted. Pure.

A place is an ISO 3166-1 code (``"DE"``), a full ISO 3166-2 code (``"US-CA"``) or :data:`UNKNOWN`.
Bare suffixes are never looked up: ``CA``, ``DE``, ``IN`` and many more are a country and a state.
"""

from __future__ import annotations

import re
from typing import Final

UNKNOWN: Final = "ZZ"
"""The place nobody knows: every policy applies there."""

NOWHERE: Final = frozenset({"XX", "ZZ", "T1", "A1", "A2", "O1", "EU", "AP"})
"""Codes by which geo databases and networks say that they know no country."""
_ALIASES = {"UK": "GB", "EL": "GR"}
# ISO 3166-2 lists these as subdivisions; the law knows them by country codes of their own.
_OWN_CODES = {
    "CN": "HK MO TW",
    "FR": "BL GF GP MF MQ NC PF PM RE TF WF YT",
    "NL": "AW CW SX",
    "US": "AS GU MP PR UM VI",
}
_NUMBERED = {
    "FI-01": "AX",
    "FR-971": "GP",
    "FR-972": "MQ",
    "FR-973": "GF",
    "FR-974": "RE",
    "FR-976": "YT",
    "NL-BQ1": "BQ",
    "NL-BQ2": "BQ",
    "NL-BQ3": "BQ",
    "NO-21": "SJ",
    "NO-22": "SJ",
}
_TERRITORIES = _NUMBERED | {
    f"{land}-{code}": code for land, codes in _OWN_CODES.items() for code in codes.split()
}
_COUNTRY = re.compile(r"[A-Z]{2}")
_SUFFIX = re.compile(r"[A-Z0-9]{1,3}")


def normalise_place(country: object, subdivision: object = None) -> str:
    """
    Bring codes from a geo database, an edge header or a form into one place.

    Args:
        country: An ISO 3166-1 alpha-2 code in any case; ``UK`` and ``EL`` are accepted. Alone it
            may also be a full ISO 3166-2 code.
        subdivision: A full ISO 3166-2 code (``"US-CA"``) or its suffix (``"CA"``).

    Returns:
        The place. :data:`UNKNOWN` for no code, the codes of Tor, proxies, "EU" and satellites,
        anything that is not two letters, and for codes that contradict each other: nothing is
        guessed. A malformed subdivision is dropped, which leaves the country with its
        subdivision unknown.
    """
    land, part = _code(country), _code(subdivision)
    if not part and "-" in land:
        land, part = "", land
    land = _ALIASES.get(land, land)
    owner, dash, suffix = part.rpartition("-")
    owner = _ALIASES.get(owner, owner)
    if dash:
        land = land or owner
        if owner != land:
            return _as_territory(land, f"{owner}-{suffix}")
    if not _is_country(land):
        return UNKNOWN
    if not _SUFFIX.fullmatch(suffix):
        return land
    return _TERRITORIES.get(f"{land}-{suffix}", f"{land}-{suffix}")


def country_of(place: str) -> str:
    """Return the country code of *place*; of :data:`UNKNOWN`, itself."""
    return place[:2]


def _code(value: object) -> str:
    return value.strip().upper() if isinstance(value, str) else ""


def _is_country(code: str) -> bool:
    return _COUNTRY.fullmatch(code) is not None and code not in NOWHERE


def _as_territory(land: str, full: str) -> str:
    """``PR`` with ``US-PR`` agree; any other pair of different countries is a contradiction."""
    return land if _is_country(land) and _TERRITORIES.get(full) == land else UNKNOWN
