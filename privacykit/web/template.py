"""The route template of a request, never its path: frameworks leave it in the ASGI scope. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from privacykit.collect.memo import Memo

Scope = MutableMapping[str, Any]

NO_PAGE = "null"
_TRAILING_PATH = "/{path}"


def _encoded(template: str) -> str:
    return msgspec.json.encode(template or "/").decode()


class Templates:
    """
    Finds templates, encoded as JSON.

    Starlette and FastAPI leave the matched route in ``scope["route"]``. Where there is none,
    *pattern* may name one of the configured ``[pages] patterns``; else there is no page.
    """

    __slots__ = ("_encode", "_pattern")

    def __init__(self, pattern: Callable[[str], str | None] | None = None) -> None:
        self._pattern = pattern
        self._encode: Memo[str, str] = Memo(_encoded, 2048)

    def of(self, scope: Scope) -> str:
        """Return the template of the request in *scope* as JSON, ``null`` when there is none."""
        template = None
        if (route := scope.get("route")) is not None:
            template = getattr(route, "path_format", None) or getattr(route, "path", None)
        if template is None:
            return NO_PAGE if self._pattern is None else self._by_pattern(scope)
        root = scope.get("root_path", "")
        if not root:
            return self._encode[template]
        page = _mounted(scope, root, template, route)
        return NO_PAGE if page is None else self._encode[page]

    def _by_pattern(self, scope: Scope) -> str:
        found = self._pattern(scope.get("path", "")) if self._pattern is not None else None
        return NO_PAGE if found is None else self._encode[found]


def _mounted(scope: Scope, root: str, template: str, route: object) -> str | None:
    """Return the template below its mounts, ``None`` where a parameter of theirs is not found."""
    outside = scope.get("app_root_path", root)
    inside = root[len(outside) :] if root.startswith(outside) else ""
    segments = inside.split("/")
    for name, value in scope.get("path_params", {}).items():
        if f"{{{name}}}" in template:
            continue
        found = [i for i, segment in enumerate(segments) if _means(segment, value)]
        if not found:
            return None  # it stands there in a form we do not recognise: rather no page
        for i in found:
            segments[i] = f"{{{name}}}"
    router = scope.get("router")
    if router is not None and not _written(router).issuperset(segments):
        return None  # two parameters of one name: the outer one's value is lost to us
    if hasattr(route, "routes") and template.endswith(_TRAILING_PATH):
        template = _TRAILING_PATH
    return f"{outside}{'/'.join(segments)}{template}"


def _means(segment: str, value: object) -> bool:
    """Tell whether a converter of the router made *value* of *segment*."""
    try:
        return bool(segment) and type(value)(segment) == value  # type: ignore[call-arg]
    except Exception:  # noqa: BLE001 - a converter of the application's may fail in any way
        return False


def _written(router: object) -> frozenset[str]:
    """Return the segments of all mounts below *router*, as their author wrote them."""
    try:
        found = _segments.get(router)
        if found is None:
            found = _segments[router] = frozenset(_walked(router, 0)) | {""}
    except TypeError:  # no weak reference to be had
        found = frozenset(_walked(router, 0)) | {""}
    return found


def _walked(router: object, depth: int) -> Iterator[str]:
    for route in getattr(router, "routes", None) or ():
        if hasattr(route, "app") and hasattr(route, "path_format"):
            for segment in route.path_format.split("/"):
                name, mark, _ = segment.partition(":")
                yield name + "}" if mark else segment
        if depth < _DEEPEST:
            yield from _walked(route, depth + 1)


_DEEPEST = 16
_segments: WeakKeyDictionary[object, frozenset[str]] = WeakKeyDictionary()
