"""Applications are told by what they can be called with."""

from __future__ import annotations

import functools

import pytest
from starlette.applications import Starlette

from privacykit import ConfigurationError, PrivacyMiddleware
from privacykit.web.application import not_asgi


async def function(scope, receive, send):
    """Serve, as ASGI 3 asks for."""


def wsgi(environ, start_response):
    """Serve, as WSGI asks for."""


def falcon(env, start_response, *rest):
    """Serve, with more arguments than anybody gives."""


def open_end(*anything):
    """Take whatever comes."""


def with_more(extra, scope, receive, send):
    """Serve, once one argument is given."""


class Served:
    """An application that is an object."""

    async def __call__(self, scope, receive, send): ...


class Endpoint:
    """One that is made of each request."""

    def __init__(self, scope, receive, send): ...


class Flask:
    """A WSGI application that is an object."""

    def __call__(self, environ, start_response): ...


class Old:
    """ASGI 2: a call in two steps."""

    def __init__(self, scope): ...


@pytest.mark.parametrize(
    "app",
    [
        function,
        Served(),
        Endpoint,
        Starlette(),
        open_end,
        functools.partial(with_more, 1),
        max,
    ],
    ids=["function", "object", "class", "starlette", "anything", "partial", "in C"],
)
def test_what_can_be_called_so_passes(app):
    """And what does not show what it takes."""
    assert not_asgi(app) is None


@pytest.mark.parametrize(
    ("app", "words"),
    [
        (wsgi, "WSGI"),
        (falcon, "WSGI"),
        (Flask(), "WSGI"),
        (functools.partial(wsgi), "WSGI"),
        (lambda: function, "takes no arguments"),
        (Old, "scope, receive and send"),
        (42, "scope, receive and send"),
    ],
    ids=["function", "open end", "object", "partial", "factory", "asgi 2", "number"],
)
def test_what_cannot_is_called_by_its_name(app, words):
    """So that whoever reads it knows what to do."""
    found = not_asgi(app)
    assert found is not None
    assert words in found.message
    assert found.hint


def test_the_one_liner_refuses_a_wsgi_application():
    """When it is wrapped, before a configuration is looked for."""
    with pytest.raises(ConfigurationError, match="PK005 application: that is a WSGI application"):
        PrivacyMiddleware(Flask(), "no such file")
