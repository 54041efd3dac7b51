"""
Sources of visits: the search engine, network or shop behind a host or a campaign's name. Pure.

Which there are is data, ``sources.toml`` beside this module; the runtime reads it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from privacykit.pseudonym.url.urls import SECOND_LEVEL, tidy_host

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


_ADS = re.compile(r"[ ._-]?ads?$")


class Source(msgspec.Struct, frozen=True):
    """
    Who sent the visitor.

    Attributes:
        name: As people call it, or the host where it has no other name.
        kind: What it is.
    """

    name: str
    kind: Kind


class Sources:
    """
    The sources that are known.

    Args:
        kinds: Kind to a source's name to its hosts: ``google.*`` stands for any country's domain,
            ``*.mail.yahoo.com`` for any subdomain. Of two with one name the first counts.
    """

    __slots__ = ("_by_parent", "_by_tld", "_exact", "_names")

    def __init__(self, kinds: Mapping[Kind, Mapping[str, Sequence[str]]]) -> None:
        self._exact: dict[str, Source] = {}
        self._by_tld: dict[str, Source] = {}
        self._by_parent: dict[str, Source] = {}
        self._names: dict[str, Source] = {}
        for kind, named in kinds.items():
            for name, hosts in named.items():
                source = Source(name, kind)
                self._names.setdefault(name.lower().replace(" ", ""), source)
                for host in hosts:
                    self._enter(host, source)

    def of_host(self, host: str) -> Source | None:
        """
        Return who stands behind *host*, ``None`` for an empty one.

        Args:
            host: A host in lower case without ``www.``, or the package name of an Android
                application.
        """
        return (self._known(host) or Source(host, "referral")) if host else None

    def by_name(self, named: str) -> Source | None:
        """
        Return the source that people call *named*, ``None`` when nobody we know is called so.

        Args:
            named: ``utm_source`` and the like, in lower case: a name, a nickname (``fb``) or a
                host.
        """
        found = self._names.get(_ALIASES.get(named, named).replace(" ", ""))
        return self._known(named.removeprefix("www.")) if found is None and "." in named else found

    def advertiser(self, named: str) -> Source | None:
        """Return the source whose advertising *named*, in lower case, is: ``google-ads``."""
        stem = _ADS.sub("", named)
        return self.by_name(stem) if stem != named else None

    def knows(self, named: str) -> bool:
        """
        Return whether *named*, in lower case, is the name or the host of a known source.

        So is the name of its advertising.
        """
        if self._is_one(named):
            return True
        stem = _ADS.sub("", named)
        return stem != named and self._is_one(stem)

    def _is_one(self, named: str) -> bool:
        if _ALIASES.get(named, named).replace(" ", "") in self._names:
            return True
        return "." in named and tidy_host(named) == named and self.by_name(named) is not None

    def _known(self, host: str) -> Source | None:
        if host in self._exact:
            return self._exact[host]
        labels = host.split(".")
        found = self._by_tld.get(".".join(labels[:-1]))
        if found is None and len(labels) > 2 and labels[-2] in SECOND_LEVEL:  # noqa: PLR2004 - "co.uk"
            found = self._by_tld.get(".".join(labels[:-2]))
        parents = (".".join(labels[start:]) for start in range(1, len(labels) - 1))
        return found or next(filter(None, map(self._by_parent.get, parents)), None)

    def _enter(self, host: str, source: Source) -> None:
        if host.endswith(".*"):
            self._by_tld[host[:-2]] = source
        elif host.startswith("*."):
            self._by_parent[host[2:]] = source
        else:
            self._exact[host] = source
            # "docs.google.com" is no search; "l.facebook.com" is the network.
            if source.kind != "search":
                self._by_parent[host] = source


NO_SOURCES = Sources({})
"""Every referrer is a referral."""
