"""
Recognise who stands behind a host or a campaign's source: a search engine, a network, a shop. Pure.

The tables of :mod:`privacykit.collect.sources` are taken apart when first asked for.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple

import msgspec

from privacykit.collect import sources
from privacykit.pseudonym.urls import SECOND_LEVEL

Kind = Literal["ai", "email", "referral", "search", "shopping", "social", "video"]

_ALIASES = {
    "adwords": "google",
    "bard": "google gemini",
    "ddg": "duckduckgo",
    "fb": "facebook",
    "gemini": "google gemini",
    "google gemini": "google gemini",
    "ig": "instagram",
    "insta": "instagram",
    "li": "linkedin",
    "meta": "facebook",
    "pin": "pinterest",
    "tg": "telegram",
    "tw": "x (twitter)",
    "twitter": "x (twitter)",
    "x": "x (twitter)",
    "yahoo": "yahoo!",
    "yt": "youtube",
}


class Source(msgspec.Struct, frozen=True):
    """
    Who sent the visitor.

    Attributes:
        name: As people call it, or the host where it has no other name.
        kind: What it is.
    """

    name: str
    kind: Kind


def source_of(host: str) -> Source | None:
    """
    Return who stands behind *host*, ``None`` for an empty one.

    Args:
        host: A host in lower case without ``www.``, or the package name of an Android application.
    """
    return (_by_host(host) or Source(host, "referral")) if host else None


def by_name(named: str) -> Source | None:
    """
    Return the source that people call *named*, ``None`` when nobody we know is called so.

    Args:
        named: ``utm_source`` and the like, in lower case: a name, a nickname (``fb``) or a host.
    """
    found = _tables().names.get(_ALIASES.get(named, named).replace(" ", ""))
    return _by_host(named.removeprefix("www.")) if found is None and "." in named else found


def _by_host(host: str) -> Source | None:
    tables = _tables()
    if host in tables.exact:
        return tables.exact[host]
    labels = host.split(".")
    found = tables.by_tld.get(".".join(labels[:-1]))
    if found is None and len(labels) > 2 and labels[-2] in SECOND_LEVEL:  # noqa: PLR2004 - "co.uk"
        found = tables.by_tld.get(".".join(labels[:-2]))
    parents = (".".join(labels[start:]) for start in range(1, len(labels) - 1))
    return found or next(filter(None, map(tables.by_parent.get, parents)), None)


class _Tables(NamedTuple):
    """Sources by host, by host without its country, by parent domain and by name."""

    exact: dict[str, Source]
    by_tld: dict[str, Source]
    by_parent: dict[str, Source]
    names: dict[str, Source]


@cache
def _tables() -> _Tables:
    tables = _Tables({}, {}, {}, {})
    for kind, text in _KINDS.items():
        for entry in text.replace("\n", " ").split(" | "):
            name, _, hosts = entry.strip().partition(": ")
            source = Source(name, kind)
            tables.names.setdefault(name.lower().replace(" ", ""), source)
            for host in hosts.split():
                _enter(tables, host, source)
    return tables


def _enter(tables: _Tables, host: str, source: Source) -> None:
    if host.endswith(".*"):
        tables.by_tld[host[:-2]] = source
    elif host.startswith("*."):
        tables.by_parent[host[2:]] = source
    else:
        tables.exact[host] = source
        # "docs.google.com" is no search; "l.facebook.com" is the network.
        if source.kind != "search":
            tables.by_parent[host] = source


_KINDS: dict[Kind, str] = {
    "ai": sources.AI,
    "email": sources.EMAIL,
    "video": sources.VIDEO,
    "social": sources.SOCIAL,
    "shopping": sources.SHOPPING,
    "referral": sources.REFERRAL,
    "search": sources.SEARCH,
}
