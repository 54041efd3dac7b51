"""Cache rules of the edge: what shared caches must not keep, and what answers vary with. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from privacykit.web.headers import Headers, Lines

SAID_IN = (b"Cookie", b"Sec-GPC", b"DNT")
"""Headers in which a visitor chooses: what the decision made of a page varies by them."""
SHARED = frozenset({b"public", b"private", b"s-maxage"})
"""Directives that go: they let shared caches keep, or qualify what only one person may keep."""
NEVER: dict[bytes, bytes] = {
    b"surrogate-control": b"no-store",
    b"edge-control": b"no-store",
    b"x-accel-expires": b"0",
    b"x-litespeed-cache-control": b"no-cache",
}
"""Headers that a cache obeys before ``Cache-Control``, and how each is told not to keep."""
VALIDATORS = frozenset({b"etag", b"last-modified", b"expires"})
"""Headers by which a copy is told to be good still."""
FRESHNESS = SHARED | {
    b"max-age",
    b"no-store",
    b"no-cache",
    b"must-revalidate",
    b"immutable",
    b"stale-while-revalidate",
    b"stale-if-error",
    b"must-understand",
}
"""Directives that say how a kept copy is used, without a meaning where none is kept."""
_TARGETED = b"cdn-cache-control"
"""``CDN-Cache-Control`` and those of one network each, ``Cloudflare-CDN-…`` (RFC 9213)."""

_DIRECTIVE = re.compile(
    rb"[\s,]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(\s*=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s,\"]*))?\s*(?=,|$)",
    re.DOTALL,
)


def private(headers: Lines) -> Headers:
    """
    Return response *headers* that no shared cache may keep (RFC 9111 §5.2.2.7).

    Caches that look elsewhere are told too: targeted fields (RFC 9213) and their older kin.
    """
    kept: Headers = []
    directives: list[bytes] = []
    for line in headers:
        name = line[0].lower()
        if name == b"cache-control":
            directives += [text for word, text in _directives(line[1]) if word not in SHARED]
        else:
            kept.append((line[0], _untold(name, line[1])))
    if not any(text.lower() == b"no-store" for text in directives):
        directives.insert(0, b"private")
    return [*kept, (b"cache-control", b", ".join(directives))]


def personal(headers: Lines, *, rendered: bool) -> Headers:
    """
    Return response *headers* for the visitor whose decision made the page, and nobody else.

    Args:
        headers: As the application gives them.
        rendered: Whether something of ours stands in the page, in the visitor's language.
    """
    if rendered:
        return varying(unstored(headers), (*SAID_IN, b"Accept-Language"))
    return varying(private(headers), SAID_IN)


def unstored(headers: Lines) -> Headers:
    """
    Return response *headers* that no cache may keep, the browser's own included.

    What an application says of a page that something of ours was rendered into is said of its own
    part: a copy, or a 304 to its validator, would show the choice of another moment.
    """
    kept = [line for line in headers if line[0].lower() not in VALIDATORS]
    *others, (name, told) = private(kept)
    lasting = [text for word, text in _directives(told) if word not in FRESHNESS]
    return [*others, (name, b", ".join([b"private, no-store", *lasting]))]


def varying(headers: Headers, names: tuple[bytes, ...]) -> Headers:
    """Return response *headers* whose ``Vary`` names *names* too."""
    present = b", ".join(value for name, value in headers if name.lower() == b"vary")
    have = {name.strip().lower() for name in present.split(b",")}
    if b"*" in have:
        return headers
    missing = [name for name in names if name.lower() not in have]
    if not missing:
        return headers
    kept = [pair for pair in headers if pair[0].lower() != b"vary"]
    return [*kept, (b"vary", b", ".join([present, *missing] if present else missing))]


def _untold(name: bytes, value: bytes) -> bytes:
    """Return the *value* of the header *name*, changed where it tells a shared cache to keep."""
    if name.endswith(_TARGETED):
        return b"no-store"
    return NEVER.get(name, value)


def _directives(value: bytes) -> Iterator[tuple[bytes, bytes]]:
    """
    Yield the directives of ``Cache-Control``: name in lower case, and all of it as it was.

    A quoted string may hold commas (RFC 9110 §5.6.4). From where it is no list any more nothing is
    read: an answer that may not be shared loses a freshness rather than keep a wrong one.
    """
    at = 0
    while (found := _DIRECTIVE.match(value, at)) is not None:
        at = found.end()
        yield found[1].lower(), found[1] + (found[2] or b"").strip()
