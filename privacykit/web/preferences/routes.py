"""
The routing table of the pages under ``/privacy/``: which endpoint serves which path.

A room adds routes by one function from :class:`RoutesContext` to paths and methods, named in
:data:`ROOMS`; its endpoints are methods of a
:class:`~privacykit.web.preferences.endpoints.desk.Desk`, wrapped in ``guarded``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from privacykit.collect.memo import Memo
from privacykit.collect.privacy import NoPrivacy
from privacykit.collect.site import STRANGER
from privacykit.web.banner.endpoints import banner_routes
from privacykit.web.browser.routes import browser_routes
from privacykit.web.data_page.endpoints import data_routes
from privacykit.web.language.negotiation import LANG, named_of, negotiated
from privacykit.web.notice_page.endpoints import notice_routes
from privacykit.web.preferences.context import Methods, RoomRoutes, RoutesContext
from privacykit.web.preferences.endpoints.account import account_routes
from privacykit.web.preferences.endpoints.choices import choice_routes, static_routes
from privacykit.web.preferences.endpoints.desk import Desk
from privacykit.web.preferences.http import PageRequest, PageResponse, Pages, page_response
from privacykit.web.preferences.pages import QUIET_HEADERS
from privacykit.web.preferences.receipts.endpoints import receipt_routes
from privacykit.web.tags.campaign import know_after
from privacykit.web.tags.routes import tag_routes

SHARED: tuple[RoomRoutes, ...] = (static_routes, notice_routes)
"""What pages of any room lead to."""
ROOMS: tuple[RoomRoutes, ...] = (
    choice_routes,
    account_routes,
    banner_routes,
    receipt_routes,
    data_routes,
    browser_routes,
    tag_routes,
)
BELOW = "/*"
ACCEPTED_BYTES = 32_768
"""For what browsers of one site accept."""


def pages_of_sites(sites: Mapping[str, RoutesContext]) -> Pages:
    """Return what serves the pages of *sites*, by the site that a request was decided for."""
    by_site = {id_: pages_of(context) for id_, context in sites.items()}
    first = next(iter(by_site.values()))

    def serve(request: PageRequest) -> PageResponse:
        privacy = request.privacy
        if isinstance(privacy, NoPrivacy):
            # A refusal of everything is the same cookie on every site; words may be another's.
            return first(request).uncached()
        return know_after(request, by_site.get(privacy.site_day.site.id, first)(request))

    return serve


def pages_of(context: RoutesContext) -> Pages:
    """Return what serves the pages of one site, in the language that each request asks for."""
    offered, made = tuple(context.languages), {}
    # What browsers accept is read once: a form would pay for it each time.
    accepted: Memo[str, str] = Memo(
        lambda header: negotiated("", header, offered, context.language), ACCEPTED_BYTES
    )
    made[context.language] = pages_in_language(context)

    def serve(request: PageRequest) -> PageResponse:
        tag = named_of(request.parameter(LANG), offered)
        tag = tag or accepted[request.header(b"accept-language")]
        pages = made.get(tag)
        if pages is None:
            pages = made[tag] = pages_in_language(context.in_language(tag))
        return pages(request)

    return serve


def pages_in_language(context: RoutesContext) -> Pages:
    """Return what serves the pages of one site in the language of *context*."""
    only_under = context.extra.only_under
    rooms = (*(() if only_under else ROOMS), *SHARED, *context.extra.routes)
    routes = {path: methods for room in rooms for path, methods in room(context).items()}
    below = {p.removesuffix("*"): m for p, m in routes.items() if p.endswith(BELOW)}
    # What is asked wrongly may be a page with a token in its address.
    nowhere = Desk(context, QUIET_HEADERS).nowhere

    def serve(request: PageRequest) -> PageResponse:
        path, method = request.local_path, request.method
        methods = routes.get(path) or _found_below(below, path)
        if methods is None or (only_under and _is_elsewhere(request, only_under)):
            return nowhere(request)
        endpoint = methods.get("GET" if method == "HEAD" else method)
        if endpoint is None:
            allowed = ", ".join([*methods, "HEAD"] if "GET" in methods else methods)
            return page_response(b"", "text/plain", {**QUIET_HEADERS, "Allow": allowed}, 405)
        response = endpoint(request)
        return PageResponse(response.status, response.headers) if method == "HEAD" else response

    return serve


def _is_elsewhere(request: PageRequest, is_ours: Callable[[bytes], bool]) -> bool:
    """Tell whether *request* came under a host that is no site's, nor ours."""
    privacy = request.privacy
    if not isinstance(privacy, NoPrivacy) and privacy.site_day.site.id != STRANGER:
        return False
    return not is_ours(request.headers.get(b"host", b""))


def _found_below(below: Mapping[str, Methods], path: str) -> Methods | None:
    return next((found for start, found in below.items() if path.startswith(start)), None)
