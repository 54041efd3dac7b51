"""Globs over the names of cookies: those that can match nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from privacykit.errors import Problem
from privacykit.settings.model import Settings

_WILD = frozenset("*?[")
_NEVER = frozenset(";=") | {chr(code) for code in (*range(32), 127)}
"""Characters that no browser lets into the name of a cookie (RFC 6265bis §5.6)."""


def cookie_problems(settings: Settings) -> Iterator[Problem]:
    """Yield globs of ``[cookies]`` that match nothing, or nothing that an earlier one leaves."""
    earlier: list[str] = []
    for glob in settings.cookies:
        key = f"cookies.{glob}"
        if (wrong := _impossible(glob)) is not None:
            message = f"no cookie can match it: {wrong}"
            yield Problem("PK032", "", key, message, "write the name alone, * for any ending")
        elif any(_covers(one, glob) for one in earlier):
            message = "no cookie can match it: an earlier line takes them all, and the first counts"
            yield Problem("PK032", "", key, message, "move it up, or remove it")
        earlier.append(glob)


def _impossible(glob: str) -> str | None:
    if not glob:
        return "it is empty"
    if glob != glob.strip():
        return "names neither begin nor end with a space"
    if not _NEVER.isdisjoint(glob):
        return "names hold no ';', no '=' and no control characters"
    return None


def _covers(wide: str, glob: str) -> bool:
    """Tell whether *wide* surely matches whatever *glob* does; in doubt it does not."""
    if _WILD.isdisjoint(glob):
        return fnmatchcase(glob, wide)
    start = wide.removesuffix("*")
    if start == wide or not _WILD.isdisjoint(start):
        return wide == glob
    return glob.startswith(start)
