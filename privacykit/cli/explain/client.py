"""
``privacykit explain --header``: how a client's address is found. Reads privacykit.toml.

Only the table ``[client_ip]`` is read, so that a chain of proxies can be tried before the rest of
the configuration stands.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from privacykit.cli.terminal.console import say, say_json
from privacykit.collect.address.client_ip import ClientRule
from privacykit.collect.address.explain import explain_client
from privacykit.collect.address.pseudo_ipv4 import HEADER as CLOUDFLARE_IPV6
from privacykit.collect.address.trust import Trust
from privacykit.errors import ConfigurationError, InputError, Problem
from privacykit.pseudonym.addresses.address import Nat64Prefix


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    source: str = "scope"
    header: str = "X-Forwarded-For"
    trusted_proxies: list[str] = []
    hops: int = 0
    trust_unix_socket: bool = False
    nat64_prefixes: list[str] = []


def explain_headers(headers: Iterable[str], peer: str | None, config: str, *, json: bool) -> None:
    """
    Say, step by step, which address *headers* lead to.

    Args:
        headers: Lines such as ``X-Forwarded-For: 203.0.113.7, 10.0.0.2``, in order.
        peer: Address of the socket's peer; ``None`` for a unix socket.
        config: The configuration file.
        json: Answer as JSON.

    Raises:
        ConfigurationError: The file or its table ``[client_ip]`` is wrong.
        InputError: A header has no colon.
    """
    rule = _rule(config)
    given = list(headers)
    resolved, lines = explain_client(
        rule, peer, _value(given, rule.header), _value(given, CLOUDFLARE_IPV6)
    )
    if json:
        say_json({"how": resolved.how.value, "steps": lines})
    else:
        for line in lines:
            say(line)


def _value(headers: Iterable[str], wanted: bytes) -> bytes | None:
    values = []
    for header in headers:
        name, colon, value = header.partition(":")
        if not colon:
            raise InputError("a header is written as NAME: VALUE")
        if name.strip().lower().encode() == wanted:
            values.append(value.strip())
    return ", ".join(values).encode("latin-1", "replace") if values else None


def _rule(config: str) -> ClientRule:
    try:
        document = tomllib.loads(Path(config).read_text("utf-8"))
        table = msgspec.convert(document.get("client_ip", {}), _Table)
    except (OSError, ValueError) as error:
        # msgspec says what is expected where, and quotes nothing.
        message = str(error) if isinstance(error, msgspec.ValidationError) else "can't be read"
        raise ConfigurationError(
            Problem("PK118", config, "client_ip", message, "name a TOML file with --config")
        ) from None
    return ClientRule(
        table.source,
        table.header,
        Trust(table.trusted_proxies, hops=table.hops, unix_socket=table.trust_unix_socket),
        nat64=tuple(map(Nat64Prefix.parse, table.nat64_prefixes)),
    )
