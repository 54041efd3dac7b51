"""
The WSGI edge: an environ and ``start_response`` for what :mod:`privacykit.web.edge` acts on.

Laws of this file: the environ is rewritten in place, so that a server logs what the application
saw; a body is never buffered or read; the outermost wrapper acts and an inner one does nothing; no
thread starts before the first request, which servers serve after they forked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Protocol

from privacykit.collect.events.event import NULL as NO_PAGE
from privacykit.collect.privacy import NO_PRIVACY, NoPrivacy
from privacykit.web.edge import admit, is_page
from privacykit.web.ports import EdgeEngine
from privacykit.web.scope import LOOK_SECONDS, MARK, NOBODY, ROOT
from privacykit.web.template import Templates
from privacykit.web.wsgi.environ import (
    PRIVACY,
    Environ,
    as_bytes,
    hide_client,
    peer_of,
    read_lines,
    shape_of,
    write_lines,
)
from privacykit.web.wsgi.pages import answer_page, begin
from privacykit.web.wsgi.response import Body, ResponseRecorder, StartResponse, bare_start
from privacykit.web.wsgi.template import EnvironTemplates

WSGIApp = Callable[[Environ, StartResponse], Body]


class WSGIEngine(EdgeEngine, Protocol):
    """What this edge needs besides: how routers name a page."""

    templates: Templates


class PrivacyWSGIEdge:
    """Wraps a WSGI application; see :class:`privacykit.PrivacyWSGIMiddleware` for users."""

    def __init__(self, app: WSGIApp, engine: WSGIEngine) -> None:
        self.app = app
        self._engine = engine
        self._templates = EnvironTemplates(engine.templates, app)
        self._pages = tuple(prefix.removesuffix("/") for prefix in engine.page_prefixes)

    def start_soon(self) -> None:
        """
        Start our threads now, in a process that has forked and is about to serve.

        Else the first request does, and waits a moment for it.
        """
        self._engine.start_soon()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Body:
        """Serve one request."""
        engine = self._engine
        if PRIVACY in environ or ("asgi.scope" in environ and _decided_outside(environ)):
            return self.app(environ, start_response)
        if not engine.running:
            wait_for_start(engine)
        try:  # this thread served another request before
            engine.note_page(NO_PAGE)
        except Exception as error:  # noqa: BLE001 - P9: the request outlives us
            engine.failed("record", error)
        get = environ.get
        path, asked, root = get("PATH_INFO"), get("QUERY_STRING"), get("SCRIPT_NAME", "")
        if type(path) is not str:
            path = ""
        ours = path.startswith(self._pages) and is_page(path, "", engine)
        query = as_bytes(asked) if asked and type(asked) is str else b""
        shape = shape_of(environ)
        lines = read_lines(environ, shape)
        privacy, kept = admit(lines, peer_of(environ), query, engine, ours, shape.names)
        environ[PRIVACY] = privacy
        if root:  # an application mounts others below it
            environ[ROOT] = root
        if engine.weakens_client or privacy is NO_PRIVACY:
            hide_client(environ, privacy.shown.text or NOBODY, shape)
        if ours:
            return begin(answer_page(environ, lines, privacy, engine), start_response)
        write_lines(environ, shape, lines, kept)
        if type(privacy) is NoPrivacy:
            return self.app(environ, bare_start(start_response, engine))
        method = get("REQUEST_METHOD", "")
        response = ResponseRecorder(
            environ, privacy, path, root, method, start_response, engine, self._templates
        )
        try:
            body = self.app(environ, response)
        except BaseException:
            response.broken()
            raise
        return response.watched(body)


def wait_for_start(engine: EdgeEngine) -> None:
    """Wait a little for a start that only the first request asks for."""
    patience = engine.start_soon()
    while patience > 0 and not engine.running:
        time.sleep(LOOK_SECONDS)
        patience = engine.start_soon()


def _decided_outside(environ: Environ) -> bool:
    """Tell whether an ASGI server around this application had it decided; take what it decided."""
    scope = environ.get("asgi.scope")
    if not isinstance(scope, Mapping) or MARK not in scope:
        return False
    environ[PRIVACY] = scope[MARK]
    return True
