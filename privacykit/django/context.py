"""The context processor: ``privacy`` in templates. Pure."""

from __future__ import annotations

from typing import Any

from privacykit.collect.privacy import NO_PRIVACY


def privacy(request: Any) -> dict[str, object]:  # noqa: ANN401 - Django has no types
    """Return the decision about *request* for its template."""
    return {"privacy": getattr(request, "privacy", NO_PRIVACY)}
