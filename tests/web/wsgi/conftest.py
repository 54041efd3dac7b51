"""A WSGI application behind privacykit, and a server small enough to be looked into."""

from __future__ import annotations

import io
import json

import pytest

from privacykit.geo.synthetic import address_of
from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.testing.layout import CONFIG, lay_out
from privacykit.web.wsgi.edge import PrivacyWSGIEdge

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
PATTERNS = '\n[pages]\npatterns = ["/a/{word}"]\n'


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """An engine whose threads run."""
    path = lay_out(tmp_path_factory.mktemp("wsgi"), CONFIG + PATTERNS)
    engine = build(load(path), base=str(path))
    engine.start()
    yield engine
    engine.stop(5)


@pytest.fixture
def pages(engine, monkeypatch):
    """The pages of the events that are made."""
    made = []
    monkeypatch.setattr(
        engine.runtime, "accept", lambda item: not made.append(json.loads(item.page))
    )
    return made


def environ_of(path="/a/b", method="GET", body=b"", **changes):
    """Return the environ of a request that a visitor from Germany sends through a proxy."""
    return {
        "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "",
        "SERVER_NAME": "shop.example", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1", "REMOTE_PORT": "5000",
        "HTTP_HOST": "shop.example", "HTTP_USER_AGENT": FIREFOX, "HTTP_ACCEPT": "text/html",
        "HTTP_X_FORWARDED_FOR": address_of("DE", 9),
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(), "wsgi.multithread": True, "wsgi.multiprocess": False,
        "wsgi.run_once": False, **changes,
    }  # fmt: skip


class Server:
    """Does what PEP 3333 asks of a server, and notes what it was told."""

    def __init__(self, app) -> None:
        self.app = app
        self.sent = []
        self.begun = None

    def start(self, status, headers, exc_info=None):
        """Begin the answer; with *exc_info* once more, unless bytes are out."""
        if exc_info is not None and self.sent:
            raise exc_info[1].with_traceback(exc_info[2])
        if exc_info is None and self.begun is not None:
            raise AssertionError("begun already")
        self.begun = status, headers
        return self.write

    def write(self, data):
        """Send."""
        assert self.begun is not None
        self.sent.append(data)

    def serve(self, **changes):
        """Serve one request; return status and body."""
        environ = changes.pop("environ", None) or environ_of(**changes)
        body = self.app(environ, self.start)
        try:
            for chunk in body:
                if chunk:
                    self.write(chunk)
        finally:
            if hasattr(body, "close"):
                body.close()
        return self.begun[0], b"".join(self.sent)


@pytest.fixture
def around(engine):
    """Return what puts an application behind privacykit, and a server before it."""
    return lambda app: Server(PrivacyWSGIEdge(app, engine))


@pytest.fixture
def ask_environ():
    """Return what makes environs."""
    return environ_of
