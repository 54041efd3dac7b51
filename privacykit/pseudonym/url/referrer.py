"""
Reduce a referrer to one of five levels, each of which holds all that the one before it does. Pure.

========  =====================================  ==========================================
level     keeps                                  of ``https://u@www.blog.example:8443/a/7?q=x#f``
========  =====================================  ==========================================
none      nothing
host      the host, without ``www.``             ``blog.example``
origin    scheme, host and port                  ``https://www.blog.example:8443``
path      and the scrubbed path                  ``https://www.blog.example:8443/a/7``
query     and the parameters on the allow-list   ``https://www.blog.example:8443/a/7?q=x``
========  =====================================  ==========================================

User, password and fragment survive no level (Matomo's ``exclude_query`` keeps both).
"""

from __future__ import annotations

from typing import Literal, get_args

from privacykit.pseudonym.url.paths import scrub_path
from privacykit.pseudonym.url.urls import Parts, scrub_query, split

Level = Literal["none", "host", "origin", "path", "query"]
LEVELS: tuple[Level, ...] = get_args(Level)
DEFAULT_LEVEL: Level = "host"


def reduce_referrer(
    referrer: str | bytes | None,
    level: Level = DEFAULT_LEVEL,
    allow: frozenset[str] = frozenset(),
) -> str:
    """
    Return what *level* leaves of *referrer*.

    Args:
        referrer: The raw header.
        level: One of :data:`LEVELS`.
        allow: Parameters that the level ``query`` keeps.

    Returns:
        Empty for a referrer that is absent, malformed, no web address, or an address instead of a
        name (an address may be a person's).
    """
    if level == "none":
        return ""
    parts = _parts(referrer)
    if parts is None:
        return ""
    if level == "host":
        return parts.host.removeprefix("www.")
    if level == "origin":
        return parts.origin
    path = scrub_path(parts.path)
    query = scrub_query(parts.query, allow) if level == "query" else ""
    return parts.origin + path + (f"?{query}" if query else "")


def host_of(referrer: str | bytes | None) -> str:
    """Return the host of *referrer* without ``www.``, which is what channels are told by."""
    return reduce_referrer(referrer, "host")


def _parts(referrer: str | bytes | None) -> Parts | None:
    if not referrer:
        return None
    text = referrer.decode("utf-8", "replace") if isinstance(referrer, bytes) else referrer
    parts = split(text)
    return parts if parts is not None and parts.host else None
