"""Applications, told by what they can be called with. Pure."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import NamedTuple

ASGI = ("scope", "receive", "send")
WSGI = ("environ", "start_response")
ENVIRON = frozenset({"environ", "env", "wsgi_environ"})
"""What WSGI applications call their first argument, for those whose arguments fit both."""


class NotWrapped(NamedTuple):
    """
    Why something cannot be wrapped.

    Attributes:
        message: What it is instead.
        hint: What to do.
    """

    message: str
    hint: str


_WSGI = NotWrapped(
    "that is a WSGI application, and PrivacyMiddleware wraps ASGI",
    "PrivacyWSGIMiddleware wraps it, and wrap() whichever it is",
)
_ASGI = NotWrapped(
    "that is an ASGI application, and PrivacyWSGIMiddleware wraps WSGI",
    "PrivacyMiddleware wraps it, and wrap() whichever it is",
)
_FACTORY = NotWrapped(
    "that takes no arguments, so it is no ASGI application",
    "if it returns one: call it first, or privacykit run --factory",
)
_NOT_WSGI = NotWrapped(
    "that is no WSGI application: it cannot be called with environ and start_response",
    "name the application itself, not what makes it",
)
_OTHER = NotWrapped(
    "that is no ASGI application: it cannot be called with scope, receive and send",
    "name the application itself; one of ASGI 2 needs a newer version of its framework",
)


def not_asgi(app: object) -> NotWrapped | None:
    """
    Tell why *app* cannot be called as ASGI 3 asks for; ``None`` where it can, or does not show.

    Args:
        app: Anything; it is looked at and not called.
    """
    if not callable(app):
        return _OTHER
    if (signature := _shown_by(app)) is None:
        return None
    names = list(signature.parameters)
    if names and names[0] in ENVIRON:
        return _WSGI
    if _takes(signature, len(ASGI)):
        return None
    if _takes(signature, len(WSGI)):
        return _WSGI
    return _FACTORY if _takes(signature, 0) else _OTHER


def is_wsgi(app: object) -> bool:
    """Tell whether *app*, which is looked at and not called, shows that it is called as WSGI is."""
    return not_asgi(app) is _WSGI


def not_wsgi(app: object) -> NotWrapped | None:
    """
    Tell why *app* cannot be called as WSGI asks for; ``None`` where it can, or does not show.

    Args:
        app: Anything; it is looked at and not called.
    """
    if not callable(app):
        return _NOT_WSGI
    if (signature := _shown_by(app)) is None:
        return None
    names = list(signature.parameters)
    if names[: len(ASGI)] == list(ASGI):
        return _ASGI
    if _takes(signature, len(WSGI)):
        return None
    return _ASGI if _takes(signature, len(ASGI)) else _NOT_WSGI


def _shown_by(app: Callable[..., object]) -> inspect.Signature | None:
    try:
        return inspect.signature(app)
    except (TypeError, ValueError):  # written in C, or lying: the server will see
        return None


def _takes(signature: inspect.Signature, arguments: int) -> bool:
    try:
        signature.bind(*[None] * arguments)
    except TypeError:
        return False
    return True
