"""
The client address: the socket's peer, or whom our own proxies name. Pure.

Laws:

- nothing is believed of a peer we don't trust;
- headers are read from the right, and never past what can't be read;
- the leftmost element is never taken for being leftmost;
- one header counts, the configured one;
- either the server resolves or we do, never both: whom the server found is no socket's peer, so
  that it is not believed as a proxy, and nobody is named.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from enum import Enum
from socket import AF_INET, AF_INET6, inet_pton

import msgspec

from privacykit.collect.address.hops import Hop, address, hops_of_forwarded, hops_of_list
from privacykit.collect.address.pseudo_ipv4 import real_address
from privacykit.collect.address.trust import Trust, is_unix
from privacykit.errors import ConfigurationError, Problem
from privacykit.pseudonym.addresses.address import EMBEDDING_HEADS, Prefixes, pack, parse, unwrap

FORWARDED = b"forwarded"
_LIST_SUFFIX = b"forwarded-for"
_HEADER_CHARACTERS = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_")


class How(Enum):
    """
    How an address was found.

    Attributes:
        PEER: The socket's peer; headers play no part.
        UNTRUSTED: The socket's peer, who is none of our proxies, whatever it says.
        HEADER: A trusted proxy named it.
        ALL_TRUSTED: Every hop is one of ours; the furthest sent the request.
        NO_HEADER: A proxy of ours, since it named nobody.
        HIDDEN: A proxy of ours, since the hop before it is ``unknown`` or obfuscated (RFC 7239).
        MALFORMED: A proxy of ours, since what it got or said can't be read.
        TOO_FEW_HOPS: The socket's peer, since fewer hops are named than there are proxies.
        NO_PEER: Nobody; a unix socket that is not trusted, or a peer that is no address.
        RESOLVED_BEFORE: Nobody; the server put what it read from a header in the peer's place.
    """

    PEER = "peer"
    UNTRUSTED = "untrusted"
    HEADER = "header"
    ALL_TRUSTED = "all-trusted"
    NO_HEADER = "no-header"
    HIDDEN = "hidden"
    MALFORMED = "malformed"
    TOO_FEW_HOPS = "too-few-hops"
    NO_PEER = "no-peer"
    RESOLVED_BEFORE = "resolved-before"

    @property
    def names_client(self) -> bool:
        """Whether the address is the client's; otherwise it is a proxy's or none: place unknown."""
        return self in _NAMES_CLIENT


# Tuples: members of an enumeration hash slowly and are found by identity at once.
_UNTRUSTED = (How.PEER, How.UNTRUSTED, How.NO_PEER, How.RESOLVED_BEFORE)
_ALL_TRUSTED = How.ALL_TRUSTED  # said of each hop, and looked up slowly
_NAMES_CLIENT = (How.PEER, How.UNTRUSTED, How.HEADER, How.ALL_TRUSTED)


class Resolved(msgspec.Struct, frozen=True, gc=False):
    """
    An address and how it was found. It does not print the address.

    Attributes:
        packed: 4 or 16 bytes, normalised as ``pseudonym.address.pack`` does, or ``None``.
        how: How it was found.
    """

    packed: bytes | None
    how: How

    def __repr__(self) -> str:
        return f"<Resolved {self.how.value}>"


NOBODY = Resolved(None, How.NO_PEER)
_RESOLVED_BEFORE = Resolved(None, How.RESOLVED_BEFORE)

_NO_PEER = (None, None)

Peer = tuple[str, int | None]
"""Address text and port of the socket's peer, as the server gives them; 0 is no socket's port."""

Finder = Callable[[Peer | None, bytes | None, bytes | None], tuple[bytes | None, bool]]
"""Peer, header and ``CF-Connecting-IPv6`` to the client's packed address, and whether a trusted
proxy stood before us."""


class ClientRule:
    """
    How a site finds its clients' addresses.

    Args:
        source: ``"scope"`` believes what the server says; ``"headers"`` reads *header* ourselves.
        header: ``X-Forwarded-For`` or another ``…-Forwarded-For`` (a list), ``Forwarded``, or any
            other name (one value: ``CF-Connecting-IP``, ``Fly-Client-IP``, ``X-Real-IP``).
        trust: The proxies in front of us.
        nat64: NAT64 prefixes of the operator's own.

    Attributes:
        is_scope: Whether the server resolves.
        header: The header's name in lower case.
        trust: The proxies in front of us.

    Raises:
        ConfigurationError: PK109 headers without trust, PK115 no header name, PK116 no such source.
    """

    __slots__ = ("_is_list", "_nat64", "header", "is_scope", "trust")

    def __init__(
        self,
        source: str = "scope",
        header: str = "X-Forwarded-For",
        trust: Trust | None = None,
        *,
        nat64: Prefixes = (),
    ) -> None:
        self.trust = trust or Trust()
        self.header = header.lower().encode("ascii", "replace")
        self.is_scope = source == "scope"
        self._is_list = self.header.endswith(_LIST_SUFFIX)
        self._nat64 = nat64
        if problem := _problem_of(source, self.header, self.trust):
            raise ConfigurationError(problem)

    def resolve(self, peer: str | None, value: bytes | None, ipv6: bytes | None = None) -> Resolved:
        """
        Find the client's address.

        Args:
            peer: Address text of the socket's peer, or of the client as the server resolved it;
                ``None`` for a unix socket.
            value: The value of :attr:`header`, repeated lines joined by commas; ``None`` when the
                request has none.
            ipv6: The value of ``CF-Connecting-IPv6``, which counts only where a trusted proxy named
                an address that Cloudflare made up.

        Returns:
            The address, whole, and how it was found; never raises.
        """
        found = self._find(peer, value)
        if found.how is How.HEADER and ipv6 is not None:
            return Resolved(real_address(found.packed, ipv6), How.HEADER)
        return found

    def _find(self, peer: str | None, value: bytes | None) -> Resolved:
        if self.is_scope:
            packed = pack(peer or "", nat64=self._nat64)
            return Resolved(packed, How.PEER) if packed is not None and any(packed) else NOBODY
        if not self.trust.believes(peer):
            return self._of_peer(peer, How.UNTRUSTED)
        if value is None:
            return self._of_peer(peer, How.NO_HEADER)
        if self._is_list and not self.trust.hops:
            # Nearly every request: the last element is the client. The rest is the same, slower.
            last = value[value.rfind(b",") + 1 :].strip().decode("latin-1")
            packed = parse(last)
            if packed is not None and packed[0] and not self.trust.contains(packed):
                return Resolved(self._settle(packed), How.HEADER)
        return self.walk(peer, value, [])

    def finder(self, observe: Callable[[Resolved], bool] | None = None) -> Finder:
        """
        Return :meth:`resolve` as a function that is called with every request.

        It answers with the client's address, ``None`` where that is a proxy's or nobody's, and
        with whether a trusted proxy stood before us. What is not plain goes the long way.

        Args:
            observe: Told each answer until it returns true.
        """
        # Where addresses begin that go the long way: ours, none, and what may stand for another.
        odd_ipv6 = {head[0] for head in EMBEDDING_HEADS}
        ours = self.trust.first_octets | {0}
        plain = self._is_list and not (self.is_scope or self.trust.hops or self._nat64)
        believed: Container[str | None] = () if observe or not plain else self.trust.peers

        def find(
            peer: Peer | None, value: bytes | None, ipv6: bytes | None
        ) -> tuple[bytes | None, bool]:
            nonlocal believed, observe
            host, port = peer or _NO_PEER
            if host in believed and value is not None and port != 0:
                try:
                    text = value.decode()
                    if "," in text:
                        text = text[text.rindex(",") + 1 :].strip(" \t")
                    if ":" in text:
                        packed = inet_pton(AF_INET6, text)
                        odd = packed[0] in odd_ipv6 and packed.startswith(EMBEDDING_HEADS)
                    else:
                        packed = inet_pton(AF_INET, text)
                        odd = ipv6 is not None
                except (OSError, ValueError):
                    packed, odd = b"", True
                if not odd and packed[0] not in ours:
                    return packed, True
            found = self._resolve_once(host, port, value, ipv6)
            if observe is not None and observe(found):
                observe, believed = None, self.trust.peers if plain else ()
            return (found.packed if found.how.names_client else None), found.how not in _UNTRUSTED

        return find

    def _resolve_once(
        self, host: str | None, port: int | None, value: bytes | None, ipv6: bytes | None
    ) -> Resolved:
        # A socket's peer has a port; what a server read from a header has none, which is written 0.
        if port == 0 and not (self.is_scope or is_unix(host)):
            return _RESOLVED_BEFORE
        return self.resolve(host, value, ipv6)

    def walk(self, peer: str | None, value: bytes, steps: list[How]) -> Resolved:
        """
        Follow the hops that *value* names from the right, noting each in *steps*.

        Args:
            peer: The socket's peer, who is trusted.
            value: The header's value.
            steps: Filled with what each hop was: ``ALL_TRUSTED`` for one of ours, ``HEADER`` for
                the client, ``HIDDEN`` or ``MALFORMED`` for one that can't be followed.
        """
        if not (self._is_list or self.header == FORWARDED):
            return self._single(peer, value, steps)
        hops, ours = self.trust.hops, self.trust.contains
        furthest, how = None, How.TOO_FEW_HOPS if hops else How.ALL_TRUSTED
        for number, hop in enumerate(self._hops(value), start=1):
            if not isinstance(hop, bytes):
                how = How.MALFORMED if hop is None else How.HIDDEN
                steps.append(how)
                break
            if number == hops or not (hops or ours(hop)):
                steps.append(How.HEADER)
                return Resolved(self._settle(hop), How.HEADER)
            steps.append(_ALL_TRUSTED)
            furthest = hop
        # Counted hops are ours only when there are enough of them; networks vouch for each.
        if hops or furthest is None:
            return self._of_peer(peer, how)
        return Resolved(self._settle(furthest), how)

    def _single(self, peer: str | None, value: bytes, steps: list[How]) -> Resolved:
        packed = address(value.decode("latin-1"))
        steps.append(How.HEADER if packed else How.MALFORMED)
        if packed is None:
            return self._of_peer(peer, How.MALFORMED)
        return Resolved(self._settle(packed), How.HEADER)

    def _hops(self, value: bytes) -> Iterator[Hop]:
        text = value.decode("latin-1")
        return hops_of_forwarded(text) if self.header == FORWARDED else hops_of_list(text)

    def _of_peer(self, peer: str | None, how: How) -> Resolved:
        packed = None if is_unix(peer) else address(peer or "")
        if packed is None:
            return NOBODY if how is How.UNTRUSTED else Resolved(None, how)
        return Resolved(self._settle(packed), how)

    def _settle(self, packed: bytes) -> bytes:
        if packed.startswith(EMBEDDING_HEADS) or self._nat64:
            return unwrap(packed, nat64=self._nat64)
        return packed


def _problem_of(source: str, header: bytes, trust: Trust) -> Problem | None:
    if source not in {"scope", "headers"}:
        return Problem(
            "PK116",
            "configuration",
            "client_ip.source",
            "no such source",
            '"scope" when the server resolves addresses, "headers" when privacykit does',
        )
    if not header or not _HEADER_CHARACTERS.issuperset(header):
        return Problem(
            "PK115", "configuration", "client_ip.header", "not a header name", "X-Forwarded-For"
        )
    if source == "headers" and not trust.configured:
        return Problem(
            "PK109",
            "configuration",
            "client_ip",
            "headers are read, and nobody is trusted to send them",
            "give trusted_proxies, hops or trust_unix_socket",
        )
    return None
