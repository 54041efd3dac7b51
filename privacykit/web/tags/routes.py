"""The routes about tags: the script, and the strings that it hands to advertisers' code. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from privacykit.collect.privacy import NoPrivacy
from privacykit.web.preferences.context import RoutesContext
from privacykit.web.preferences.http import PageRequest, PageResponse, page_response
from privacykit.web.tags.script import script_of
from privacykit.web.tags.strings import strings_of

SCRIPT_HEADERS = {
    "Cache-Control": "public, max-age=300",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Accept-Language",
}
STRING_HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Vary": "Cookie, Sec-GPC, DNT",
}
"""As of every answer of ours that is about one visitor."""

Serve = Callable[[PageRequest], PageResponse]


def tag_routes(context: RoutesContext) -> Mapping[str, Mapping[str, Serve]]:
    """Return the routes of the site of *context*, by path and method."""
    script = page_response(script_of(context), "text/javascript; charset=utf-8", SCRIPT_HEADERS)
    routes: dict[str, dict[str, Serve]] = {
        f"{context.prefix}/static/tags.js": {"GET": lambda _: script}
    }
    if context.tags.strings:
        routes[f"{context.prefix}/strings.json"] = {"GET": lambda it: _strings(context, it)}
    return routes


def _strings(context: RoutesContext, request: PageRequest) -> PageResponse:
    """Answer what is allowed, and the strings that say it; nothing where we failed."""
    privacy = request.privacy
    if isinstance(privacy, NoPrivacy):
        return page_response(b"{}", "application/json", STRING_HEADERS, 503)
    try:
        told = strings_of(privacy, context.tags)
        told["purposes"] = {id_: privacy.allows(id_) for id_ in privacy.plan.decisions}
    except Exception as error:  # noqa: BLE001 - P9: ours must not fail, and P2: less data
        context.failed(error)
        return page_response(b"{}", "application/json", STRING_HEADERS, 503)
    return page_response(msgspec.json.encode(told), "application/json", STRING_HEADERS)
