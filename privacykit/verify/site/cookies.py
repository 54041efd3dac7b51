"""
Cookies as they are seen from outside: name, party, life and attributes, never a value. Pure.

Law of this file: the value of a cookie is read past, and stands in nothing that is returned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from privacykit.collect.cookies.life import life_of
from privacykit.verify.site.origin import SiteOrigin

FIRST, THIRD = "first", "third"
OURS = ("pk-", "__Host-pk-", "__Secure-pk-")
"""How the names of our own cookies begin."""

_LONGEST_NAME = 120
_UNPRINTED = re.compile(r"[^!-~]")
_SAME_SITE = {"strict": "Strict", "lax": "Lax", "none": "None"}


class SeenCookie(msgspec.Struct, frozen=True, order=True):
    """
    A cookie that was seen, without its value.

    Attributes:
        name: Its name.
        host: The host it is sent to, without the dot before it.
        party: ``first`` or ``third``.
        path: The path it is for.
        life: Seconds that it lives; ``None`` is until the browser closes.
        secure: Whether it has ``Secure``.
        http_only: Whether it has ``HttpOnly``.
        same_site: ``Strict``, ``Lax``, ``None``; empty where it does not say.
        partitioned: Whether it has ``Partitioned``.
        by: ``http`` where an answer set it, ``script`` where a script did.
        asked: Seconds that the answer asked for, where a browser was asked what it kept.
    """

    name: str
    host: str
    party: str
    path: str = "/"
    life: int | None = None
    secure: bool = False
    http_only: bool = False
    same_site: str = ""
    partitioned: bool = False
    by: str = "http"
    asked: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Name and host: what makes it one cookie among others."""
        return self.name, self.host

    @property
    def is_ours(self) -> bool:
        """Whether it is one of privacykit's own, which hold a choice."""
        return self.name.startswith(OURS)

    @property
    def ends(self) -> bool:
        """Whether the line ends a cookie instead of setting it."""
        return self.life is not None and self.life <= 0


def of_line(line: bytes, host: str, site: SiteOrigin, now: float) -> SeenCookie | None:
    """
    Return the cookie of a ``Set-Cookie`` *line* (RFC 6265bis §5.6), ``None`` where it has no name.

    Args:
        line: The header's value.
        host: The host that answered.
        site: The site that was visited.
        now: Unix seconds, for ``Expires``.
    """
    first, *rest = line.split(b";")
    name = shown_name(first.partition(b"=")[0].strip().decode("latin-1"))
    if not name or b"=" not in first:
        return None
    said = {
        key.strip().lower().decode("latin-1"): value.strip().decode("latin-1")
        for key, _, value in (each.partition(b"=") for each in rest)
    }
    domain = (said.get("domain") or host).lstrip(".").lower()
    life = life_of(line, now)
    return SeenCookie(
        name,
        domain,
        FIRST if site.is_own(domain) else THIRD,
        said.get("path") or "/",
        None if life is None else int(life),
        "secure" in said,
        "httponly" in said,
        _SAME_SITE.get(said.get("samesite", "").lower(), ""),
        "partitioned" in said,
    )


def of_lines(lines: Iterable[bytes], host: str, site: SiteOrigin, now: float) -> list[SeenCookie]:
    """Return the cookies of ``Set-Cookie`` *lines* that set one; the last of a name counts."""
    found: dict[tuple[str, str], SeenCookie] = {}
    for line in lines:
        cookie = of_line(line, host, site, now)
        if cookie is not None and not cookie.ends:
            found[cookie.key] = cookie
    return sorted(found.values())


def shown_name(name: str) -> str:
    """Return the *name* of a cookie or key as it may be printed: no control character, bounded."""
    return _UNPRINTED.sub("?", name)[:_LONGEST_NAME]


def life_in_words(seconds: int | None) -> str:
    """Return a life as people read it: ``session``, ``30 minutes``, ``13 months``."""
    if seconds is None:
        return "session"
    if seconds >= _LONG:
        return _counted(round(seconds / _MONTH), "month")
    for size, word in _UNITS:
        if seconds >= size:
            return _counted(round(seconds / size), word)
    return _counted(max(seconds, 0), "second")


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


_MONTH, _LONG = 365 * 86_400 / 12, 60 * 86_400
"""Seconds; from two months on, months are told."""
_UNITS = ((86_400, "day"), (3600, "hour"), (60, "minute"))
