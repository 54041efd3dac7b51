"""
One application for every adapter, and how each adapter's server calls it.

A view is told what the application sees and answers with status, headers and chunks; a host speaks
the words of ASGI or WSGI around it. So all adapters serve the same pages to the same visitors.
"""

# ruff: noqa: ARG001 - every view is told

from __future__ import annotations

import importlib
import io
import json
import logging
import sys
from dataclasses import dataclass, field
from pathlib import Path
from wsgiref.validate import validator

import anyio

from privacykit.web.asgi import PrivacyEdge
from privacykit.web.wsgi.edge import PrivacyWSGIEdge

HTML = ("Content-Type", "text/html")
PEER = ("127.0.0.1", 5000)


@dataclass
class Sight:
    """What the application sees of a request."""

    method: str
    path: str
    client: str
    port: int
    headers: dict[str, str]
    privacy: object


@dataclass
class Answer:
    """What came back: status, header lines in lower case, and each chunk as it came."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)

    def all(self, name):
        """Return every value of the header *name*."""
        return [value for key, value in self.headers if key == name]

    @property
    def body(self):
        """The whole body."""
        return b"".join(self.chunks)


def look(sight):
    """Show as JSON what is seen, and what may be done."""
    told = {
        "client": [sight.client, sight.port],
        "headers": sight.headers,
        "place": sight.privacy.place,
        "ads": sight.privacy.allows("ads"),
        "closing": sight.privacy.closing,
        "key": sight.privacy.rate_limit_key(),
        "repr": repr(sight.privacy),
    }
    return 200, [("Content-Type", "application/json")], [json.dumps(told).encode()]


def shop(sight):
    """A page in public that sets a needed and an advertising cookie."""
    cookies = [("Set-Cookie", "session=1; Path=/"), ("Set-Cookie", "_ga=2; Path=/")]
    return 200, [HTML, ("Cache-Control", "public, max-age=60"), *cookies], [b"<p>shop"]


def plain(sight):
    """A page that looks at nothing and sets nothing."""
    return 200, [HTML, ("Cache-Control", "public, max-age=60")], [b"<p>plain"]


def bought(sight):
    """Emit an event of the application's own, and name the page."""
    sight.privacy.emit("bought", props={"items": 2})
    sight.privacy.page = "/orders/{id}"
    return 200, [HTML], [b"<p>thanks"]


def streamed(sight):
    """A page in pieces."""
    return 200, [HTML], [b"<p>", b"", b"one", b"two"]


def gone(sight):
    """Not there."""
    return 404, [HTML], [b"<p>no"]


def asset(sight):
    """A style sheet."""
    return 200, [("Content-Type", "text/css")], [b"p {}"]


def unmodified(sight):
    """What the browser has already."""
    return 304, [], []


def moved(sight):
    """Somewhere else."""
    return 302, [HTML, ("Location", "/shop")], []


def logs(sight):
    """A page whose application logs."""
    logging.getLogger("shop").warning("an order came in")
    return 200, [HTML], [b"<p>logs"]


def broken(sight):
    """No answer at all."""
    raise ZeroDivisionError


VIEWS = {
    f"/{view.__name__}": view
    for view in (look, shop, plain, bought, streamed, gone, asset, unmodified, moved, logs, broken)
}


class ByPath:
    """Where a server's application keeps no route: the path is the template."""

    def of(self, sight):
        """Return it as JSON."""
        return json.dumps(sight["path"] if isinstance(sight, dict) else sight.path)

    def said(self, page):
        """Return what the application says."""
        return json.dumps(page)


class ASGIHost:
    """The application in ASGI, and a server that asks it."""

    name = "asgi"

    def __init__(self, engine, wraps=1) -> None:
        self.app = self.serve
        for _ in range(wraps):
            self.app = PrivacyEdge(self.app, engine)
            self.app._templates = ByPath()

    async def serve(self, scope, _receive, send):
        """Be the application."""
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        sight = Sight(
            scope["method"], scope["path"], *scope["client"], headers, scope["state"]["privacy"]
        )
        status, headers, chunks = VIEWS[scope["path"]](sight)
        lines = [(name.lower().encode(), value.encode()) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": lines})
        for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def ask(self, path, headers=(), method="GET", body=b""):
        """Send one request; return the answer."""
        answer, query = Answer(), ""
        path, _, query = path.partition("?")
        scope = {
            "type": "http", "method": method, "path": path, "query_string": query.encode(),
            "scheme": "http", "client": PEER,
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
        }  # fmt: skip

        async def receive():
            return {"type": "http.request", "body": body}

        async def send(message):
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = [(n.decode(), v.decode()) for n, v in message["headers"]]
            elif message["body"] or message.get("more_body"):
                answer.chunks.append(message["body"])

        anyio.run(self.app, scope, receive, send)
        return answer


def environ_of(path, headers, method, body):
    """Return the environ of a request."""
    path, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": query,
        "SERVER_NAME": "shop.example", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": PEER[0], "REMOTE_PORT": str(PEER[1]),
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(), "wsgi.multithread": False, "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }  # fmt: skip
    for name, value in headers:
        key = name.upper().replace("-", "_")
        environ[key if key.startswith("CONTENT_") else f"HTTP_{key}"] = value
    return environ


def frameworks():
    """Return the module that sets Django up, once for all tests of a process."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "routers"))
    try:
        return importlib.import_module("frameworks")
    finally:
        sys.path.pop(0)


class WSGIHost:
    """The application in WSGI, and a server that asks it; both are held to PEP 3333."""

    name = "wsgi"

    def __init__(self, engine, wraps=1) -> None:
        self.app = validator(self.serve)
        for _ in range(wraps):
            self.app = PrivacyWSGIEdge(self.app, engine)
            self.app._templates = ByPath()
        self.app = validator(self.app)

    def serve(self, environ, start_response):
        """Be the application."""
        headers = {
            key[5:].lower().replace("_", "-"): value
            for key, value in environ.items()
            if key.startswith("HTTP_")
        }
        sight = Sight(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"],
            environ["REMOTE_ADDR"],
            int(environ["REMOTE_PORT"]),
            headers,
            environ["privacykit.privacy"],
        )
        status, headers, chunks = VIEWS[environ["PATH_INFO"]](sight)
        start_response(f"{status} Status", headers)
        yield from chunks

    def ask(self, path, headers=(), method="GET", body=b""):
        """Send one request; return the answer."""
        answer = Answer()
        environ = environ_of(path, headers, method, body)

        def start(status, headers, _exc_info=None):
            answer.status = int(status[:3])
            answer.headers = [(name.lower(), value) for name, value in headers]
            return answer.chunks.append

        found = self.app(environ, start)
        try:
            answer.chunks += found
        finally:
            found.close()
        return answer


class DjangoHost:
    """The application in Django, behind the middleware in sync."""

    name = "django"

    def __init__(self, engine, wraps=1) -> None:
        frameworks().django()
        from privacykit.django.middleware import PrivacyDjangoMiddleware

        self.app = self.serve
        for _ in range(wraps):
            self.app = PrivacyDjangoMiddleware(self.app, engine)
            self.app._templates = ByPath()

    def serve(self, request):
        """Be what comes after the middleware."""
        from django.http import StreamingHttpResponse

        meta = request.META
        seen = {name.lower(): value for name, value in request.headers.items()}
        client = meta["REMOTE_ADDR"], int(meta["REMOTE_PORT"])
        sight = Sight(request.method, request.path, *client, seen, request.privacy)
        status, headers, chunks = VIEWS[request.path](sight)
        response = StreamingHttpResponse(iter(chunks), status=status)
        del response.headers["Content-Type"]
        for name, value in headers:
            if name == "Set-Cookie":
                response.set_cookie(*value.partition(";")[0].split("="))
            else:
                response.headers[name] = value
        return response

    def request(self, path, headers, method, body):
        """Return the request in Django's words."""
        from django.core.handlers.wsgi import WSGIRequest

        return WSGIRequest(environ_of(path, headers, method, body))

    def answer(self, request):
        """Return the response."""
        return self.app(request)

    def ask(self, path, headers=(), method="GET", body=b""):
        """Send one request; return the answer."""
        response = self.answer(self.request(path, headers, method, body))
        lines = [(name.lower(), value) for name, value in response.headers.items()]
        lines += [("set-cookie", cookie.OutputString()) for cookie in response.cookies.values()]
        return Answer(response.status_code, lines, list(response))


class AsyncDjangoHost(DjangoHost):
    """The same behind the middleware in async, under ASGI."""

    name = "django-async"

    def __init__(self, engine, wraps=1) -> None:
        self.plain = super().serve

        async def serve(request):
            return self.plain(request)

        self.serve = serve
        super().__init__(engine, wraps)

    def request(self, path, headers, method, body):
        """Return the request in Django's words."""
        from django.core.handlers.asgi import ASGIRequest

        path, _, query = path.partition("?")
        scope = {
            "type": "http", "method": method, "path": path, "query_string": query.encode(),
            "scheme": "http", "client": PEER, "server": ("shop.example", 80),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
        }  # fmt: skip
        return ASGIRequest(scope, io.BytesIO(body))

    def answer(self, request):
        """Return the response."""

        async def run():
            return await self.app(request)

        return anyio.run(run)


HOSTS = {host.name: host for host in (ASGIHost, WSGIHost, DjangoHost, AsyncDjangoHost)}
