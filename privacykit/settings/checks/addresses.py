"""Client addresses: networks that are some, and rules that agree. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from privacykit.errors import Problem
from privacykit.settings.model import Settings


def address_problems(settings: Settings) -> Iterator[Problem]:
    """Yield what is wrong with ``[client_ip]`` and ``[raw_address]``."""
    table = settings.client_ip
    lists = {"trusted_proxies": table.trusted_proxies, "nat64_prefixes": table.nat64_prefixes}
    for key, networks in lists.items():
        for i, network in enumerate(networks):
            try:
                ip_network(network)
            except ValueError:
                hint = "write it as 10.0.0.0/8, without host bits"
                yield Problem("PK021", "", f"client_ip.{key}.{i}", "not a network", hint)
    trusting = bool(table.trusted_proxies or table.hops)
    if table.source == "headers" and not (trusting or table.trust_unix_socket):
        message = "headers are to be read, but no proxy is trusted"
        hint = "list your proxies in trusted_proxies, or set hops"
        yield Problem("PK022", "", "client_ip.source", message, hint)
    if table.source == "scope" and trusting:
        message = "proxies are trusted, but source = 'scope' reads no header"
        hint = "set source = 'headers', or remove trusted_proxies and hops"
        yield Problem("PK023", "", "client_ip.source", message, hint)
    for use, reason in settings.raw_address.items():
        if not reason.strip():
            message = "whole addresses are read for a use without a reason"
            hint = "write why, for whoever audits it"
            yield Problem("PK033", "", f"raw_address.{use}", message, hint)
