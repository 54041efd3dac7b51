"""
Whose address it is: the socket's peer, or whom our own proxies name. Pure.

Laws:

- nothing is believed of a peer we don't trust;
- headers are read from the right, and never past what can't be read;
- the leftmost element is never taken for being leftmost;
- one header counts, the configured one; and either the server resolves or we do, never both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from socket import AF_INET, AF_INET6, inet_pton

import msgspec

from privacykit.collect.forwarded import MAX_ELEMENTS, MAX_TAIL, elements_from_right
from privacykit.collect.trust import Trust, is_unix
from privacykit.errors import ConfigurationError, Problem
from privacykit.pseudonym.address import EMBEDDING_HEADS, Prefixes, pack, parse, unwrap

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

    @property
    def names_client(self) -> bool:
        """Whether the address is the client's; otherwise it is a proxy's or none: place unknown."""
        return self in _NAMES_CLIENT


# Tuples: members of an enumeration hash slowly and are found by identity at once.
_UNTRUSTED = (How.PEER, How.UNTRUSTED, How.NO_PEER)
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

_HIDDEN = object()
_UNREADABLE = EMBEDDING_HEADS[0]
"""Sends what is no address the long way, as what may embed one goes."""
_Hop = bytes | object | None
"""A packed address, :data:`_HIDDEN`, or ``None`` for what can't be read."""


Finder = Callable[[str | None, dict[bytes, bytes]], tuple[bytes | None, bool]]
"""Peer and headers to the client's packed address, and whether a trusted proxy stood before us."""


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

    def resolve(self, peer: str | None, value: bytes | None) -> Resolved:
        """
        Find the client's address.

        Args:
            peer: Address text of the socket's peer, or of the client as the server resolved it;
                ``None`` for a unix socket.

            value: The value of :attr:`header`, repeated lines joined by commas; ``None`` when the
                request has none.

        Returns:
            The address, whole, and how it was found; never raises.
        """
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
        Return :meth:`resolve` as a function of peer and headers, made for every request.

        It answers with the client's address, ``None`` where that is a proxy's or nobody's, and
        with whether a trusted proxy stood before us. What is not plain goes the long way.

        Args:
            observe: Told each answer until it returns true.
        """
        header, peers, nat64 = self.header, self.trust.peers, self._nat64
        ours = self.trust.first_octets
        odd = ours | {head[0] for head in EMBEDDING_HEADS}
        plain = self._is_list and not (self.is_scope or self.trust.hops or nat64)

        def find(peer: str | None, headers: dict[bytes, bytes]) -> tuple[bytes | None, bool]:
            nonlocal observe
            value = headers.get(header)
            if plain and observe is None and value is not None and peer in peers:
                text = value.decode("latin-1")
                if "," in text:
                    text = text[text.rindex(",") + 1 :].strip(" \t")
                try:
                    packed = inet_pton(AF_INET6 if ":" in text else AF_INET, text)
                except (OSError, ValueError):
                    packed = _UNREADABLE
                head = packed[0]
                if head not in odd or not (head in ours or packed.startswith(EMBEDDING_HEADS)):
                    return packed, True
            found = self.resolve(peer, value)
            if observe is not None and observe(found):
                observe = None
            how = found.how
            return (found.packed if how.names_client else None), how not in _UNTRUSTED

        return find

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
        hops = self.trust.hops
        furthest, how = None, How.TOO_FEW_HOPS if hops else How.ALL_TRUSTED
        for number, hop in enumerate(self._hops(value), start=1):
            if not isinstance(hop, bytes):
                how = How.MALFORMED if hop is None else How.HIDDEN
                steps.append(how)
                break
            if number == hops or not (hops or self.trust.contains(hop)):
                steps.append(How.HEADER)
                return Resolved(self._settle(hop), How.HEADER)
            steps.append(How.ALL_TRUSTED)
            furthest = hop
        # Counted hops are ours only when there are enough of them; networks vouch for each.
        if hops or furthest is None:
            return self._of_peer(peer, how)
        return Resolved(self._settle(furthest), how)

    def _single(self, peer: str | None, value: bytes, steps: list[How]) -> Resolved:
        packed = _address(value.decode("latin-1"))
        steps.append(How.HEADER if packed else How.MALFORMED)
        if packed is None:
            return self._of_peer(peer, How.MALFORMED)
        return Resolved(self._settle(packed), How.HEADER)

    def _hops(self, value: bytes) -> Iterator[_Hop]:
        text = value.decode("latin-1")
        return _hops_of_forwarded(text) if self.header == FORWARDED else _hops_of_list(text)

    def _of_peer(self, peer: str | None, how: How) -> Resolved:
        packed = None if is_unix(peer) else _address(peer or "")
        if packed is None:
            return NOBODY if how is How.UNTRUSTED else Resolved(None, how)
        return Resolved(self._settle(packed), how)

    def _settle(self, packed: bytes) -> bytes:
        if packed.startswith(EMBEDDING_HEADS) or self._nat64:
            return unwrap(packed, nat64=self._nat64)
        return packed


def server_resolved(client: tuple[str, int] | None) -> bool:
    """
    Tell whether the server rewrote the scope's *client* already, as uvicorn's proxy headers do.

    A socket's peer has a port; what was read from a header has none, which servers write as 0. With
    ``source = "headers"`` the hops would then be counted twice.

    Args:
        client: The scope's client: host and port.
    """
    return client is not None and not is_unix(client[0]) and client[1] == 0


def _address(text: str) -> bytes | None:
    packed = parse(text)
    return packed if packed is not None and any(packed) else None


def _hops_of_list(text: str) -> Iterator[_Hop]:
    rest = text[-MAX_TAIL:]
    whole = len(rest) == len(text)
    for _ in range(MAX_ELEMENTS):
        comma = rest.rfind(",")
        if comma < 0 and not whole:
            break
        element = rest[comma + 1 :].strip(" \t")
        yield _HIDDEN if element.lower() == "unknown" else _address(element)
        if comma < 0:
            return
        rest = rest[:comma]
    yield None


def _hops_of_forwarded(text: str) -> Iterator[_Hop]:
    for element in elements_from_right(text):
        node = None if element is None else element.get("for")
        if node is None:
            yield None
        elif node.lower() == "unknown" or node.startswith("_"):
            yield _HIDDEN
        else:
            yield _address(_without_obfuscated_port(node))


def _without_obfuscated_port(node: str) -> str:
    host, obfuscated, _ = node.rpartition(":_")
    return host if obfuscated else node


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
