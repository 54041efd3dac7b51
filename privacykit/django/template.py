"""The route template of a request of Django's: that of the view that was found. Pure."""

from __future__ import annotations

from typing import Any

from privacykit.collect.memo import Memo
from privacykit.web.routers.ask import template_of_route
from privacykit.web.template import Templates


class RouteTemplates:
    """
    Finds templates, encoded as JSON.

    Args:
        templates: Spells and encodes them, and knows the configured patterns.
    """

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._spelt: Memo[str, str] = Memo(template_of_route)

    def of(self, request: Any) -> str:  # noqa: ANN401 - Django has no types
        """Return the template of *request* as JSON, ``null`` when there is none."""
        match = getattr(request, "resolver_match", None)
        route = getattr(match, "route", None)
        if not isinstance(route, str):
            return self._templates.by_pattern(request.path)
        root = request.path.removesuffix(request.path_info)
        return self._templates.encoded(f"{root}{self._spelt[route]}")

    def said(self, page: object) -> str:
        """Return as JSON what the application says its *page* is, scrubbed."""
        return self._templates.said(page)
