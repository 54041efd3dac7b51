"""Host names as a configuration writes them and as requests bring them. Pure."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

LONGEST_NAME = 253
"""Characters of a host name (RFC 1035 §2.3.4, without the length bytes)."""

_ALONE = "write the name alone, as in shop.example"
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


def host_key(host: str) -> str:
    """Return *host* as it is looked up: lower case, an IPv6 address without its brackets."""
    return _ipv6(host) or host.lower()


def host_problem(host: str) -> tuple[str, str] | None:
    """
    Say why no request can ever match *host*.

    Returns:
        What is wrong and what to do; ``None`` where a browser can send it. Upper case is no
        problem: names are compared in lower case.
    """
    name = host.lower()
    if name == "*" or _ipv6(name):
        return None
    return _not_a_name(name) or _misplaced_star(name) or _bad_labels(name.removeprefix("*."))


def _not_a_name(name: str) -> tuple[str, str] | None:
    wrong = (
        ("it is a URL", "://" in name, _ALONE),
        ("it is empty", not name, "write a name such as shop.example"),
        ("it has a space in it", not name.isprintable() or " " in name, "write one name only"),
        ("it has a path", not {"/", "?", "#"}.isdisjoint(name), _ALONE),
        ("it has a login", "@" in name, _ALONE),
        ("it has a port", ":" in name, f"{_ALONE}; it matches on any port"),
        ("browsers send another spelling", not name.isascii(), "write its ASCII form: xn--…"),
    )
    return next(((message, hint) for message, found, hint in wrong if found), None)


def _misplaced_star(name: str) -> tuple[str, str] | None:
    if "*" in name.removeprefix("*."):
        hint = "write *.shop.example for every name under one, or * for all"
        return "a star stands for whole labels at the beginning only", hint
    return None


def _bad_labels(name: str) -> tuple[str, str] | None:
    if name.endswith(".") and _is_name(name[:-1]):
        return "it ends with a dot", _ALONE
    if not _is_name(name):
        hint = "letters, digits and hyphens, labels of 63 characters at most, dots between them"
        return "it is no host name", hint
    return None


def _is_name(name: str) -> bool:
    return len(name) <= LONGEST_NAME and all(map(_LABEL.fullmatch, name.split(".")))


def _ipv6(name: str) -> str | None:
    bare = name[1:-1] if name[:1] == "[" and name[-1:] == "]" else name
    try:
        return str(IPv6Address(bare))
    except ValueError:
        return None
