"""The style sheet and script of the pages. Reads them once, from the package."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from importlib.resources import files

from starlette.responses import Response

NAMES = ("privacy.css", "privacy.js")
_TYPES = {"css": "text/css", "js": "text/javascript"}
_FOREVER = "public, max-age=31536000, immutable"
_BRIEFLY = "public, max-age=300"


@cache
def body(name: str) -> bytes:
    """Return the bytes of the asset *name*."""
    return (files("privacykit.web") / "static" / name).read_bytes()


@cache
def hashed(name: str) -> str:
    """Return *name* with a hash of its content in it, so that caches may keep it for ever."""
    stem, _, suffix = name.rpartition(".")
    return f"{stem}.{blake2b(body(name), digest_size=5).hexdigest()}.{suffix}"


def asset(asked: str) -> Response | None:
    """Return the asset *asked*, by its plain name (for embedding) or its hashed one."""
    for name in NAMES:
        if asked in {name, hashed(name)}:
            return Response(
                body(name),
                media_type=_TYPES[name.rpartition(".")[2]],
                headers={
                    "Cache-Control": _FOREVER if asked == hashed(name) else _BRIEFLY,
                    "X-Content-Type-Options": "nosniff",
                    "Cross-Origin-Resource-Policy": "same-origin",
                },
            )
    return None
