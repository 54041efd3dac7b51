"""The place of a visitor: trusted edge headers first, then the geo database by prefix memo."""

from __future__ import annotations

from collections.abc import Callable

from privacykit.collect.address.client_ip import ClientRule, Finder, Resolved
from privacykit.collect.address.explain import ProxyCheck
from privacykit.collect.address.trust import Trust
from privacykit.collect.counters import Counters
from privacykit.collect.facts import Line
from privacykit.collect.plans.plan import NO_ADDRESS, PREFIX, Weakened, weakened
from privacykit.geo.edge import EDGES, EdgeHeaders, place_from_headers
from privacykit.geo.lookup import Places
from privacykit.geo.records import Fields
from privacykit.pseudonym.addresses.address import Nat64Prefix
from privacykit.settings.model import Settings
from privacykit.settings.paths import Paths

UNKNOWN = ("ZZ", NO_ADDRESS)
IPV4_BYTES = 4

Locator = Callable[[bytes | None, list[Line], bool], tuple[str, Weakened]]
"""Packed address, header lines, whether the peer is trusted -> place, address at 24 or 48 bits."""


def _shown(place: str, prefix: bytes) -> tuple[str, Weakened]:
    return place, weakened(prefix, PREFIX)


def locator(places: Places, edge: EdgeHeaders | None) -> Locator:
    """
    Return what finds the place of an address, and its first 24 or 48 bits in the same look-up.

    It answers ``("ZZ", NO_ADDRESS)`` when the address is unknown.

    Args:
        places: The geo database.
        edge: Headers of an edge that names the place, if there is one.
    """
    memo = places.memo(_shown)

    def locate(packed: bytes | None, lines: list[Line], trusted: bool) -> tuple[str, Weakened]:
        if packed is None:
            return UNKNOWN
        # The memo's young generation is asked here, which saves a call on nearly every request.
        try:
            found = memo.young[packed[:3] if len(packed) == IPV4_BYTES else packed[:6]]
        except KeyError:
            found = memo(packed)
        if edge is not None and trusted:
            place = place_from_headers(dict(lines), edge)
            if place is not None:
                return place, found[1]
        return found

    return locate


def places_of(
    settings: Settings, paths: Paths, counters: Counters, clock: Callable[[], float]
) -> Places:
    """Return the geo database of *settings*; without one every place is unknown."""
    table = settings.geo
    fields = Fields(table.country_field, table.region_field or "") if table.country_field else None
    return Places(
        None if table.database is None else paths.file(table.database),
        fields=fields,
        count=counters.count,
        clock=clock,
    )


def edge_of(settings: Settings) -> EdgeHeaders | None:
    """Return the headers of the edge that *settings* name, if any."""
    table = settings.geo
    if table.edge is not None:
        return EDGES[table.edge]
    if table.country_header is None:
        return None
    return EdgeHeaders(
        table.country_header.lower().encode(), (table.region_header or "").lower().encode()
    )


def client_of(settings: Settings, warn: Callable[[str], None] | None = None) -> Finder:
    """
    Return what finds a client's address, and whether a trusted proxy stood before it.

    An address that is a proxy's and not the client's is no address: the place is then unknown.

    Args:
        settings: The configuration.
        warn: Told once, in words, when the first clients all are one address inside the house.

    Raises:
        ConfigurationError: The rule cannot hold.
    """
    table = settings.client_ip
    rule = ClientRule(
        table.source,
        table.header,
        Trust(table.trusted_proxies, hops=table.hops or 0, unix_socket=table.trust_unix_socket),
        nat64=tuple(Nat64Prefix.parse(text) for text in table.nat64_prefixes),
    )
    check = ProxyCheck()

    def observe(found: Resolved) -> bool:
        if (suspicion := check.add(found)) and warn is not None:
            warn(suspicion)
        return check.settled

    return rule.finder(observe)
