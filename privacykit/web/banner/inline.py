"""
The banner inside a page that an application renders: a function for its templates. Pure.

What it returns depends on the visitor, their choice and their language, and no validator of the
application's knows of it: so no cache keeps the response (:mod:`privacykit.web.caching`). For pages
that are the same for everybody there is the script.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any, Protocol, runtime_checkable
from urllib.parse import quote, urlencode

from markupsafe import Markup

from privacykit.collect.facts import headers_of
from privacykit.collect.privacy import NO_PRIVACY, NoPrivacy, Privacy
from privacykit.web.preferences.assets import hashed
from privacykit.web.preferences.form import LONGEST_PATH
from privacykit.web.preferences.http import PageRequest, Pages
from privacykit.web.scope import MARK, ROOT
from privacykit.web.wsgi.environ import PRIVACY, as_bytes

OK = 200
_PATH_SIGNS = "/!$&'()*+,;=:@-._~"


@runtime_checkable
class ScopeRequest(Protocol):
    """A request that holds an ASGI scope: Starlette's, FastAPI's, Django's under ASGI."""

    @property
    def scope(self) -> MutableMapping[str, Any]:
        """The scope."""
        ...


@runtime_checkable
class EnvironRequest(Protocol):
    """A request that holds a WSGI environ: Flask's, Django's, Werkzeug's."""

    @property
    def environ(self) -> Mapping[str, Any]:
        """The environ."""
        ...


def privacy_banner(
    request: object, lang: str = "", *, script: bool = True, nonce: str = ""
) -> Markup:
    """
    Return the banner for the page that answers *request*: the question, or the way to the choices.

    Put it near the top of the body. Where nothing was decided about the request it is empty.

    Args:
        request: The framework's request, an ASGI scope or a WSGI environ.
        lang: The page's language, a BCP 47 tag; by default what the browser asks for.
        script: Whether to add the script that answers without a reload and tells other scripts.
        nonce: The script's nonce, where the page's Content-Security-Policy asks for one.
    """
    privacy = _privacy_of(request)
    if isinstance(privacy, NoPrivacy):
        return Markup()
    privacy.looked = privacy.rendered = True
    try:
        found = _read(request)
        parameters = {"next": _path(found)[:LONGEST_PATH]} | ({"lang": lang} if lang else {})
        html, script_url = privacy.services.banner(found, urlencode(parameters))
    except Exception as error:  # noqa: BLE001 - P9: the application outlives us
        privacy.services.failed("banner", error)
        return Markup()
    fragment = Markup(html)  # noqa: S704 - made by our template, which escapes
    if not html or not script:
        return fragment
    named = Markup(' nonce="{}"').format(nonce) if nonce else ""
    return fragment + Markup('<script src="{}" defer{}></script>').format(script_url, named)


def banner_of(pages: Pages, prefix: str, request: PageRequest, query: str) -> tuple[str, str]:
    """
    Return the fragment that *pages* serve for *request*, and where its script is; empty on failure.

    Args:
        pages: Serves the pages of ours.
        prefix: Path under which they live, without a slash at its end.
        request: The request for a page of the application.
        query: What to ask the fragment with.
    """
    base = request.root + prefix
    asked = PageRequest(
        "GET",
        f"{base}/banner",
        request.root,
        query.encode(),
        request.headers,
        request.scheme,
        privacy=request.privacy,
    )
    answer = pages(asked)
    if answer.status != OK:
        return "", ""
    return answer.body.decode(), f"{base}/static/{hashed('banner.js')}"


def _of(request: object) -> Mapping[str, Any]:
    """Return the scope or environ of *request*, empty where it has none."""
    match request:
        case ScopeRequest():
            return request.scope
        case EnvironRequest():
            return request.environ
        case Mapping():
            return request
        case _:
            return {}


def _privacy_of(request: object) -> Privacy | NoPrivacy:
    held = _of(request)
    found: Privacy | NoPrivacy = held.get(MARK, held.get(PRIVACY, NO_PRIVACY))
    return found


def _read(request: object) -> PageRequest:
    """Return *request* in no framework's words."""
    held, privacy = _of(request), _privacy_of(request)
    root = held.get(ROOT, "")
    headers: dict[bytes, bytes] = {}
    if isinstance(privacy, Privacy):
        headers = headers_of(privacy.lines)
    if MARK in held:
        path, query = held.get("path") or "/", held.get("query_string") or b""
        scheme = held.get("scheme", "http")
    else:
        path = held.get("SCRIPT_NAME", "") + held.get("PATH_INFO", "/")
        path = as_bytes(path).decode("utf-8", "replace")  # PEP 3333
        query, scheme = held.get("QUERY_STRING", ""), held.get("wsgi.url_scheme", "http")
    sent = query if isinstance(query, bytes) else as_bytes(query)  # Django's test client in async
    return PageRequest("GET", path, root, sent, headers, scheme, privacy=privacy)


def _path(request: PageRequest) -> str:
    path = quote(request.path, safe=_PATH_SIGNS)
    query = request.query.decode("latin-1")
    return f"{path}?{query}" if query else path
