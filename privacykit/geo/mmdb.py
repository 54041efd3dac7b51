"""
Write a small MMDB file in memory, as MaxMind's DB file format specification 2.0 lays it out. Pure.

Made for tests and the demo: the whole tree is held in memory, records are 32 bits wide, equal
records are written once, and data sections hold maps, lists, strings and unsigned integers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network

_MARKER = b"\xab\xcd\xefMaxMind.com"
_SEPARATOR = bytes(16)
_STRING, _MAP, _UINT16, _UINT32, _UINT64, _ARRAY = 2, 7, 5, 6, 9, 11
_INLINE_TYPES = 7
_SIZE_LIMITS = (29, 285, 65_821)
_IPV4_BITS = 96
"""IPv4 lies below ``::/96`` in a tree of IPv6."""

Value = Mapping[str, "Value"] | list["Value"] | str | int
Network = IPv4Network | IPv6Network


class Uint16(int):
    """An integer that must be written as 16 bits; readers insist on it in the metadata."""


class Uint64(int):
    """An integer that must be written as 64 bits; a plain one is written as 32."""


def write(networks: Iterable[tuple[Network, Value]], *, kind: str, built: int) -> bytes:
    """
    Return an MMDB file of IP version 6.

    Args:
        networks: Networks, none inside another, each with its record.
        kind: The metadata's ``database_type``.
        built: The metadata's ``build_epoch``, Unix seconds.
    """
    tree = _Tree()
    data = bytearray()
    offsets: dict[bytes, int] = {}
    for network, record in networks:
        encoded = encode(record)
        offset = offsets.setdefault(encoded, len(data))
        if offset == len(data):
            data += encoded
        tree.put(network, offset)
    metadata: Value = {
        "binary_format_major_version": Uint16(2),
        "binary_format_minor_version": Uint16(0),
        "build_epoch": Uint64(built),
        "database_type": kind,
        "description": {"en": "synthetic, made by privacykit"},
        "ip_version": Uint16(6),
        "languages": ["en"],
        "node_count": len(tree.nodes),
        "record_size": Uint16(32),
    }
    return tree.encode() + _SEPARATOR + bytes(data) + _MARKER + encode(metadata)


class _Tree:
    """Binary trie: node number and bit to the next node, or to ``~offset`` of a record."""

    def __init__(self) -> None:
        self.nodes: list[list[int | None]] = [[None, None]]

    def put(self, network: Network, offset: int) -> None:
        v4 = network.version == 4  # noqa: PLR2004 - the version
        number = int(network.network_address)
        length = network.prefixlen + (_IPV4_BITS if v4 else 0)
        bits = [number >> (127 - i) & 1 for i in range(length)]
        node = 0
        for bit in bits[:-1]:
            below = self.nodes[node][bit]
            if below is None:
                below = len(self.nodes)
                self.nodes[node][bit] = below
                self.nodes.append([None, None])
            node = below
        self.nodes[node][bits[-1]] = ~offset

    def encode(self) -> bytes:
        count = len(self.nodes)
        return b"".join(
            self._record(n, count).to_bytes(4, "big") for pair in self.nodes for n in pair
        )

    @staticmethod
    def _record(target: int | None, count: int) -> int:
        if target is None:
            return count
        return target if target >= 0 else count + len(_SEPARATOR) + ~target


def encode(value: Value) -> bytes:
    """Return *value* as a field of the data section."""
    if isinstance(value, str):
        raw = value.encode()
        return _control(_STRING, len(raw)) + raw
    if isinstance(value, int):
        raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
        sort = (
            _UINT16
            if isinstance(value, Uint16)
            else _UINT64
            if isinstance(value, Uint64)
            else _UINT32
        )
        return _control(sort, len(raw)) + raw
    if isinstance(value, list):
        return _control(_ARRAY, len(value)) + b"".join(map(encode, value))
    fields = (encode(key) + encode(item) for key, item in value.items())
    return _control(_MAP, len(value)) + b"".join(fields)


def _control(sort: int, size: int) -> bytes:
    small, middle, _ = _SIZE_LIMITS
    if size < small:
        code, more = size, b""
    elif size < middle:
        code, more = 29, bytes([size - small])
    else:
        code, more = 30, (size - middle).to_bytes(2, "big")
    if sort <= _INLINE_TYPES:
        return bytes([sort << 5 | code]) + more
    return bytes([code, sort - _INLINE_TYPES]) + more
