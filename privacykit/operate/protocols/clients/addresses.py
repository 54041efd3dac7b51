"""
Addresses of parties: which may be called, and where their names lead. Looks names up.

The operator may write an address inside our own network. What a party wrote, or its name server
says, must not reach what stands behind our wall.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit

from privacykit.errors import BackendError
from privacykit.webhook import is_private

MOST_ADDRESSES = 3
"""Addresses of one name that are tried."""
_OURSELVES = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS = {"https": 443, "http": 80}
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""IPv4 addresses behind a translator (RFC 6052)."""
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def checked_addresses(url: str, written: str | None = None) -> tuple[str, ...] | None:
    """
    Return where *url* may be called.

    Args:
        url: ``https``, or ``http`` to this machine, without a user.
        written: ``None`` where the operator wrote *url*. Where a party named it, the address that
            the operator wrote of that party: its scheme, host and port are the operator's words in
            *url*, too.

    Returns:
        The addresses to which its name leads, :data:`MOST_ADDRESSES` at most and none where there
        is no such name; ``None`` for this machine and addresses that the operator wrote, which
        are called as they are.

    Raises:
        BackendError: PK373, it is not ``https``, or leads into our own network.
    """
    if not is_private(url):
        raise BackendError("PK373 a party's address is not https, or has a user in it")
    parts = urlsplit(url)
    host = parts.hostname or ""
    literal = _address(host)
    if written is None or _origin(parts) == _origin(urlsplit(written)):
        if host in _OURSELVES or literal is not None:
            return None
    elif parts.scheme != "https":
        raise BackendError("PK373 a party names an address that is not https")
    found = _looked_up(host, parts.port or _PORTS["https"]) if literal is None else [literal]
    if not all(map(_is_global, found)):
        raise BackendError("PK373 a party's name leads into our own network")
    return tuple(map(str, found[:MOST_ADDRESSES]))


def _looked_up(host: str, port: int) -> list[Address]:
    try:
        lines = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(ipaddress.ip_address(line[4][0]) for line in lines))


def _is_global(address: Address) -> bool:
    """Tell whether *address*, and an IPv4 address that it stands for, is of the open internet."""
    if isinstance(address, ipaddress.IPv6Address):
        behind = address.ipv4_mapped or address.sixtofour
        if address in _TRANSLATED:
            behind = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if behind is not None and not _is_global(behind):
            return False
    return address.is_global and not address.is_multicast


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
