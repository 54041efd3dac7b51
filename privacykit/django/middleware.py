"""
The middleware of Django, native in sync and async: the same edge as under WSGI and ASGI.

Laws of this file: what stands outside already acted is left alone, and only ``request.privacy`` is
given; under ASGI the scope is rewritten besides ``META``, a copy, so that a server logs what the
application saw; streams are not touched.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction

from privacykit.collect.privacy import NO_PRIVACY, NoPrivacy, Privacy
from privacykit.django.answers import change, lines_of
from privacykit.django.engine import project_engine
from privacykit.django.pages import answer_of
from privacykit.django.template import RouteTemplates
from privacykit.errors import BackendError
from privacykit.runtime.engine import Engine
from privacykit.web import scope as asgi
from privacykit.web.asgi import await_start
from privacykit.web.edge import admit, bare_response, is_page, respond
from privacykit.web.headers import Headers, joined, plain_pairs
from privacykit.web.preferences.http import may_wait
from privacykit.web.scope import MARK, NOBODY
from privacykit.web.threads import in_thread
from privacykit.web.wsgi.edge import wait_for_start
from privacykit.web.wsgi.environ import (
    PRIVACY,
    as_bytes,
    hide_client,
    peer_of,
    read_lines,
    shape_of,
    text_in,
    write_lines,
)

Decided = tuple[Privacy | NoPrivacy, Headers, bool]
"""The decision, the header lines as they came in, and whether a page of ours is asked for."""


class PrivacyDjangoMiddleware:
    """
    Weaken addresses, honour signals, collect only what may be; ``request.privacy`` in views.

    In ``MIDDLEWARE`` it stands after ``SecurityMiddleware`` and before all others.

    Args:
        get_response: What comes after it, as Django gives it.
        engine: The whole; by default that of the project's settings.

    Raises:
        ConfigurationError: The configuration is wrong; every problem is named.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[Any], Any], engine: Engine | None = None) -> None:
        self.get_response = get_response
        self._engine = project_engine() if engine is None else engine
        self._templates = RouteTemplates(self._engine.templates)
        self._pages = tuple(it.removesuffix("/") for it in self._engine.page_prefixes)
        self._waits = iscoroutinefunction(get_response)
        if self._waits:
            markcoroutinefunction(self)

    def __call__(self, request: Any) -> Any:  # noqa: ANN401 - Django has no types
        """Serve one request."""
        if self._waits:
            return self._serve(request)
        if _decided_outside(request):
            return self.get_response(request)
        if not self._engine.running:
            wait_for_start(self._engine)
        privacy, lines, ours = self._admit(request)
        if ours:
            return answer_of(request, privacy, self._engine, lines)
        return self._answer(request, privacy, self.get_response(request))

    async def _serve(self, request: Any) -> Any:  # noqa: ANN401
        follow = cast("Callable[[Any], Awaitable[Any]]", self.get_response)
        if _decided_outside(request):
            return await follow(request)
        if not self._engine.running:
            await await_start(self._engine)
        privacy, lines, ours = self._admit(request)
        if not ours:
            return self._answer(request, privacy, await follow(request))
        if not may_wait(request.method or "", request.path):
            return answer_of(request, privacy, self._engine, lines)
        try:
            return await in_thread(answer_of, request, privacy, self._engine, lines)
        except BackendError:
            return answer_of(request, NO_PRIVACY, self._engine, lines)

    def _admit(self, request: Any) -> Decided:  # noqa: ANN401
        engine, meta = self._engine, request.META
        scope = getattr(request, "scope", None)
        shape = shape_of(meta)
        lines = read_lines(meta, shape)
        path, asked = text_in(meta, "PATH_INFO"), text_in(meta, "QUERY_STRING")
        ours = path.startswith(self._pages) and is_page(path, "", engine)
        query = as_bytes(asked) if asked else b""
        given = lines if scope is None else plain_pairs(scope.get("headers"))
        peer = peer_of(meta) if scope is None else asgi.peer_of(scope.get("client"))
        names = shape.names if scope is None else ()
        privacy, kept = admit(given, peer, query, engine, ours, names)
        hides = engine.weakens_client or privacy is NO_PRIVACY
        shown = privacy.shown.text or NOBODY
        if scope is not None:
            scope[MARK] = privacy
            scope[asgi.ROOT] = scope.get("root_path") or ""
            scope["headers"] = kept
            if hides:
                scope["client"] = (shown, 0)
                asgi.hide_client(scope)
        if hides:
            hide_client(meta, shown, shape)
        if not ours:
            write_lines(meta, shape, lines, kept if scope is None else _as_told(kept, given, lines))
        meta[PRIVACY] = request.privacy = privacy
        meta[asgi.ROOT] = text_in(meta, "SCRIPT_NAME")
        made = request.__dict__
        made.pop("headers", None)  # of META, maybe before us
        made.pop("COOKIES", None)
        return privacy, lines, ours

    def _answer(self, request: Any, privacy: Privacy | NoPrivacy, response: Any) -> Any:  # noqa: ANN401
        engine = self._engine
        try:
            given = lines_of(response)
            if isinstance(privacy, NoPrivacy):
                change(response, bare_response(given, engine))
                return response
            path, method = request.path, request.method or ""
            status = response.status_code
            kept = respond(given, privacy, request, self._templates, method, status, path, engine)
            if kept is not given:
                change(response, kept)
        except Exception as error:  # noqa: BLE001 - P9: the response outlives us, without cookies
            engine.failed("response", error)
            response.cookies.clear()
        return response


def _as_told(kept: Headers, given: Headers, lines: Headers) -> Headers:
    """Return *kept* of the *given* lines of a scope, one a name, as Django joined them in META."""
    found = joined(kept)
    if len(found) < len(kept):  # Django joins by a comma alone, cookies as well
        before, told = joined(given), dict(lines)
        same = (name for name in found.keys() & told if found[name] == before.get(name))
        found.update((name, told[name]) for name in same if name != b"cookie")
    return list(found.items())


def _decided_outside(request: Any) -> bool:  # noqa: ANN401
    """Tell whether a wrapper outside decided about *request*; give it what that decided."""
    scope = getattr(request, "scope", None) or {}
    found = request.META.get(PRIVACY, scope.get(MARK))
    if found is None:
        return False
    request.privacy = found
    return True
