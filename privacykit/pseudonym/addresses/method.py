"""The protocol of IP modes, and the cutting of bits that most of them share. Pure."""

from __future__ import annotations

from typing import Literal, Protocol, runtime_checkable

from privacykit.errors import ConfigurationError, Problem
from privacykit.pseudonym.addresses.address import IPV6_BYTES, is_isatap

IPV4_BITS = 32
IPV6_BITS = 128
SUBSCRIBER_BITS = 64
"""An IPv6 host owns at least its /64 and changes the rest at will (RFC 8981)."""

Stability = Literal["stable", "key", "period", "none"]
"""
How long one input gives one output (RFC 6235 section 7.2): always; while a key is used; while a
salt lives; never twice.
"""


class IPMethod(Protocol):
    """One way to weaken an address."""

    @property
    def name(self) -> str:
        """How configuration and events spell it."""
        ...

    @property
    def stability(self) -> Stability:
        """How long one input gives one output."""
        ...

    def weaken(self, packed: bytes) -> str | None:
        """Return what may leave of the address *packed* (4 or 16 bytes), or ``None``."""
        ...

    def bits(self, packed: bytes) -> int | None:
        """Return how many leading bits of *packed* can be read off the output; ``None``: none."""
        ...


class Opaque:
    """What modes share that leave no bit of the address in clear."""

    __slots__ = ()

    def bits(self, packed: bytes) -> None:  # noqa: ARG002 - the protocol's shape
        """Return ``None``."""
        return


@runtime_checkable
class Reversible(Protocol):
    """A way that the key's holder can go back."""

    def restore(self, text: str) -> str | None:
        """Return the address behind *text*, or ``None`` when *text* is no output of this mode."""
        ...


def ip_problem(number: str, message: str, hint: str) -> Problem:
    """Return what is wrong with how a mode is configured; the file is for the reader to name."""
    return Problem(number, "configuration", "ip", message, hint)


def check_bits(ipv4_bits: int, ipv6_bits: int) -> None:
    """
    Refuse numbers of bits that no address has.

    Raises:
        ConfigurationError: PK101.
    """
    if not (0 <= ipv4_bits <= IPV4_BITS and 0 <= ipv6_bits <= IPV6_BITS):
        raise ConfigurationError(
            ip_problem(
                "PK101",
                "a number of bits that no address has",
                "bits kept: 0 to 32 of IPv4, 0 to 128 of IPv6",
            )
        )


def network(packed: bytes, bits: int) -> bytes:
    """
    Zero all but the first *bits* of *packed*; an ISATAP identifier goes whole.

    Args:
        packed: 4 or 16 bytes.
        bits: Leading bits **kept**.
    """
    if len(packed) == IPV6_BYTES and bits > SUBSCRIBER_BITS and is_isatap(packed):
        bits = SUBSCRIBER_BITS
    whole, rest = divmod(bits, 8)
    if not rest:
        return packed[:whole] + bytes(len(packed) - whole)
    edge = packed[whole] & (0xFF00 >> rest)
    return packed[:whole] + bytes((edge,)) + bytes(len(packed) - whole - 1)
