"""
Read a place out of a record of anybody's MMDB file. Pure.

Four shapes are in use: nested with codes (MaxMind), nested with names only (DB-IP Lite City), flat
with ``country_code``, and flat with a region (``state1``, ``region``) beside it. Records of one
file may differ, so each is read for what it holds. ``registered_country`` and
``represented_country`` say where a network was registered, not where the visitor is, and are
never read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from privacykit.geo.names import COUNTRIES, subdivision_code
from privacykit.policy.place import UNKNOWN, country_of, normalise_place

_KNOWN = frozenset(COUNTRIES)

_COUNTRY_KEYS = ("country_code", "country", "countryCode", "country_iso_code")
_REGION_KEYS = (
    "region_code",
    "state_code",
    "subdivision_code",
    "region",
    "state1",
    "state",
    "regionName",
)


@dataclass(frozen=True, slots=True)
class Fields:
    """
    Where a file of an unusual shape keeps the place, as dotted paths (``location.country``).

    Attributes:
        country: Path of the ISO 3166-1 alpha-2 code.
        region: Path of the subdivision's code or name; empty when there is none.
    """

    country: str
    region: str = ""


def place_of(record: object, fields: Fields | None = None) -> str:
    """
    Return the place that *record* names.

    Args:
        record: What an MMDB look-up returned; anything at all.
        fields: Where to look, when the file is of none of the four shapes.

    Returns:
        ``"US-CA"``, ``"DE"`` or ``"ZZ"``. A missing subdivision leaves the country.
    """
    if not isinstance(record, Mapping):
        return UNKNOWN
    if fields is not None:
        country, region = _at(record, fields.country), _at(record, fields.region)
    else:
        country, region = _country(record), _region(record)
    return normalise(country, region)


def normalise(country: object, region: object) -> str:
    """
    Return *country* and *region* as one place code.

    Args:
        country: ISO 3166-1 alpha-2 in any case; anything else is unknown.
        region: ISO 3166-2 code, with or without the country, or a name.
    """
    if not isinstance(country, str):
        return UNKNOWN
    code = (
        subdivision_code(country.strip().upper(), region.strip())
        if isinstance(region, str)
        else None
    )
    place = normalise_place(country, code)
    return place if country_of(place) in _KNOWN else UNKNOWN


def _country(record: Mapping[str, object]) -> object:
    nested = record.get("country")
    if isinstance(nested, Mapping):
        return nested.get("iso_code")
    return _first(record, _COUNTRY_KEYS, two_letters=True)


def _region(record: Mapping[str, object]) -> object:
    nested = record.get("subdivisions")
    if isinstance(nested, list) and nested and isinstance(nested[0], Mapping):
        code = nested[0].get("iso_code")
        return code if isinstance(code, str) else _name(nested[0].get("names"))
    return _first(record, _REGION_KEYS)


def _name(names: object) -> object:
    return names.get("en") if isinstance(names, Mapping) else names


def _first(
    record: Mapping[str, object], keys: tuple[str, ...], *, two_letters: bool = False
) -> object:
    for key in keys:
        value = record.get(key)
        if isinstance(value, str) and value and (not two_letters or len(value) == 2):  # noqa: PLR2004
            return value
    return None


def _at(record: Mapping[str, object], path: str) -> object:
    found: object = record
    for step in path.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found
