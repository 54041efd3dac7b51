"""
The address behind one that Cloudflare made up for visitors over IPv6. Pure.

With "Pseudo IPv4: overwrite headers" the client in ``CF-Connecting-IP`` and ``X-Forwarded-For`` is
made up out of 240.0.0.0/4, where nobody is; whom it stands for is in ``CF-Connecting-IPv6``.
"""

from __future__ import annotations

from privacykit.pseudonym.addresses.address import IPV4_BYTES, IPV6_BYTES, pack

HEADER = b"cf-connecting-ipv6"
PSEUDO_HEADS = frozenset(range(240, 256))
"""First octets of 240.0.0.0/4, reserved (RFC 1112 section 4) and routed nowhere."""
LIMITED_BROADCAST = b"\xff" * IPV4_BYTES


def is_pseudo(packed: bytes) -> bool:
    """Tell whether *packed*, 4 or 16 bytes, is an IPv4 address that can be nobody's."""
    return len(packed) == IPV4_BYTES and packed[0] in PSEUDO_HEADS and packed != LIMITED_BROADCAST


def real_address(packed: bytes | None, ipv6: bytes) -> bytes | None:
    """
    Return the address that *ipv6* names where *packed* was made up, otherwise *packed*.

    Args:
        packed: The client, as a trusted proxy named it.
        ipv6: The value of ``CF-Connecting-IPv6``; one that is no single IPv6 address says nothing.
    """
    if packed is None or not is_pseudo(packed):
        return packed
    real = pack(ipv6.decode("latin-1"))
    return real if real is not None and len(real) == IPV6_BYTES and any(real) else packed
