"""
Truncation: the network part stays, the host part goes. Pure.

Laws: the output is never finer than asked, and truncating it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from socket import AF_INET, AF_INET6, inet_ntoa, inet_ntop, inet_pton
from typing import Final

from privacykit.pseudonym.addresses.address import (
    EMBEDDING_HEADS,
    IPV4_BYTES,
    IPV6_BYTES,
    pack,
    to_text,
)
from privacykit.pseudonym.addresses.method import IPV4_BITS, SUBSCRIBER_BITS, check_bits, network

DEFAULT_IPV4_BITS = 24
DEFAULT_IPV6_BITS = 48
_WHOLE_OCTETS = (8, 16, 24)


def _truncation(ipv4_bits: int, ipv6_bits: int) -> Callable[[bytes], str]:
    def weaken(packed: bytes) -> str:
        bits = ipv4_bits if len(packed) == IPV4_BYTES else ipv6_bits
        return to_text(network(packed, bits))

    if ipv4_bits % 8 or ipv6_bits % 8 or ipv6_bits > SUBSCRIBER_BITS:
        return weaken
    ipv4_bytes, ipv6_bytes = ipv4_bits // 8, ipv6_bits // 8
    ipv4_zeros, ipv6_zeros = bytes(IPV4_BYTES - ipv4_bytes), bytes(IPV6_BYTES - ipv6_bytes)

    def weaken_whole_bytes(packed: bytes) -> str:
        if len(packed) == IPV4_BYTES:
            return inet_ntoa(packed[:ipv4_bytes] + ipv4_zeros)
        return inet_ntop(AF_INET6, packed[:ipv6_bytes] + ipv6_zeros)

    return weaken_whole_bytes


def _text_truncation(
    weaken: Callable[[bytes], str], ipv4_bits: int, ipv6_bits: int
) -> Callable[[str], str | None]:
    def text(address: str) -> str | None:
        packed = pack(address)
        return None if packed is None else weaken(packed)

    if ipv4_bits not in _WHOLE_OCTETS or ipv6_bits % 8 or ipv6_bits > SUBSCRIBER_BITS:
        return text
    dropped = (IPV4_BITS - ipv4_bits) // 8
    ipv4_zeros = ".0" * dropped
    ipv6_bytes = ipv6_bits // 8
    ipv6_zeros = bytes(IPV6_BYTES - ipv6_bytes)

    def text_of_plain(address: str) -> str | None:
        try:
            if ":" in address:
                packed = inet_pton(AF_INET6, address)
                if not packed.startswith(EMBEDDING_HEADS):
                    return inet_ntop(AF_INET6, packed[:ipv6_bytes] + ipv6_zeros)
            else:
                # Once validated the text has four octets: slicing beats printing them again.
                inet_pton(AF_INET, address)
                return address.rsplit(".", dropped)[0] + ipv4_zeros
        except (OSError, ValueError):
            pass
        return text(address)

    return text_of_plain


class Truncate:
    """
    Keep the network part, zero the host part.

    Args:
        ipv4_bits: Leading bits **kept** of IPv4, 0 to 32; 24 keeps three octets.
        ipv6_bits: Leading bits **kept** of IPv6, 0 to 128; 48 drops 80 bits. Beyond 64 an ISATAP
            identifier, which spells an IPv4 address, is dropped all the same.

    Raises:
        ConfigurationError: PK101, a number of bits that no address has.

    Attributes:
        weaken: Packed address (4 or 16 bytes) to network address in RFC 5952 form.
        text: The same from text to text, faster than by way of ``pack``; ``None`` for what is no
            address. It knows no NAT64 prefixes but the well-known one.
    """

    __slots__ = ("ipv4_bits", "ipv6_bits", "text", "weaken")

    name: Final = "truncate"
    stability: Final = "stable"

    def __init__(
        self, ipv4_bits: int = DEFAULT_IPV4_BITS, ipv6_bits: int = DEFAULT_IPV6_BITS
    ) -> None:
        check_bits(ipv4_bits, ipv6_bits)
        self.ipv4_bits = ipv4_bits
        self.ipv6_bits = ipv6_bits
        # Closures, not methods: this is the hottest line of the house, and each attribute costs.
        self.weaken: Callable[[bytes], str] = _truncation(ipv4_bits, ipv6_bits)
        self.text: Callable[[str], str | None] = _text_truncation(self.weaken, ipv4_bits, ipv6_bits)

    def bits(self, packed: bytes) -> int:
        """Return the number of leading bits of *packed* that are kept."""
        return self.ipv4_bits if len(packed) == IPV4_BYTES else self.ipv6_bits

    def __repr__(self) -> str:
        return f"Truncate({self.ipv4_bits}, {self.ipv6_bits})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Truncate) and repr(other) == repr(self)

    def __hash__(self) -> int:
        return hash((self.ipv4_bits, self.ipv6_bits))
