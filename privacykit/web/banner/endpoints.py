"""
The endpoints of the banner: its fragment, and the opt-out for frames. Writes consent records.

Laws, held by ``tests/web/banner/``: the fragment is never cached and stores nothing; other sites
may frame the opt-out alone, which can only refuse.
"""

from __future__ import annotations

from collections.abc import Mapping

from privacykit.web.banner.fragment import Placed, SiteBanner
from privacykit.web.banner.question import question_of
from privacykit.web.preferences.choosing import refuse_everything
from privacykit.web.preferences.context import RoutesContext
from privacykit.web.preferences.endpoints.desk import Desk, guarded
from privacykit.web.preferences.form import Form, safe_path
from privacykit.web.preferences.http import PageRequest, PageResponse, Pages, page_response
from privacykit.web.preferences.notice import trouble_of
from privacykit.web.preferences.pages import PAGE_HEADERS

FRAMED = {
    **PAGE_HEADERS,
    "Content-Security-Policy": PAGE_HEADERS["Content-Security-Policy"].replace(
        "frame-ancestors 'self'", "frame-ancestors *"
    ),
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""Headers of the one page that other sites may frame."""
HTML = "text/html; charset=utf-8"


def banner_routes(context: RoutesContext) -> Mapping[str, Mapping[str, Pages]]:
    """Return the routes of the banner of the site of *context*."""
    desk, prefix = BannerEndpoints(context), context.prefix
    return {
        f"{prefix}/banner": {"GET": desk.fragment},
        f"{prefix}/opt-out/frame": {"GET": desk.show_frame, "POST": desk.opt_out_in_frame},
    }


class BannerEndpoints(Desk):
    """
    The endpoints of the banner of one site.

    Args:
        context: The site.
    """

    def __init__(self, context: RoutesContext) -> None:
        super().__init__(context)
        self._banner = SiteBanner(context)

    @guarded
    def fragment(self, request: PageRequest) -> PageResponse:
        """Answer what a page shows at its top: the question, or the way to the choices."""
        state = self.present(request)
        leads_to = safe_path(request.parameter("next"), "")
        answered = request.parameter("after") == "1"
        trouble = "" if state.choice.mask else trouble_of(request, self.context, state)
        placed = Placed(
            self.base(request),
            self.query(request),
            bool(leads_to),
            answered and not trouble,
            trouble if answered else "",
        )
        html = self._banner.html(question_of(self.context, state), placed, leads_to)
        return page_response(html.encode(), HTML, PAGE_HEADERS)

    @guarded
    def show_frame(self, request: PageRequest) -> PageResponse:
        """
        Show the one button to a page that frames it.

        In a frame on another site the browser keeps no cookie of ours: there a link leads to the
        opt-out itself.
        """
        state = self.present(request)
        html = self.html(
            request,
            "frame.html",
            opted_out=state.opted_out,
            elsewhere=request.header(b"sec-fetch-site") == "cross-site",
            signal=state.signal,
        )
        return page_response(html.encode(), HTML, FRAMED)

    @guarded
    def opt_out_in_frame(self, request: PageRequest) -> PageResponse:
        """Refuse everything, and show the frame again."""
        here = f"{self.base(request)}/opt-out/frame{self.query(request)}"
        wish = refuse_everything(self.context)
        return self.fulfil(request, Form((("next", here),)), self.present(request), wish)
