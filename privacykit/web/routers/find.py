"""The application of a framework inside what wraps it: middleware, adapters, closures. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from types import FunctionType, MethodType

from privacykit.web.routers.ask import Ask, asker_of

MOST_LOOKED_AT = 64
"""Objects that are looked at before we give up."""

INSIDE = ("app", "asgi", "application", "wsgi_application", "wsgi", "asgi_app", "asgi_handler")
"""By what names middleware and adapters know what they wrap."""


class RouterQuestion:
    """
    Which route template a request has, as the wrapped application's own router says.

    Args:
        app: The application, or what wraps it.
    """

    def __init__(self, app: object) -> None:
        self._make = _maker(app)
        self._ask: Ask | None = None

    def __bool__(self) -> bool:
        return self._make is not None

    def __call__(self, path: str, method: str) -> str | None:
        """Return the template of *path*, ``None`` where the router knows none."""
        try:
            if self._ask is None:
                if self._make is None:
                    return None
                self._ask = self._make()  # not before: a framework may be set up by now only
            return self._ask(path, method)
        except Exception:  # noqa: BLE001 - a router of the application's may fail in any way
            return None


def _maker(app: object) -> Callable[[], Ask] | None:
    waiting, seen = deque([app]), {id(app)}
    while waiting and len(seen) <= MOST_LOOKED_AT:
        one = waiting.popleft()
        found = asker_of(one)
        if found is not None:
            return found
        for inner in _inside(one):
            if callable(inner) and id(inner) not in seen:
                seen.add(id(inner))
                waiting.append(inner)
    return None


def _inside(wrapper: object) -> Iterator[object]:
    if isinstance(wrapper, MethodType):
        yield wrapper.__self__
    elif isinstance(wrapper, FunctionType):
        for cell in wrapper.__closure__ or ():
            try:
                yield cell.cell_contents
            except ValueError:  # not filled yet
                continue
    else:
        known = getattr(wrapper, "__dict__", {})
        for name in INSIDE:
            if name in known:
                yield known[name]
