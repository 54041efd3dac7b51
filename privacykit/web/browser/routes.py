"""The route that takes events of browsers. Nothing waits for a store: answers are quick."""

from __future__ import annotations

from collections.abc import Mapping

from privacykit.collect.privacy import NoPrivacy
from privacykit.web.browser.events import BrowserEvents
from privacykit.web.browser.message import MessageError, read_message
from privacykit.web.preferences.context import RoutesContext
from privacykit.web.preferences.form import is_same_origin
from privacykit.web.preferences.http import (
    EVENT_PATH,
    PageRequest,
    PageResponse,
    Pages,
    page_response,
)

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
TAKEN = PageResponse(
    204, [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
)
"""One answer for what is kept and for what is withheld, whose reason is nobody else's business."""


def browser_routes(context: RoutesContext) -> Mapping[str, Mapping[str, Pages]]:
    """Return the route of the events of browsers; none where the site takes none."""
    events = context.browser
    if events is None:
        return {}

    def answer(request: PageRequest) -> PageResponse:
        try:
            _take(request, events, context)
        except MessageError as error:
            return _refused(error.status, error.words)
        except Exception as error:  # noqa: BLE001 - P9: ours must not fail
            context.failed(error)
            return _refused(503, "it could not be kept")
        return TAKEN

    return {f"{context.prefix}{EVENT_PATH}": {"POST": answer}}


def _take(request: PageRequest, events: BrowserEvents, context: RoutesContext) -> None:
    privacy = request.privacy
    if isinstance(privacy, NoPrivacy):  # which was counted where it happened
        raise MessageError(503, "nothing could be decided")
    if not is_same_origin(request, secure=context.cookies.secure, hosts=context.hosts):
        raise MessageError(403, "the message came from no page of this site")
    if events.may_send(privacy):
        events.keep(read_message(request), privacy)


def _refused(status: int, words: str) -> PageResponse:
    body = f"PK157 {words}: see docs/how-to/single-page-apps.md\n".encode()
    return page_response(body, "text/plain; charset=utf-8", HEADERS, status)
