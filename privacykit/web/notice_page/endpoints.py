"""The endpoints of the notice: for everybody the same, but for whose law stands in front."""

from __future__ import annotations

from collections.abc import Mapping

from privacykit.web.notice_page.ports import NoticeDesk, NoticePlace
from privacykit.web.preferences.context import RoutesContext
from privacykit.web.preferences.endpoints.desk import Desk, reading
from privacykit.web.preferences.http import PageRequest, PageResponse, Pages, page_response
from privacykit.web.preferences.pages import PAGE_HEADERS
from privacykit.web.preferences.state import UndecidedError

SECURITY = "/.well-known/security.txt"
"""Where those who found a weakness look for a door (RFC 9116)."""
NOTICE = "/notice"
_HTML = "text/html; charset=utf-8"
_DAY_SECONDS = 86_400


def notice_routes(context: RoutesContext) -> Mapping[str, Mapping[str, Pages]]:
    """Return the routes of the notice of the site of *context*; none where it has none."""
    desk = context.notice
    if desk is None:
        return {}
    room, path = NoticeEndpoints(context, desk), f"{context.prefix}{NOTICE}"
    routes: dict[str, Mapping[str, Pages]] = {
        path: {"GET": room.look},
        f"{path}.json": {"GET": room.tell},
        f"{path}/changes": {"GET": room.changed},
    }
    return routes | ({SECURITY: {"GET": room.door}} if desk.security else {})


class NoticeEndpoints(Desk):
    """
    The endpoints of one site.

    Args:
        context: The site.
        desk: Writes the notice.
    """

    def __init__(self, context: RoutesContext, desk: NoticeDesk) -> None:
        super().__init__(context)
        self._desk = desk
        self._headers = {
            name: value for name, value in PAGE_HEADERS.items() if name != "X-Robots-Tag"
        } | {
            "Content-Security-Policy": f"default-src 'none'; style-src {desk.style}; "
            "img-src data:; form-action 'none'; frame-ancestors 'self'; base-uri 'none'",
        }

    @reading
    def look(self, request: PageRequest) -> PageResponse:
        """Show the notice, the laws of the visitor's place in front."""
        place = self._place(request)
        body = self._desk.page(self.context.language, self._policies(request), place)
        link = {"Link": f'<{place.base}{NOTICE}>; rel="privacy-policy"'}
        return page_response(body, _HTML, self._headers | link)

    @reading
    def tell(self, _request: PageRequest) -> PageResponse:
        """Tell the same as JSON."""
        body = self._desk.document(self.context.language)
        return page_response(body, "application/json", self._headers)

    @reading
    def changed(self, request: PageRequest) -> PageResponse:
        """Show what changed since when."""
        body = self._desk.changes(self.context.language, self._place(request))
        return page_response(body, _HTML, self._headers)

    @reading
    def door(self, _request: PageRequest) -> PageResponse:
        """Tell where to report a weakness."""
        headers = {
            "Cache-Control": f"public, max-age={_DAY_SECONDS}",
            "X-Content-Type-Options": "nosniff",
        }
        return page_response(self._desk.security_text(), "text/plain; charset=utf-8", headers)

    def _place(self, request: PageRequest) -> NoticePlace:
        offered = len(self.context.languages) > 1
        links = self.html(request, "languages.html") if offered else ""
        return NoticePlace(self.base(request), self.query(request), links)

    def _policies(self, request: PageRequest) -> tuple[str, ...]:
        try:
            return self.present(request).policies
        except UndecidedError:
            return ()
