"""
The ASGI edge: scope in, scope rewritten in place, event out.

Laws of this file: the response is never buffered or read; whatever of ours fails, the request goes
on with nothing identifying in it (P9); the outermost wrapper acts and an inner one does nothing;
the event is made when the response starts, never in ``finally``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

import msgspec

from privacykit.collect.cookies import CookieFilter
from privacykit.collect.event import Item
from privacykit.collect.facts import Facts
from privacykit.collect.flow import admit, record
from privacykit.collect.privacy import NO_PRIVACY, Privacy
from privacykit.collect.runtime import Runtime
from privacykit.web.headers import (
    Carriers,
    Headers,
    joined,
    private,
    varying,
)
from privacykit.web.lifespan import serve_lifespan
from privacykit.web.template import Templates

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MARK = "privacykit"
NOBODY = ("0.0.0.0", 0)  # noqa: S104 - a client address that names nobody, never bound
STARTS = {
    "http": ("http.response.start",),
    "websocket": ("websocket.accept", "websocket.http.response.start"),
}
"""The messages that begin an answer; a websocket may be accepted, or denied with a response."""
RESPONSES = frozenset(start for starts in STARTS.values() for start in starts)
CONTENT_TYPE, SET_COOKIE = b"content-type", b"set-cookie"
CONTENT_TYPE_SIZE, SET_COOKIE_SIZE = len(CONTENT_TYPE), len(SET_COOKIE)
ITERATED_AGAIN = (list, tuple)
"""Headers of an answer are read twice: whatever else an application gives is made a list."""
SIGNAL_HEADERS = (b"Sec-GPC", b"DNT")


class Engine(Protocol):
    """What the edge needs of the whole: a runtime, its life cycle and how to act at the border."""

    runtime: Runtime
    running: bool
    templates: Templates
    note_page: Callable[[str], object]
    necessary: CookieFilter
    weakens_client: bool
    carriers: Carriers
    route_prefixes: tuple[str, ...]
    routes: App

    def start(self) -> None:
        """Start the threads of this process; safe to call again."""
        ...

    def saw_cookie(self, name: bytes) -> None:
        """Count a cookie that the application sets and no rule names."""
        ...

    def stop(self, deadline: float) -> None:
        """Drain and stop, within *deadline* seconds."""
        ...

    def failed(self, part: str, error: Exception) -> None:
        """Count a failure of ours at *part* of a request."""
        ...


class PrivacyEdge:
    """Wraps an ASGI application; see :class:`privacykit.PrivacyMiddleware` for users."""

    def __init__(self, app: App, engine: Engine) -> None:
        self.app = app
        self._engine = engine
        self._routes = tuple(prefix.removesuffix("/") for prefix in engine.route_prefixes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        starts = STARTS.get(scope["type"])
        if starts is None or MARK in scope:
            if scope["type"] == "lifespan":
                await serve_lifespan(self.app, scope, receive, send, self._engine)
            else:
                await self.app(scope, receive, send)
            return
        engine = self._engine
        try:
            privacy = _admit(scope, engine)
        except Exception as error:  # noqa: BLE001 - P9: the application outlives us
            engine.failed("admit", error)
            _bare(scope, engine)
            privacy = None
        path, root = scope["path"], scope.get("root_path")
        if (root or path.startswith(self._routes)) and _is_ours(path, root, engine):
            await engine.routes(scope, receive, send)
            return
        if privacy is None:
            await self.app(scope, receive, _bare_sender(send, engine.necessary))
            return
        answer = Answer(starts, privacy, scope, send, engine)
        try:
            await self.app(scope, receive, answer.send)
        finally:
            if not answer.started:
                engine.runtime.count("no_response")


def _admit(scope: Scope, engine: Engine) -> Privacy:
    if not engine.running:
        engine.start()
    runtime = engine.runtime
    lines: Headers = scope["headers"]
    headers = dict(lines)
    plain = len(headers) == len(lines)
    if not plain:
        headers = joined(lines)
    now = runtime.clock()
    lane = runtime.lane(headers.get(b"host", b""), now)
    peer = scope.get("client")
    query = scope.get("query_string") or b""
    cookie = headers.get(b"cookie", b"")
    facts = Facts(now, peer[0] if peer else None, headers, query, cookie)
    privacy = admit(facts, lane, runtime)
    if engine.weakens_client:
        scope["client"] = (privacy.shown.text or "0.0.0.0", 0)  # noqa: S104 - names nobody
        names = tuple(headers) if plain else None
        scope["headers"] = lines = engine.carriers.without(lines, names)
    gate = privacy.plan.cookies
    if gate is not None and cookie and gate.may_deny(cookie):
        _gate_request(scope, lines, cookie, gate, privacy)
    state = scope.get("state")
    if state is None:
        state = scope["state"] = {}
    state["privacy"] = scope[MARK] = privacy
    return privacy


def _is_ours(path: str, root: str | None, engine: Engine) -> bool:
    return f"{path.removeprefix(root or '')}/".startswith(engine.route_prefixes)


def _gate_request(
    scope: Scope, lines: Headers, cookie: bytes, gate: CookieFilter, privacy: Privacy
) -> None:
    kept = gate.request(cookie)
    if kept is cookie:
        return
    privacy.looked = True
    privacy.services.count("cookie_denied", "request")
    others = [pair for pair in lines if pair[0] != b"cookie"]
    scope["headers"] = [*others, (b"cookie", kept)] if kept else others


class Answer(msgspec.Struct):
    """
    What passes from the application to the server: nothing is held, the event is made on the way.

    Attributes:
        starts: Types of the messages that start the answer.
        started: Whether one of them has passed.
    """

    starts: tuple[str, ...]
    privacy: Privacy
    scope: Scope
    pass_on: Send
    engine: Engine
    started: bool = False

    def send(self, message: Message) -> Awaitable[None]:
        """Pass *message* on, with what the decision changes of it."""
        if message["type"] in self.starts:
            self.started = True
            content_type = b""
            try:
                message, content_type = _rewritten(message, self.privacy, self.engine)
            except Exception as error:  # noqa: BLE001 - P9: the response goes on, bare
                self.engine.failed("response", error)
                message = _bared(message, self.engine.necessary)
            try:
                self._record(message, content_type)
            except Exception as error:  # noqa: BLE001 - P9: the response outlives us
                self.engine.failed("record", error)
        return self.pass_on(message)

    def _record(self, message: Message, content_type: bytes) -> None:
        engine, scope = self.engine, self.scope
        page = engine.templates.of(scope)
        engine.note_page(page)
        method = scope.get("method", "GET")
        made = record(self.privacy, page, method, message.get("status", 101), content_type)
        if not isinstance(made, Item):
            engine.runtime.count("withheld", made.reason)
        elif not engine.runtime.accept(made):
            engine.runtime.count("withheld", "outbox_full")


def _rewritten(message: Message, privacy: Privacy, engine: Engine) -> tuple[Message, bytes]:
    """Return the start of an answer without what is denied, and its content type."""
    headers = message.get("headers", ())
    if not isinstance(headers, ITERATED_AGAIN):
        headers = list(headers)
        message = {**message, "headers": headers}
    content_type, sets_cookies = b"", False
    for name, value in headers:
        size = len(name)  # cheaper than comparing names, of which most are neither
        if size == CONTENT_TYPE_SIZE and name.lower() == CONTENT_TYPE:
            content_type = value
        elif size == SET_COOKIE_SIZE and name.lower() == SET_COOKIE:
            sets_cookies = True
    if sets_cookies:
        message = _gate_response(message, privacy, engine)
    if privacy.plan.renews and content_type.startswith(b"text/html"):
        message = _renewed(message, privacy)
    if privacy.looked:
        message = _marked(message)
    return message, content_type


def _gate_response(message: Message, privacy: Privacy, engine: Engine) -> Message:
    headers = message.get("headers", ())
    for name, value in headers:
        if name.lower() == b"set-cookie":
            engine.saw_cookie(value.partition(b"=")[0].strip())
    gate = privacy.plan.cookies
    if gate is None:
        return message
    kept = [pair for pair in headers if pair[0].lower() != b"set-cookie" or gate.passes(pair[1])]
    if len(kept) == len(headers):
        return message
    privacy.looked = True
    privacy.services.count("cookie_denied", "response")
    return {**message, "headers": kept}


def _renewed(message: Message, privacy: Privacy) -> Message:
    value = privacy.lane.choices.renewal(privacy.facts.cookie)
    if value is None:
        return message
    privacy.looked = True
    headers = [*message.get("headers", ()), (b"set-cookie", value.encode())]
    return {**message, "headers": headers}


def _marked(message: Message) -> Message:
    headers = varying(private(list(message.get("headers", ()))), SIGNAL_HEADERS)
    return {**message, "headers": headers}


def _bare(scope: Scope, engine: Engine) -> None:
    """Take out everything that identifies: the fail-closed path, which must not fail itself."""
    scope["client"] = NOBODY
    lines = [pair for pair in scope["headers"] if pair[0].lower() not in engine.carriers.names]
    kept = [
        (name, engine.necessary.request(value)) if name == b"cookie" else (name, value)
        for name, value in lines
    ]
    scope["headers"] = [pair for pair in kept if pair[0] != b"cookie" or pair[1]]
    scope.setdefault("state", {})["privacy"] = scope[MARK] = NO_PRIVACY


def _bare_sender(send: Send, necessary: CookieFilter) -> Send:
    def watched(message: Message) -> Awaitable[None]:
        if message["type"] in RESPONSES:
            message = _bared(message, necessary)
        return send(message)

    return watched


def _bared(message: Message, necessary: CookieFilter) -> Message:
    kept = [
        pair
        for pair in message.get("headers", ())
        if pair[0].lower() != b"set-cookie" or necessary.passes(pair[1])
    ]
    return {**message, "headers": private(kept)}
