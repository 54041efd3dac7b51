"""The route template of the request that this task serves, for its line in the access log."""

from __future__ import annotations

from contextvars import ContextVar

import msgspec

NO_PAGE = "null"

_page: ContextVar[str] = ContextVar("privacykit_page", default=NO_PAGE)

note_page = _page.set
"""Remember the template of the present request, already encoded as JSON; ``null`` is none."""

page = _page.get
"""Return what was noted for the present request, as JSON."""


def note_route(template: str | None) -> None:
    """
    Remember *template* for the line that the server logs about the present request.

    Call it in the task that serves the request, before the response starts; ``None`` forgets. The
    middleware does, for every framework whose router tells its routes.
    """
    note_page(msgspec.json.encode(template).decode())
