"""
Text -> packed address, or nothing: one reading of an address for the whole of privacykit. Pure.

Laws:

- :func:`pack` never raises and never returns what it was given;
- an IPv4 address and its IPv4-mapped form are the same address;
- addresses are compared and hashed as packed bytes, never as text: Python prints and classifies
  mapped addresses differently from release to release, ``inet_pton`` does not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import NoReturn

from privacykit.errors import ConfigurationError, Problem

IPV4_BYTES = 4
IPV6_BYTES = 16
MAX_TEXT = 64
"""Characters; the longest address with brackets, zone and port is shorter."""

MAPPED = bytes(10) + b"\xff\xff"
_NAT64 = b"\x00\x64\xff\x9b" + bytes(8)
_SIX_TO_FOUR = b"\x20\x02"
_TEREDO = b"\x20\x01\x00\x00"
_ISATAP = (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")
EMBEDDING_HEADS = (b"\x00\x00", b"\x00\x64", _SIX_TO_FOUR, _TEREDO)
"""How every address begins that may hold an IPv4 address; the rest skip the look."""

_NAT64_BITS = (32, 40, 48, 56, 64, 96)
_U_OCTET = 8
_DECORATED = frozenset("[%:")
"""Without one of these, or space around it, an address has neither brackets, port nor zone."""
_PORT = re.compile(r":[0-9]{1,5}", re.ASCII)
_MAX_PORT = 65535
_ZONE = re.compile(r"[0-9A-Za-z._~-]{1,32}", re.ASCII)


class RawAddress:
    """
    A client address in full, in a type that does not print, pickle or format.

    Attributes:
        packed: 4 or 16 bytes, as :func:`pack` gives them.
    """

    __slots__ = ("packed",)

    def __init__(self, packed: bytes) -> None:
        self.packed = packed

    def __repr__(self) -> str:
        return "<address>"

    def __format__(self, spec: str) -> str:
        return "<address>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RawAddress) and other.packed == self.packed

    def __hash__(self) -> int:
        return hash(self.packed)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a raw address is never written down")


@dataclass(frozen=True, slots=True)
class Nat64Prefix:
    """
    A prefix under which an operator translates IPv4 (RFC 6052).

    Attributes:
        head: The prefix bytes.
        where: The four positions of the IPv4 bytes; byte 8, the u-octet, is never one.
    """

    head: bytes
    where: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Nat64Prefix:
        """
        Read a prefix such as ``2001:db8:122:344::/64``.

        Args:
            text: An IPv6 network of 32, 40, 48, 56, 64 or 96 bits.

        Raises:
            ConfigurationError: PK108, it is none.
        """
        address, _, length = text.partition("/")
        try:
            packed, bits = inet_pton(AF_INET6, address), int(length)
        except (OSError, ValueError):
            packed, bits = b"", 0
        size = bits // 8
        if bits not in _NAT64_BITS or any(packed[size:]):
            raise ConfigurationError(
                Problem(
                    "PK108",
                    "",
                    "client_ip.nat64_prefixes",
                    "not a NAT64 prefix",
                    "an IPv6 network of 32, 40, 48, 56, 64 or 96 bits with no host bits set",
                )
            )
        following = [at for at in range(size, IPV6_BYTES) if at != _U_OCTET]
        return cls(packed[:size], tuple(following[:IPV4_BYTES]))

    def unwrap(self, packed: bytes) -> bytes | None:
        """Return the IPv4 address inside *packed*, or ``None`` when it is not of this prefix."""
        if not packed.startswith(self.head) or packed[_U_OCTET]:
            return None
        embedded = bytes(packed[at] for at in self.where)
        return embedded if any(embedded) else None


Prefixes = tuple[Nat64Prefix, ...]


def pack(text: str, *, nat64: Prefixes = ()) -> bytes | None:
    """
    Return the address that *text* names, whole, as 4 or 16 bytes.

    Mapped addresses and the transition formats whose IPv4 part is routed to (NAT64, 6to4, Teredo)
    come back as that IPv4 address: an IPv6 mask would leave it in clear.

    Args:
        text: An address, with or without port, brackets or zone.
        nat64: Prefixes of the operator's own, beside the well-known ``64:ff9b::/96``.

    Returns:
        Packed bytes, or ``None`` for everything that is not one address; port and zone are lost.
    """
    try:
        if ":" not in text:
            return inet_pton(AF_INET, text)
        packed = inet_pton(AF_INET6, text)
    except (OSError, ValueError, TypeError):
        if (lenient := _parse_decorated(text)) is None:
            return None
        packed = lenient
    if packed.startswith(EMBEDDING_HEADS) or nat64:
        return unwrap(packed, nat64=nat64)
    return packed


def parse(text: str, *, unmap: bool = True) -> bytes | None:
    """
    Return the address that *text* spells, with IPv4-mapped as IPv4 and nothing else unwrapped.

    Trust is decided on this form: an address inside ``2002::/16`` is not the proxy it embeds.

    Args:
        text: An address, with or without port, brackets or zone.
        unmap: Whether IPv4-mapped becomes IPv4; only old Crypto-PAn data wants it otherwise.

    Returns:
        4 or 16 bytes, or ``None`` for everything that is not one address.
    """
    try:
        packed = inet_pton(AF_INET6 if ":" in text else AF_INET, text)
    except (OSError, ValueError, TypeError):
        if (lenient := _parse_decorated(text)) is None:
            return None
        packed = lenient
    return packed[12:] if unmap and packed.startswith(MAPPED) else packed


def unwrap(packed: bytes, *, nat64: Prefixes = ()) -> bytes:
    """
    Return the IPv4 address that *packed* embeds, or *packed* itself.

    ISATAP is not unwrapped here: anybody may choose its interface identifier, so that an unwrapped
    one would let a visitor pick an address of somebody else, or one inside the house. Zeros embed
    nothing: they are what truncation leaves, and truncating twice must not make them another
    address.

    Args:
        packed: 4 or 16 bytes.
        nat64: Prefixes of the operator's own (RFC 6052, seven layouts).
    """
    if len(packed) == IPV4_BYTES:
        return packed
    for prefix in nat64:
        if (embedded := prefix.unwrap(packed)) is not None:
            return embedded
    if packed.startswith(MAPPED):
        return packed[12:]
    embedded = b""
    if packed.startswith(_NAT64):
        embedded = packed[12:]
    elif packed.startswith(_SIX_TO_FOUR):
        embedded = packed[2:6]
    elif packed.startswith(_TEREDO) and any(packed[4:]):
        embedded = bytes(byte ^ 0xFF for byte in packed[12:])
    return embedded if any(embedded) else packed


def unwrap_isatap(packed: bytes) -> bytes:
    """Return the IPv4 address in the ISATAP interface identifier (RFC 5214), or *packed* itself."""
    return packed[12:] if is_isatap(packed) else packed


def is_isatap(packed: bytes) -> bool:
    """Tell whether the low 64 bits of *packed* are an ISATAP identifier, which spells IPv4."""
    return packed[8:12] in _ISATAP


def to_text(packed: bytes) -> str:
    """
    Return the text of *packed* as RFC 5952 writes it.

    Args:
        packed: 4 or 16 bytes.
    """
    if len(packed) == IPV4_BYTES:
        return inet_ntop(AF_INET, packed)
    if any(packed[:10]):
        return text_without_zeros(packed) or inet_ntop(AF_INET6, packed)
    return _text_of_low_bits(packed)


def text_without_zeros(packed: bytes) -> str:
    """
    Return the text of an IPv6 address, faster than the C library writes it.

    Args:
        packed: 16 bytes.

    Returns:
        Empty if one of its eight groups is zero: RFC 5952 may shorten those.
    """
    groups = ":" + packed.hex(":", 2)
    if ":0" not in groups:
        return groups[1:]
    if ":0000" in groups:
        return ""
    return groups.replace(":0", ":").replace(":0", ":").replace(":0", ":")[1:]


def _text_of_low_bits(packed: bytes) -> str:
    # The C library writes IPv4-compatible addresses with dots; RFC 5952 keeps dots for mapped ones.
    if packed.startswith(MAPPED):
        return "::ffff:" + inet_ntop(AF_INET, packed[12:])
    groups = [int.from_bytes(packed[at : at + 2], "big") for at in (10, 12, 14)]
    while groups and not groups[0]:
        del groups[0]
    return "::" + ":".join(f"{group:x}" for group in groups)


def _parse_decorated(text: object) -> bytes | None:
    if not isinstance(text, str) or len(text) > MAX_TEXT or not text.isascii():
        return None
    bare = text.strip(" \t")
    if bare == text and _DECORATED.isdisjoint(text):
        return None  # it was read as it is
    text = bare
    if text.startswith("["):
        host, closed, port = text[1:].partition("]")
        return _parse_ipv6(host) if closed and (not port or _is_port(port)) else None
    if text.count(":") == 1:
        host, colon, port = text.partition(":")
        return _pton(AF_INET, host) if _is_port(colon + port) else None
    return _parse_ipv6(text) if ":" in text else _pton(AF_INET, text)


def _is_port(text: str) -> bool:
    return _PORT.fullmatch(text) is not None and int(text[1:]) <= _MAX_PORT


def _parse_ipv6(text: str) -> bytes | None:
    host, marked, zone = text.partition("%")
    if marked and not _ZONE.fullmatch(zone):
        return None
    return _pton(AF_INET6, host)


def _pton(family: int, text: str) -> bytes | None:
    try:
        return inet_pton(family, text)
    except (OSError, ValueError):
        return None
