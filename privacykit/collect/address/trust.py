"""
Trusted proxies, which may say who the client is, by network or by number. Pure.

Nobody is trusted by default, and never everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from socket import AF_INET, AF_INET6, inet_pton

from privacykit.errors import ConfigurationError, Problem
from privacykit.pseudonym.addresses.address import IPV4_BYTES, MAPPED, parse

MAX_HOPS = 64
MEMO_LIMIT = 256
"""Peers remembered as trusted. They are the operator's machines; visitors are never remembered."""

_MAPPED_BITS = 96
_Network = tuple[int, int, int]
"""Bytes of an address, bits of the network, and its number without the host bits."""
_EVERYBODY: _Network = (IPV4_BYTES, 0, 0)


class Trust:
    """
    The proxies in front of us.

    Args:
        networks: Networks or addresses of the proxies, such as ``10.0.0.0/8`` or ``fd00::1``.
        hops: Instead of networks, how many proxies every request passes; the socket's peer is the
            first of them.
        unix_socket: Whether a peer without address, on a unix socket, is one of them.

    Raises:
        ConfigurationError: PK106, PK107 or PK109, every problem at once.
    """

    __slots__ = ("_ipv4", "_ipv6", "_peers", "hops", "unix_socket")

    def __init__(
        self, networks: Sequence[str] = (), *, hops: int = 0, unix_socket: bool = False
    ) -> None:
        found, problems = _read_all(networks)
        if not 0 <= hops <= MAX_HOPS or (hops and networks):
            problems.append(
                _problem(
                    "PK109",
                    "hops",
                    "trust goes by networks or by a number of hops",
                    f"give trusted_proxies, or hops from 1 to {MAX_HOPS}",
                )
            )
        if problems:
            raise ConfigurationError(*problems)
        self.hops = hops
        self.unix_socket = unix_socket
        self._ipv4 = _by_length(found, IPV4_BYTES)
        self._ipv6 = _by_length(found, IPV4_BYTES * 4)
        self._peers: set[str] = set()

    @property
    def configured(self) -> bool:
        """Whether anybody is trusted at all."""
        return bool(self._ipv4 or self._ipv6 or self.hops or self.unix_socket)

    @property
    def peers(self) -> set[str]:
        """The socket peers believed so far, live: a hot path may ask it instead of us."""
        return self._peers

    @property
    def first_octets(self) -> frozenset[int]:
        """Every first octet that an address in our networks can have; IPv4 and IPv6 together."""
        found: set[int] = set()
        for size, lengths in ((4, self._ipv4), (16, self._ipv6)):
            for host, numbers in lengths:
                for number in numbers:
                    low = number << host
                    high = low + (1 << host) - 1
                    shift = size * 8 - 8
                    found.update(range(low >> shift, (high >> shift) + 1))
        return frozenset(found)

    def contains(self, packed: bytes) -> bool:
        """Tell whether *packed*, an address with mapped ones as IPv4, is one of our networks."""
        number = int.from_bytes(packed, "big")
        lengths = self._ipv4 if len(packed) == IPV4_BYTES else self._ipv6
        for host, numbers in lengths:  # noqa: SIM110 - twice as fast as any()
            if number >> host in numbers:
                return True
        return False

    def believes(self, peer: str | None) -> bool:
        """Tell whether the socket's *peer*, as text, may say who the client is."""
        if peer in self._peers:
            return True
        if is_unix(peer):
            return self.unix_socket
        if self.hops:
            return True
        packed = parse(peer or "")
        if packed is None or not self.contains(packed):
            return False
        if len(self._peers) < MEMO_LIMIT:
            self._peers.add(peer or "")
        return True


def is_unix(peer: str | None) -> bool:
    """Tell whether *peer* is how servers name a unix socket: nothing, a path, or ``unix:``."""
    return not peer or peer.startswith(("/", "@", "unix:"))


def _read_all(networks: Sequence[str]) -> tuple[list[_Network], list[Problem]]:
    found: list[_Network] = []
    problems: list[Problem] = []
    for index, text in enumerate(networks):
        key = f"trusted_proxies[{index}]"
        network = _EVERYBODY if text == "*" else _read(text)
        if network is None:
            problems.append(
                _problem("PK106", key, "not a network", "such as 10.0.0.0/8, fd00::/8 or 127.0.0.1")
            )
        elif network[1] == 0:
            problems.append(
                _problem(
                    "PK107",
                    key,
                    "everybody would be believed",
                    "name the proxies, or set hops to their number",
                )
            )
        else:
            found.append(network)
    return found, problems


def _read(text: str) -> _Network | None:
    address, slash, length = text.strip().partition("/")
    try:
        packed = inet_pton(AF_INET6 if ":" in address else AF_INET, address)
        bits = int(length) if slash else len(packed) * 8
    except (OSError, ValueError):
        return None
    if packed.startswith(MAPPED):
        packed, bits = packed[12:], bits - _MAPPED_BITS
    whole = len(packed) * 8
    if not 0 <= bits <= whole:
        return None
    return len(packed), bits, int.from_bytes(packed, "big") >> (whole - bits)


def _by_length(networks: Iterable[_Network], size: int) -> tuple[tuple[int, frozenset[int]], ...]:
    lengths: dict[int, set[int]] = {}
    for of, bits, number in networks:
        if of == size:
            lengths.setdefault(size * 8 - bits, set()).add(number)
    return tuple((host, frozenset(numbers)) for host, numbers in sorted(lengths.items()))


def _problem(number: str, key: str, message: str, hint: str) -> Problem:
    return Problem(number, "configuration", f"client_ip.{key}", message, hint)
