"""
Router questions: which route template a path has, by the kind of application that serves it.

Imports of a framework only what it has imported itself. A router is asked with the path and the
method and never changed; whatever it raises, there is no template.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from importlib import import_module
from typing import Any

from privacykit.web.routers.spelling import angled, braced, expressed, mixed, named_first

Ask = Callable[[str, str], str | None]
"""From path below the root, and method, to route template."""


def django(_: Any) -> Ask:  # noqa: ANN401 - any framework's object
    """Ask the URLconf."""
    settings = import_module("django.conf").settings
    urls, words = import_module("django.urls"), import_module("django.utils.translation")

    def ask(path: str, _: str) -> str | None:
        # The language of a prefix was that of the request's own context, which is gone, and what
        # the view chose for somebody is not the path's.
        own = settings.LANGUAGE_CODE
        spoken = words.override(words.get_language_from_path(path) or own)
        with spoken if settings.USE_I18N else nullcontext():
            route: str = urls.get_resolver().resolve(path).route
        return template_of_route(route)

    return ask


def template_of_route(route: str) -> str:
    """Return the template of a *route* as Django tells it."""
    return angled(expressed(route) if _has_regex(route) else route)


def werkzeug(app: Any) -> Ask:  # noqa: ANN401
    """Ask the URL map of Flask and Quart."""
    rules = app.url_map.bind(app.config.get("SERVER_NAME") or "localhost")

    def ask(path: str, method: str) -> str | None:
        rule, _ = rules.match(path, method=method, return_rule=True)
        return angled(rule.rule)

    return ask


def sanic(app: Any) -> Ask:  # noqa: ANN401
    """Ask the router of Sanic."""
    return lambda path, method: named_first(app.router.get(path, method, None)[0].path)


def blacksheep(app: Any) -> Ask:  # noqa: ANN401
    """Ask the router of BlackSheep."""

    def ask(path: str, method: str) -> str | None:
        route = app.router.get_matching_route(method, path)
        return None if route is None else mixed(route.pattern.decode())

    return ask


def falcon(app: Any) -> Ask:  # noqa: ANN401
    """Ask the router of Falcon."""

    def ask(path: str, _: str) -> str | None:
        found = app._router_search(path, req=None)  # noqa: SLF001 - it has no public name
        return None if found is None else braced(found[3])

    return ask


def datasette(app: Any) -> Ask:  # noqa: ANN401
    """Ask the routes of Datasette, which are regular expressions."""
    templates = [(regex, expressed(regex.pattern)) for regex, _ in app.routes]

    def ask(path: str, _: str) -> str | None:
        return next((found for regex, found in templates if regex.match(path)), None)

    return ask


ASKED: Mapping[tuple[str, str], Callable[[Any], Ask]] = {
    ("django.core.handlers.", "ASGIHandler"): django,
    ("django.core.handlers.", "WSGIHandler"): django,
    ("flask.app", "Flask"): werkzeug,
    ("quart.app", "Quart"): werkzeug,
    ("sanic.app", "Sanic"): sanic,
    ("blacksheep.server.application", "Application"): blacksheep,
    ("falcon.app", "App"): falcon,
    ("falcon.asgi.app", "App"): falcon,
    ("datasette.app", "DatasetteRouter"): datasette,
}
"""By the beginning of a module's name and a class in it: who knows its router."""


def asker_of(app: object) -> Callable[[], Ask] | None:
    """Return what makes the question for the router of *app*, ``None`` where none is known."""
    for kind in type(app).__mro__:
        for (module, name), known in ASKED.items():
            if kind.__name__ == name and kind.__module__.startswith(module):
                return lambda: known(app)
    return None


def _has_regex(route: str) -> bool:
    return any(mark in route for mark in "^$()\\")
