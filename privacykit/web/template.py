"""The route template of a request, never its path: from the scope, the router or the app. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from weakref import WeakKeyDictionary

import msgspec

from privacykit.collect.events.event import NULL as NO_PAGE
from privacykit.collect.memo import Memo
from privacykit.pseudonym.url.pages import scrub_page
from privacykit.web.routers.find import RouterQuestion
from privacykit.web.scope import Scope

_TRAILING_PATH = "/{path}"
_NO_QUESTION = RouterQuestion(None)


def _encoded(template: str) -> str:
    return msgspec.json.encode(template or "/").decode()


class Templates:
    """
    Finds templates, encoded as JSON.

    Starlette and FastAPI leave the matched route in ``scope["route"]``, Litestar its template in
    ``scope["path_template"]``. The routers of other frameworks are asked by *question*. Where none
    of these knows one, *pattern* may name one of the configured ``[pages] patterns``; else there
    is no page.
    """

    __slots__ = ("_asks", "_encode", "_pattern", "_question", "_scrubbed")

    def __init__(
        self,
        pattern: Callable[[str], str | None] | None = None,
        question: RouterQuestion = _NO_QUESTION,
    ) -> None:
        self._pattern = pattern
        self._question = question
        self._asks = bool(question)
        self._encode: Memo[str, str] = Memo(_encoded)
        self._scrubbed: Memo[str, str] = Memo(lambda page: _encoded(scrub_page(page)))

    def inside(self, app: object) -> Templates:
        """Return what finds the templates of *app*; its router is asked where that is known."""
        question = RouterQuestion(app)
        return Templates(self._pattern, question) if question else self

    def of(self, scope: Scope) -> str:
        """Return the template of the request in *scope* as JSON, ``null`` when there is none."""
        route, root = scope.get("route"), scope.get("root_path", "")
        template = None
        if route is not None:
            template = getattr(route, "path_format", None) or getattr(route, "path", None)
        if template is None:
            template = scope.get("path_template")
            if type(template) is not str:
                template = self._question_of(scope, root) if self._asks else None
                if template is None:
                    return (
                        NO_PAGE if self._pattern is None else self.by_pattern(scope.get("path", ""))
                    )
        if not root:
            return self._encode[template]
        page = _mounted(scope, root, template, route)
        return NO_PAGE if page is None else self._encode[page]

    def said(self, page: object) -> str:
        """Return as JSON what the application says its *page* is, scrubbed: it may be a path."""
        return self._scrubbed[page] if isinstance(page, str) and page else NO_PAGE

    def _question_of(self, scope: Scope, root: str) -> str | None:
        path = scope.get("path", "")
        below = path.removeprefix(root) if root else path
        return self._question(below or "/", scope.get("method", "GET"))

    @property
    def has_patterns(self) -> bool:
        """Whether :meth:`by_pattern` may know any."""
        return self._pattern is not None

    def encoded(self, template: str) -> str:
        """Return *template*, which an author wrote, as JSON."""
        return self._encode[template]

    def by_pattern(self, path: str) -> str:
        """Return as JSON the configured pattern that *path* fits, ``null`` where none does."""
        found = self._pattern(path) if self._pattern is not None else None
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
