"""
The public resources beside the pages: style sheet, script, and ``/.well-known/gpc.json``.

Reads style sheet and script once, from the package.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from hashlib import blake2b
from importlib.resources import files

from privacykit.signals.gpc import support_document
from privacykit.web.preferences.http import PageResponse, page_response

NAMES = ("privacy.css", "privacy.js", "banner.css", "banner.js", "events.js")
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
_DAY_SECONDS = 86_400
_FOREVER = "public, max-age=31536000, immutable"
_BRIEFLY = "public, max-age=300"


@cache
def body(name: str) -> bytes:
    """Return the bytes of the asset *name*."""
    return (files("privacykit.web.preferences") / "static" / name).read_bytes()


@cache
def hashed(name: str) -> str:
    """Return *name* with a hash of its content in it, so that caches may keep it for ever."""
    stem, _, suffix = name.rpartition(".")
    return f"{stem}.{blake2b(body(name), digest_size=5).hexdigest()}.{suffix}"


def asset(asked: str) -> PageResponse | None:
    """Return the asset *asked*, by its plain name (for embedding) or its hashed one."""
    for name in NAMES:
        if asked in {name, hashed(name)}:
            return page_response(
                body(name),
                _TYPES[name.rpartition(".")[2]],
                {
                    "Cache-Control": _FOREVER if asked == hashed(name) else _BRIEFLY,
                    "X-Content-Type-Options": "nosniff",
                    "Cross-Origin-Resource-Policy": "same-origin",
                },
            )
    return None


def gpc_resource(last_update: date) -> PageResponse:
    """
    Return the GPC support resource: that the site abides by GPC, and since when this way.

    It speaks for the site, so caches may keep it.
    """
    headers = {
        "Cache-Control": f"public, max-age={_DAY_SECONDS}",
        "X-Content-Type-Options": "nosniff",
    }
    return page_response(support_document(last_update), "application/json", headers)
