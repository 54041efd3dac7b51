"""
A geo database that is nobody's property: every country, US state and Canadian province. Pure.

For tests and the demo. Places lie in ranges that no visitor can have: ``240.0.0.0/4`` (reserved,
RFC 1112 §4) and ``2001:db8::/32`` (documentation, RFC 3849). The same call gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from privacykit.geo.mmdb import Network, Value, write
from privacykit.geo.names import COUNTRIES

STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California",
    "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia",
    "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois",
    "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana",
    "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York",
    "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon",
    "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota",
    "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia",
    "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
}  # fmt: skip
"""The fifty states and the District of Columbia."""

PROVINCES = {
    "AB": "Alberta", "BC": "British Columbia", "MB": "Manitoba", "NB": "New Brunswick",
    "NL": "Newfoundland and Labrador", "NT": "Northwest Territories", "NS": "Nova Scotia",
    "NU": "Nunavut", "ON": "Ontario", "PE": "Prince Edward Island", "QC": "Québec",
    "SK": "Saskatchewan", "YT": "Yukon",
}  # fmt: skip
"""The ten provinces and three territories of Canada."""

PLACES = (
    COUNTRIES
    + tuple(f"US-{code}" for code in sorted(STATES))
    + tuple(f"CA-{code}" for code in sorted(PROVINCES))
)
"""Every place of the database, in the order of its networks."""

_IPV4_BASE = int(IPv4Address("240.0.0.0"))
_IPV6_BASE = int(IPv6Address("2001:db8::"))
_IPV4_HOST_BITS, _IPV6_HOST_BITS = 16, 80
_NUMBERS = {place: number for number, place in enumerate(PLACES)}
_DEFAULT_BUILT = 1_767_225_600
"""2026-01-01; pass the present moment where the database's age matters."""


class RecordShape(StrEnum):
    """The four shapes of records in use."""

    CODES = "codes"
    NAMES = "names"
    FLAT = "flat"
    FLAT_NAMES = "flat-names"


def build(
    places: Iterable[str] = PLACES,
    *,
    shape: RecordShape = RecordShape.CODES,
    built: int = _DEFAULT_BUILT,
) -> bytes:
    """
    Return an MMDB file in which each of *places* has a /16 of IPv4 and a /48 of IPv6.

    Args:
        places: Some of :data:`PLACES`.
        shape: How records are laid out; ``FLAT`` has no subdivisions, as such files do.
        built: Unix seconds that the file says it was built at.
    """
    kind, record = _SHAPES[shape]
    networks = ((network, record(place)) for place in places for network in networks_of(place))
    return write(networks, kind=kind, built=built)


def networks_of(place: str) -> tuple[Network, Network]:
    """Return the IPv4 and the IPv6 network of *place*, one of :data:`PLACES`."""
    number = _NUMBERS[place]
    return (
        IPv4Network((_IPV4_BASE + (number << _IPV4_HOST_BITS), 32 - _IPV4_HOST_BITS)),
        IPv6Network((_IPV6_BASE + (number << _IPV6_HOST_BITS), 128 - _IPV6_HOST_BITS)),
    )


def address_of(place: str, host: int = 1, *, ipv6: bool = False) -> str:
    """
    Return an address of *place*.

    Args:
        place: One of :data:`PLACES`; anything else gives an address of no place at all.
        host: Which visitor: 1 to 65,534; in IPv6 each has a /64 of his own.
        ipv6: Whether to give an IPv6 address.
    """
    number = _NUMBERS.get(place, len(PLACES))
    if ipv6:
        return str(IPv6Address(_IPV6_BASE + (number << _IPV6_HOST_BITS) + (host << 64) + host))
    return str(IPv4Address(_IPV4_BASE + (number << _IPV4_HOST_BITS) + host))


def _name(place: str) -> str:
    country, _, code = place.partition("-")
    return {"US": STATES, "CA": PROVINCES}.get(country, {}).get(code, "")


def _codes(place: str) -> Value:
    country, _, code = place.partition("-")
    record: dict[str, Value] = {
        "country": {"iso_code": country},
        "registered_country": {"iso_code": "AQ"},
    }
    if code:
        record["subdivisions"] = [{"iso_code": code, "names": {"en": _name(place)}}]
    return record


def _names(place: str) -> Value:
    country, _, code = place.partition("-")
    record: dict[str, Value] = {"country": {"iso_code": country}}
    if code:
        record["subdivisions"] = [{"names": {"en": _name(place)}}]
    return record


def _flat(place: str) -> Value:
    return {"country_code": place[:2]}


def _flat_names(place: str) -> Value:
    country, _, code = place.partition("-")
    return {"country_code": country, "state1": _name(place)} if code else {"country_code": country}


_SHAPES: dict[RecordShape, tuple[str, Callable[[str], Value]]] = {
    RecordShape.CODES: ("GeoLite2-City", _codes),
    RecordShape.NAMES: ("DBIP-City-Lite", _names),
    RecordShape.FLAT: ("ipinfo country", _flat),
    RecordShape.FLAT_NAMES: ("city", _flat_names),
}
