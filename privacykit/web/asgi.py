"""
The ASGI edge: a scope and messages, turned into what :mod:`privacykit.web.edge` acts on, and back.

Laws of this file: the scope is rewritten in place, so that a server logs what the application saw;
the response is never buffered or read; the outermost wrapper acts and an inner one does nothing;
the event is made when the response starts, never in ``finally``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

import anyio
import msgspec

from privacykit.collect.facts import headers_of
from privacykit.collect.privacy import NO_PRIVACY, NoPrivacy, Privacy
from privacykit.errors import BackendError
from privacykit.web.edge import admit, bare_response, is_page, record_page, respond_headers
from privacykit.web.headers import joined
from privacykit.web.lifespan import LifespanEngine, serve_lifespan
from privacykit.web.ports import EdgeEngine
from privacykit.web.preferences.form import MAX_BODY_BYTES
from privacykit.web.preferences.http import WITH_BODY, PageRequest, PageResponse, may_wait
from privacykit.web.scope import (
    LOOK_SECONDS,
    MARK,
    NOBODY,
    ROOT,
    Scope,
    hide_client,
    known_of,
    peer_of,
)
from privacykit.web.template import Templates
from privacykit.web.threads import in_thread

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PAIR = 2
"""How long an ASGI ``client`` is: host and port."""

STARTS = {
    "http": ("http.response.start",),
    "websocket": ("websocket.accept", "websocket.http.response.start"),
}
"""The messages that begin a response; a websocket may be accepted, or denied with a response."""
RESPONSES = frozenset(start for starts in STARTS.values() for start in starts)


class AsgiEngine(EdgeEngine, LifespanEngine, Protocol):
    """What this edge needs besides: a server's life, and how routers name a page."""

    templates: Templates


class PrivacyEdge:
    """Wraps an ASGI application; see :class:`privacykit.PrivacyMiddleware` for users."""

    def __init__(self, app: App, engine: AsgiEngine) -> None:
        self.app = app
        self._engine = engine
        self._templates = engine.templates.inside(app)
        self._pages = tuple(prefix.removesuffix("/") for prefix in engine.page_prefixes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        starts = STARTS.get(scope["type"])
        if starts is None or MARK in scope:
            if scope["type"] == "lifespan" and MARK not in scope:
                scope[MARK] = True  # as under a request: an inner wrapper does nothing
                await serve_lifespan(self.app, scope, receive, send, self._engine)
            else:
                await self.app(scope, receive, send)
            return
        engine = self._engine
        if not engine.running:
            await await_start(engine)
        # The usual shapes are told here, which saves calls on nearly every request.
        client, state, root = scope.get("client"), scope.get("state"), scope.get("root_path")
        peer = client if type(client) is tuple and len(client) == PAIR else peer_of(client)
        query, path, ours = scope.get("query_string") or b"", scope["path"], False
        if root or path.startswith(self._pages):
            ours = is_page(path, root or "", engine)
            scope[ROOT] = root or ""  # an application may mount others below it
        privacy, scope["headers"] = admit(scope.get("headers"), peer, query, engine, ours)
        if engine.weakens_client or privacy is NO_PRIVACY:
            scope["client"] = (privacy.shown.text or NOBODY, 0)
            if (
                "extensions" in scope
                or "aws.event" in scope
                or "aws.context" in scope
                or "wsgi_environ" in scope
            ):
                hide_client(scope)
        kept = state if type(state) is dict else known_of(state)
        scope["state"] = {**kept, "privacy": privacy} if kept else {"privacy": privacy}
        scope[MARK] = privacy
        if ours:
            await serve_page(engine.pages, scope, receive, send)
            return
        if type(privacy) is NoPrivacy:
            await self.app(scope, receive, _bare_sender(send, engine))
            return
        response = ResponseRewriter(starts, privacy, scope, send, engine, self._templates)
        try:
            await self.app(scope, receive, response.send)
        finally:
            if not response.started:
                engine.runtime.count("no_response")


async def await_start(engine: EdgeEngine) -> None:
    """Wait a little for a start that no lifespan asked for; the loop goes on meanwhile."""
    patience = engine.start_soon()
    while patience > 0 and not engine.running:
        await anyio.sleep(LOOK_SECONDS)
        patience = engine.start_soon()


class ResponseRewriter(msgspec.Struct):
    """
    What passes from the application to the server: nothing is held, the event is made on the way.

    Attributes:
        starts: Types of the messages that start the response.
        templates: Knows the route template of a request of the application's.
        started: Whether what begins the response has passed.
    """

    starts: tuple[str, ...]
    privacy: Privacy
    scope: Scope
    pass_on: Send
    engine: AsgiEngine
    templates: Templates
    started: bool = False

    def __repr__(self) -> str:
        return "<ResponseRewriter>"

    def send(self, message: Message) -> Awaitable[None]:
        """Pass *message* on, with what the decision changes of it."""
        if message["type"] in self.starts:
            self.started = True
            scope, given = self.scope, message.get("headers", ())
            engine, privacy = self.engine, self.privacy
            headers, content_type = respond_headers(given, privacy, scope["path"], engine)
            record_page(
                privacy,
                scope,
                self.templates,
                scope.get("method", "GET"),
                message.get("status", 101),
                content_type,
                engine,
            )
            if headers is not given:
                message = {**message, "headers": headers}
        return self.pass_on(message)


def _bare_sender(send: Send, engine: AsgiEngine) -> Send:
    def watched(message: Message) -> Awaitable[None]:
        if message["type"] in RESPONSES:
            headers = bare_response(message.get("headers", ()), engine)
            message = {**message, "headers": headers}
        return send(message)

    return watched


async def serve_page(
    pages: Callable[[PageRequest], PageResponse], scope: Scope, receive: Receive, send: Send
) -> None:
    """
    Serve a page of ours; a websocket is refused.

    A form is committed in a thread of ours: neither the loop nor the application's threads wait.
    When all of ours wait for a store, or it does not answer, the page is made without: it says that
    nothing was committed.
    """
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1000})
        return
    body = await _read_body(receive) if scope["method"] in WITH_BODY else b""
    request = _page_request(scope, body)
    if may_wait(request.method, request.path):
        try:
            response = await in_thread(pages, request)
        except BackendError:
            response = pages(msgspec.structs.replace(request, busy=True))
    else:
        response = pages(request)
    start = {"type": "http.response.start", "status": response.status, "headers": response.headers}
    await send(start)
    await send({"type": "http.response.body", "body": response.body})


def _page_request(scope: Scope, body: bytes | None) -> PageRequest:
    privacy = scope.get(MARK, NO_PRIVACY)
    # Those that came in: what the application may not see, the pages need to take back.
    headers = joined(scope["headers"]) if privacy is NO_PRIVACY else headers_of(privacy.lines)
    return PageRequest(
        scope["method"],
        scope["path"],
        scope.get("root_path") or "",
        scope.get("query_string") or b"",
        headers,
        scope.get("scheme", "http"),
        body,
        privacy,
    )


async def _read_body(receive: Receive) -> bytes | None:
    """Return the body, of a too long one a little more than may be, ``None`` of a broken one."""
    body = b""
    while len(body) <= MAX_BODY_BYTES:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body
