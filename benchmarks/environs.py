"""WSGI requests of many visitors, and the applications and layers that ours is measured beside."""

from __future__ import annotations

import io
from importlib import import_module
from typing import Any

from benchmarks.apps import wrapped
from benchmarks.measure import Case


def environs(scopes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the requests in *scopes* as gunicorn would hand them to an application."""
    made = []
    for scope in scopes:
        environ = {
            "wsgi.errors": io.StringIO(), "wsgi.version": (1, 0), "wsgi.multithread": True,
            "wsgi.multiprocess": False, "wsgi.run_once": False, "wsgi.input_terminated": True,
            "SERVER_SOFTWARE": "gunicorn/23", "wsgi.input": io.BytesIO(), "gunicorn.socket": None,
            "REQUEST_METHOD": scope["method"], "QUERY_STRING": scope["query_string"].decode(),
            "RAW_URI": scope["path"], "SERVER_PROTOCOL": "HTTP/1.1",
        }  # fmt: skip
        for name, value in scope["headers"]:
            environ["HTTP_" + name.decode().upper().replace("-", "_")] = value.decode("latin-1")
        environ |= {
            "wsgi.url_scheme": "http", "REMOTE_ADDR": scope["client"][0],
            "REMOTE_PORT": str(scope["client"][1]), "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000", "PATH_INFO": scope["path"], "SCRIPT_NAME": "",
        }  # fmt: skip
        made.append(environ)
    return made


def raw(_environ: Any, start: Any) -> list[bytes]:
    """Answer five bytes, without a framework."""
    start("200 OK", [("content-length", "5"), ("content-type", "text/html; charset=utf-8")])
    return [b"hello"]


def flask() -> Any:
    """Return the smallest Flask application."""
    from flask import Flask

    app = Flask("bench")
    app.add_url_rule("/", "hello", lambda: "hello")
    return app


def django(*middleware: str) -> Any:
    """Return the smallest Django application, behind *middleware* by their dotted paths."""
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.http import HttpResponse
    from django.test import override_settings
    from django.urls import path

    if not settings.configured:
        hello = path("", lambda _: HttpResponse("hello"))
        settings.configure(
            SECRET_KEY="bench", ALLOWED_HOSTS=["*"], ROOT_URLCONF=type("urls", (), {"urlpatterns": [hello]})
        )  # fmt: skip
        import_module("django").setup()
    with override_settings(MIDDLEWARE=middleware):
        return WSGIHandler()


def django_privacy(get_response: Any) -> Any:
    """Return the middleware of Django in front of *get_response*."""
    from privacykit.django.middleware import PrivacyDjangoMiddleware

    return PrivacyDjangoMiddleware(get_response, wrapped(raw, durable=False)._engine)  # noqa: SLF001


class NoOp:
    """A WSGI layer that does nothing."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, environ: Any, start: Any) -> Any:
        return self.app(environ, start)


def proxy_fix(app: Any) -> Any:
    """Return *app* behind Werkzeug's ``ProxyFix`` and a layer that does nothing."""
    from werkzeug.middleware.proxy_fix import ProxyFix

    return ProxyFix(NoOp(app))


def _start(_status: str, _headers: Any, _exc_info: Any = None) -> Any:
    return None


def serving(app: Any, requests: list[dict[str, Any]]) -> Case:
    """Return a case that serves *requests*, every one of which was seen before."""

    def serve(n: int) -> None:
        for number in range(n):
            body = app(requests[number % len(requests)].copy(), _start)
            for _ in body:
                pass
            close = getattr(body, "close", None)
            if close is not None:
                close()

    serve(len(requests))
    return serve
