"""
An explanation of the client address, in words for an operator. Pure.

Addresses are shown weakened: what is explained here may end in a ticket.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from privacykit.collect.address.client_ip import ClientRule, How, Resolved
from privacykit.pseudonym.addresses.address import IPV4_BYTES
from privacykit.pseudonym.addresses.special import classify
from privacykit.pseudonym.addresses.truncation import Truncate

_SHOWN = Truncate()

_STEPS: Final = {
    How.ALL_TRUSTED: "one of our proxies; go on to the left",
    How.HEADER: "the client",
    How.HIDDEN: "unknown or obfuscated (RFC 7239 section 6); nothing further left is believed",
    How.MALFORMED: "not an address; nothing further left is believed",
}
_ENDS: Final = {
    How.PEER: "the server says who the client is",
    How.UNTRUSTED: "the peer is none of our proxies, so it is the client",
    How.HEADER: "a trusted proxy named the client",
    How.ALL_TRUSTED: "every hop is ours; the furthest one sent the request",
    How.NO_HEADER: "our proxy named nobody: it does not send the header",
    How.HIDDEN: "the client is hidden, so the proxy before it stands in and the place is unknown",
    How.MALFORMED: "the client can't be read, so our proxy stands in and the place is unknown",
    How.TOO_FEW_HOPS: "fewer hops are named than there are proxies, so the peer stands in",
    How.NO_PEER: "there is no address: a unix socket that is not trusted, or no address at all",
}
WARN_AFTER = 100
"""Requests that must agree before a suspicion is worth a line."""


def explain_client(
    rule: ClientRule, peer: str | None, value: bytes | None, ipv6: bytes | None = None
) -> tuple[Resolved, Sequence[str]]:
    """
    Find the client's address as ``rule.resolve`` does, and say how.

    Args:
        rule: How the site finds addresses.
        peer: Address text of the socket's peer.
        value: The value of the rule's header, if any.
        ipv6: The value of ``CF-Connecting-IPv6``, if any.

    Returns:
        What ``rule.resolve`` returns, and a line for each step.
    """
    resolved = rule.resolve(peer, value, ipv6)
    lines = [*_lines(rule, peer, value), _ENDS[resolved.how]]
    if resolved != rule.resolve(peer, value):
        lines.append("that address is one Cloudflare made up; CF-Connecting-IPv6 has the real one")
    return resolved, [*lines, _shown(resolved.packed)]


def _lines(rule: ClientRule, peer: str | None, value: bytes | None) -> list[str]:
    if rule.is_scope:
        return ['source is "scope": no header is read']
    name = rule.header.decode()
    if not rule.trust.believes(peer):
        return [f"the peer is not trusted: {name} is not read"]
    if value is None:
        return [f"the peer is trusted; there is no {name}"]
    steps: list[How] = []
    rule.walk(peer, value, steps)
    return [
        f"the peer is trusted: {name} is read from the right",
        *(f"hop {number}: {_STEPS[step]}" for number, step in enumerate(steps, start=1)),
    ]


def _shown(packed: bytes | None) -> str:
    if packed is None:
        return "address: none"
    version = "IPv4" if len(packed) == IPV4_BYTES else "IPv6"
    kind = classify(packed)
    note = " (a proxy in front is not configured)" if kind.internal else ""
    return (
        f"address: {version}, {kind.value}, in {_SHOWN.weaken(packed)}/{_SHOWN.bits(packed)}{note}"
    )


class ProxyCheck:
    """
    Notices a proxy that is not configured, and a server that resolves clients besides us.

    The one shows by all clients being one address inside the house, the other by the first peer.

    Feed it each request's answer until it is :attr:`settled`. It keeps one internal address, never
    a visitor's.

    Args:
        after: How many requests must agree.

    Attributes:
        settled: Whether there is nothing more to find out.
    """

    __slots__ = ("_after", "_only", "_seen", "settled")

    def __init__(self, after: int = WARN_AFTER) -> None:
        self._after = after
        self._only: bytes | None = None
        self._seen = 0
        self.settled = False

    def add(self, resolved: Resolved) -> str | None:
        """Count *resolved*; return a warning in words, once, when the suspicion is confirmed."""
        packed = resolved.packed
        if self.settled:
            return None
        if resolved.how is How.RESOLVED_BEFORE:
            self.settled = True
            return _TWICE
        if packed is None:
            return None
        if self._only is None and classify(packed).internal:
            self._only = packed
        if packed != self._only:
            self.settled = True
            return None
        self._seen += 1
        if self._seen < self._after:
            return None
        self.settled = True
        return f"the first {self._after} clients have one {classify(packed).value} address: " + (
            _SUSPICION.get(resolved.how, "a proxy in front is not named in [client_ip]")
        )


_TWICE: Final = (
    "the server reads proxy headers and [client_ip] does too, so no client is known: "
    'run the server without (uvicorn --no-proxy-headers), or set source = "scope"'
)
_SUSPICION: Final = {
    How.NO_HEADER: "the proxy in front does not send the configured header",
    How.HIDDEN: "the proxy in front hides its clients",
    How.MALFORMED: "the proxy in front sends what is no address",
    How.TOO_FEW_HOPS: "there are fewer proxies in front than `hops` says",
    How.HEADER: "another proxy stands before the trusted one",
}
