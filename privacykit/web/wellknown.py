"""``/.well-known/gpc.json``: that the site abides by GPC, and since when it does so this way."""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from privacykit.signals.gpc import support_document

MAX_AGE_SECONDS = 86_400


def gpc_resource(last_update: date) -> Response:
    """Return the GPC support resource; it speaks for the site, so caches may keep it."""
    return Response(
        support_document(last_update),
        media_type="application/json",
        headers={
            "Cache-Control": f"public, max-age={MAX_AGE_SECONDS}",
            "X-Content-Type-Options": "nosniff",
        },
    )
