"""
Name a page by the pattern its path matches, never by the path. Pure.

For applications whose routes the framework does not tell (mounted, WSGI, static): ``[pages]
patterns`` lists them as ``/orders/{id}`` or ``/docs/{rest:path}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from privacykit.pseudonym.url.paths import scrub_path

LONGEST_PATH = 2048
_PLACEHOLDER = re.compile(r"\{[A-Za-z_]\w*(:path)?\}")
_HELD = "[parameter]"
"""What stands for a placeholder while the rest is scrubbed: a label, which scrubbing leaves."""


def problem_of(pattern: str) -> str | None:
    """Return what is wrong with *pattern*, in words for a message, ``None`` when nothing is."""
    if not pattern.startswith("/"):
        return "a pattern begins with a slash"
    literals = _PLACEHOLDER.sub("", pattern)
    if "{" in literals or "}" in literals:
        return "a placeholder is a name in braces: {id}, or {rest:path} at the end"
    if any(segment.count("{") > 1 for segment in pattern.split("/")):
        return "a segment, the part between two slashes, has at most one placeholder"
    if ":path}" in pattern.removesuffix(":path}"):
        return "{rest:path} stands at the end only"
    return None


class Pages:
    """
    The patterns of a site, tried in their order.

    Args:
        patterns: Patterns in which :func:`problem_of` finds nothing; others never match.
    """

    __slots__ = ("_patterns",)

    def __init__(self, patterns: Iterable[str]) -> None:
        good = (pattern for pattern in patterns if problem_of(pattern) is None)
        self._patterns = tuple((_compile(pattern), pattern) for pattern in good)

    def __call__(self, path: str) -> str | None:
        """
        Return the first pattern that *path* matches.

        Args:
            path: The decoded path, without query.

        Returns:
            The pattern as it was written, or ``None``: then there is no page to name.
        """
        if len(path) > LONGEST_PATH:
            return None
        for expression, pattern in self._patterns:
            if expression.fullmatch(path):
                return pattern
        return None


def page_from_patterns(path: str, patterns: Iterable[str]) -> str | None:
    """Return the first of *patterns* that *path* matches; :class:`Pages` where many are asked."""
    return Pages(patterns)(path)


def scrub_page(page: str) -> str:
    """
    Return what an application says its *page* is: its placeholders stay, the rest is scrubbed.

    Whoever writes a path there instead of a template gets it weakened as paths are.
    """
    placeholders = [found[0] for found in _PLACEHOLDER.finditer(page)]
    scrubbed = scrub_path(_PLACEHOLDER.sub(_HELD, page.partition("?")[0]))
    if scrubbed.count(_HELD) == len(placeholders):
        for placeholder in placeholders:
            scrubbed = scrubbed.replace(_HELD, placeholder, 1)
    return scrubbed if scrubbed.startswith("/") else f"/{scrubbed}"


def _compile(pattern: str) -> re.Pattern[str]:
    parts: list[str] = []
    kept = 0
    for placeholder in _PLACEHOLDER.finditer(pattern):
        parts.append(re.escape(pattern[kept : placeholder.start()]))
        parts.append(".*" if placeholder[1] else "[^/]+")
        kept = placeholder.end()
    parts.append(re.escape(pattern[kept:]))
    return re.compile("".join(parts), re.DOTALL)
