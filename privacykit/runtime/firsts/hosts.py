"""
Unknown hosts: those that no site lists, named in the log once each. Logs.

Laws of this file: a host is a stranger's text, so it is read as a host name or not named at all,
passes the detectors, and at most :data:`MOST_SAID` are told; nothing happens for a known host.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network

from privacykit.logs.say import say
from privacykit.pseudonym.texts.detectors import mask

NEAR = tuple(
    map(
        ip_network,
        (
            "127.0.0.0/8",
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "0.0.0.0/32",
            "::1/128",
            "fc00::/7",
            "::/128",
        ),
    )
)
"""Addresses of this machine or network (RFC 1122, 1918, 4193), which name nobody."""

MOST_SAID = 20
LONGEST_SAID = 100

_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")


class UnknownHosts:
    """
    Says of each host that no site lists that nothing is recorded of it.

    Args:
        site_of: Raw ``Host`` header to site id, ``None`` for none; asked when a host is new.
    """

    def __init__(self, site_of: Callable[[bytes], str | None]) -> None:
        self._site_of = site_of
        self._said: set[str] = set()

    def __call__(self, host: bytes) -> str | None:
        """Return the site's id, ``None`` when the host is no site's."""
        found = self._site_of(host)
        if found is None and len(self._said) < MOST_SAID:
            self._say(named(host))
        return found

    def _say(self, name: str) -> None:
        if name in self._said:
            return
        self._said.add(name)
        last = "; no more hosts are named" if len(self._said) == MOST_SAID else ""
        say(
            logging.WARNING,
            "no site lists the host %s (unknown_host): its requests are weakened and"
            " none of its events is recorded; if it is yours, add it to `hosts` of its [[site]]%s",
            name,
            last,
        )


def named(host: bytes) -> str:
    """
    Return how a ``Host`` header is told: in quotes, or what kind of thing it is.

    A public address may be somebody's, so only those of this machine or network are told.
    """
    text = host[: LONGEST_SAID * 2].decode("ascii", "replace").strip()
    if not text:
        return "of requests that name none"
    bare = text[1:].partition("]")[0] if text.startswith("[") else text.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        name = bare.removesuffix(".")
        fits = len(name) <= LONGEST_SAID and _NAME.fullmatch(name.lower())
        return f"'{_masked(name)}'" if fits else "whose name is no host name"
    near = any(address in network for network in NEAR if network.version == address.version)
    return f"'{address}'" if near else "that is an IP address"


def _masked(name: str) -> str:
    # Before the capitals go: they help to tell a token from a word.
    return ".".join(mask(label) for label in name.split(".")).lower()
