"""The route template of a WSGI request: as its framework left it, or its router says. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from privacykit.collect.events.event import NULL as NO_PAGE
from privacykit.collect.memo import Memo
from privacykit.web.routers.find import INSIDE, RouterQuestion
from privacykit.web.routers.spelling import angled, named_first
from privacykit.web.template import Templates
from privacykit.web.wsgi.environ import Environ, text_in, unescaped

WERKZEUG, BOTTLE = "werkzeug.request", "bottle.route"
"""Where Flask leaves its request, and Bottle the route."""
DEEPEST = 16
"""Layers of an application that are looked at for a dispatcher."""


class AnsweredRequest(Protocol):
    """
    A request whose answer begins.

    Attributes:
        environ: As the application left it.
        root: The ``SCRIPT_NAME`` with which it came in.
        path: The ``PATH_INFO`` with which it came in.
        method: The method.
    """

    environ: Environ
    root: str
    path: str
    method: str


class EnvironTemplates:
    """
    Finds templates, encoded as JSON.

    Flask leaves its request in the environ, Bottle its route; the routers of other frameworks are
    asked. Below a mount the template counts only where *app* dispatches by names of its author's
    (Werkzeug's ``DispatcherMiddleware``): any other prefix may be what a visitor typed.

    Args:
        templates: Spells and encodes them, and knows the configured patterns.
        app: The application.
    """

    def __init__(self, templates: Templates, app: object) -> None:
        self._templates = templates
        self._question = RouterQuestion(app)
        self._asks = bool(self._question)
        self._has_patterns = templates.has_patterns
        self._mounts = frozenset(_mounts(app))
        self._angled: Memo[str, str] = Memo(angled)
        self._named_first: Memo[str, str] = Memo(named_first)

    def of(self, request: AnsweredRequest) -> str:
        """Return the template of *request* as JSON, ``null`` when there is none."""
        root, template = request.root, self._left(request.environ)
        if template is not None:
            now = text_in(request.environ, "SCRIPT_NAME")
            inside = now.removeprefix(root)
            if not inside or self._is_mount(inside):
                return self._templates.encoded(f"{root}{inside}{template}")
        if self._asks:
            template = self._question(unescaped(request.path) or "/", request.method)
            if template is not None:
                return self._templates.encoded(f"{root}{template}")
        if not self._has_patterns:
            return NO_PAGE
        return self._templates.by_pattern(unescaped(f"{root}{request.path}"))

    def said(self, page: object) -> str:
        """Return as JSON what the application says its *page* is, scrubbed."""
        return self._templates.said(page)

    def _left(self, environ: Environ) -> str | None:
        """Return the template that a framework left there, ``None`` where none did."""
        if WERKZEUG in environ:
            rule = getattr(getattr(environ[WERKZEUG], "url_rule", None), "rule", None)
            if isinstance(rule, str):
                return self._angled[rule]
        if BOTTLE in environ:
            rule = getattr(environ[BOTTLE], "rule", None)
            if isinstance(rule, str):
                return self._named_first[rule]
        return None

    def _is_mount(self, inside: str) -> bool:
        """Tell whether *inside* is made of names that a dispatcher was given."""
        if inside in self._mounts:
            return True
        return any(
            inside.startswith(f"{mount}/") and self._is_mount(inside[len(mount) :])
            for mount in self._mounts
            if mount
        )


def _mounts(app: object) -> Iterator[str]:
    """Give the prefixes of the dispatchers in *app*, which their author wrote."""
    for _ in range(DEEPEST):
        known = getattr(app, "__dict__", {})
        mounts = known.get("mounts")
        if isinstance(mounts, Mapping):
            yield from (name for name in mounts if isinstance(name, str))
            for inner in mounts.values():
                yield from _mounts(inner)
        app = next((known[name] for name in INSIDE if name in known), None)
        if app is None:
            return
