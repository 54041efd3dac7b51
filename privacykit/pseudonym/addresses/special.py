"""
Special addresses, by a table of our own. Pure.

Python's ``ipaddress`` gives different answers on 3.11 to 3.14 for 11 of 59 published cases, and
calls a mapped loopback address public before 3.13; a table gives the same answer everywhere. It
follows the IANA special-purpose registries (RFC 6890) of November 2026.
"""

from __future__ import annotations

from bisect import bisect_right
from enum import Enum
from socket import AF_INET, AF_INET6, inet_pton
from typing import Final

from privacykit.pseudonym.addresses.address import IPV4_BYTES, IPV6_BYTES, unwrap


class AddressKind(Enum):
    """
    What an address may stand for.

    Attributes:
        GLOBAL: Reachable from anywhere: may be a visitor's.
        SHARED: Carrier-grade NAT, 100.64.0.0/10: not routable, and shared by many.
        PRIVATE: Inside one network: RFC 1918, unique local.
        LINK_LOCAL: On one link.
        SITE_LOCAL: The deprecated fec0::/10.
        LOOPBACK: This host.
        UNSPECIFIED: ``0.0.0.0`` and ``::``: nobody.
        MULTICAST: Never a sender.
        DOCUMENTATION: For examples, and in tests for visitors.
        BENCHMARK: For measuring devices.
        RESERVED: Everything else that nobody may send from.
    """

    GLOBAL = "global"
    SHARED = "shared"
    PRIVATE = "private"
    LINK_LOCAL = "link-local"
    SITE_LOCAL = "site-local"
    LOOPBACK = "loopback"
    UNSPECIFIED = "unspecified"
    MULTICAST = "multicast"
    DOCUMENTATION = "documentation"
    BENCHMARK = "benchmark"
    RESERVED = "reserved"

    @property
    def internal(self) -> bool:
        """Whether a visitor with such an address means that a proxy in front is not configured."""
        return self in _INTERNAL


_INTERNAL = frozenset(
    {
        AddressKind.PRIVATE,
        AddressKind.LINK_LOCAL,
        AddressKind.SITE_LOCAL,
        AddressKind.LOOPBACK,
        AddressKind.UNSPECIFIED,
    }
)

# More specific networks win, whatever the order.
_IPV4: Final = {
    "0.0.0.0/0": AddressKind.GLOBAL,
    "0.0.0.0/8": AddressKind.RESERVED,
    "0.0.0.0/32": AddressKind.UNSPECIFIED,
    "10.0.0.0/8": AddressKind.PRIVATE,
    "100.64.0.0/10": AddressKind.SHARED,
    "127.0.0.0/8": AddressKind.LOOPBACK,
    "169.254.0.0/16": AddressKind.LINK_LOCAL,
    "172.16.0.0/12": AddressKind.PRIVATE,
    "192.0.0.0/24": AddressKind.RESERVED,
    "192.0.0.9/32": AddressKind.GLOBAL,
    "192.0.0.10/32": AddressKind.GLOBAL,
    "192.0.2.0/24": AddressKind.DOCUMENTATION,
    "192.88.99.0/24": AddressKind.RESERVED,
    "192.168.0.0/16": AddressKind.PRIVATE,
    "198.18.0.0/15": AddressKind.BENCHMARK,
    "198.51.100.0/24": AddressKind.DOCUMENTATION,
    "203.0.113.0/24": AddressKind.DOCUMENTATION,
    "224.0.0.0/4": AddressKind.MULTICAST,
    "240.0.0.0/4": AddressKind.RESERVED,
}
_IPV6: Final = {
    "::/0": AddressKind.RESERVED,
    "::/128": AddressKind.UNSPECIFIED,
    "::1/128": AddressKind.LOOPBACK,
    "2000::/3": AddressKind.GLOBAL,
    "2001::/23": AddressKind.RESERVED,
    "2001:1::1/128": AddressKind.GLOBAL,
    "2001:1::2/128": AddressKind.GLOBAL,
    "2001:1::3/128": AddressKind.GLOBAL,
    "2001:2::/48": AddressKind.BENCHMARK,
    "2001:3::/32": AddressKind.GLOBAL,
    "2001:4:112::/48": AddressKind.GLOBAL,
    "2001:20::/28": AddressKind.GLOBAL,
    "2001:30::/28": AddressKind.GLOBAL,
    "2001:db8::/32": AddressKind.DOCUMENTATION,
    "2002::/16": AddressKind.RESERVED,
    "3fff::/20": AddressKind.DOCUMENTATION,
    "fc00::/7": AddressKind.PRIVATE,
    "fe80::/10": AddressKind.LINK_LOCAL,
    "fec0::/10": AddressKind.SITE_LOCAL,
    "ff00::/8": AddressKind.MULTICAST,
}

_Table = tuple[list[bytes], list[AddressKind]]


def _flatten(networks: dict[str, AddressKind], family: int, size: int) -> _Table:
    # Networks nest; what is searched is the sorted list of points where the kind changes.
    ranges = []
    for text, kind in networks.items():
        address, _, bits = text.partition("/")
        first = int.from_bytes(inet_pton(family, address), "big")
        width = 1 << (size * 8 - int(bits))
        ranges.append((width, first, first + width, kind))
    ranges.sort(key=lambda each: each[0])
    limit = 1 << size * 8
    points = sorted({edge for _, first, end, _ in ranges for edge in (first, end) if edge < limit})
    kinds = [
        next(kind for _, first, end, kind in ranges if first <= point < end) for point in points
    ]
    return [point.to_bytes(size, "big") for point in points], kinds


_TABLES: Final = {
    IPV4_BYTES: _flatten(_IPV4, AF_INET, IPV4_BYTES),
    IPV6_BYTES: _flatten(_IPV6, AF_INET6, IPV6_BYTES),
}


def classify(packed: bytes) -> AddressKind:
    """
    Tell what kind of address *packed* is; one that embeds IPv4 is of the kind of that.

    Args:
        packed: 4 or 16 bytes.
    """
    packed = unwrap(packed)
    points, kinds = _TABLES[len(packed)]
    return kinds[bisect_right(points, packed) - 1]
