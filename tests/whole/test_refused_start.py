"""
A start that fails when it must: every server, however the middleware was added.

Frameworks build middleware when they are first called, which is their lifespan; an exception there
is taken for an application without one, and the server would go on.
"""

from __future__ import annotations

import logging
import socket
import subprocess
import sys

import anyio
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from privacykit import PrivacyMiddleware, wrap
from privacykit.errors import ConfigurationError
from privacykit.testing.layout import CONFIG, lay_out

SERVED = """
from starlette.applications import Starlette
from privacykit import PrivacyMiddleware

app = Starlette(lifespan=None)
app.add_middleware(PrivacyMiddleware)
"""
SERVERS = {
    "uvicorn": ("uvicorn", "served:app", "--port"),
    "hypercorn": ("hypercorn", "served:app", "-b"),
    "hypercorn-trio": ("hypercorn", "served:app", "-k", "trio", "-b"),
    "granian": ("granian", "--interface", "asgi", "served:app", "--port"),
}
ENDS_WITH = {"uvicorn": (3, 0), "hypercorn": (0, 1), "hypercorn-trio": (0, 2), "granian": (1, 1)}
"""Exit code and tracebacks, as our documentation says of each: the server's own, not ours."""
WRONG = {
    "no file": (None, "PK010"),
    "two mistakes": (CONFIG.replace("[geo]", "[geos]").replace("retention", "retntion"), "PK012"),
}


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def spoil(folder, how):
    """Lay out an installation in which something is wrong; return how it is called."""
    text, id_ = WRONG[how]
    config = lay_out(folder, text or CONFIG)
    if text is None:
        config.unlink()
    return id_


@pytest.mark.parametrize("how", WRONG)
@pytest.mark.parametrize("server", SERVERS)
def test_the_server_does_not_start(tmp_path, server, how):
    """The log has every problem at once, and nothing listens."""
    id_ = spoil(tmp_path, how)
    (tmp_path / "served.py").write_text(SERVED)
    port = free_port()
    *words, last = SERVERS[server]
    place = f"127.0.0.1:{port}" if last == "-b" else str(port)
    done = subprocess.run(
        [sys.executable, "-m", *words, last, place],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = done.stdout + done.stderr
    assert id_ in said
    assert (done.returncode, said.count("Traceback (most")) == ENDS_WITH[server]
    assert (
        ("geos: unknown key" in said) == ("ads.retntion: unknown key" in said) == (id_ == "PK012")
    )
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 1):
        pass


async def hello(request):
    """Say what is known of who asks."""
    seen = f"{request.client.host} {request.headers.get('x-forwarded-for')} {request.cookies}"
    answer = PlainTextResponse(seen)
    answer.set_cookie("session", "1")
    return answer


def added(config):
    """Return an application with the middleware added, as frameworks build it: when called."""
    app = Starlette(routes=[Route("/", hello)])
    app.add_middleware(PrivacyMiddleware, config=str(config))
    return app


def around(config):
    """Return an application wrapped by hand."""
    return PrivacyMiddleware(Starlette(routes=[Route("/", hello)]), str(config))


def function(config):
    """Return an application wrapped by the function."""
    return wrap(Starlette(routes=[Route("/", hello)]), str(config))


WAYS = pytest.mark.parametrize("way", [added, around, function])


def breakage(folder, what):
    """Break an installation in one of the ways that a build notices."""
    config = lay_out(folder, CONFIG + what.get("more", ""))
    for name in what.get("gone", ()):
        (folder / name).unlink()
    return config


BROKEN = {
    "keys": {"gone": ["privacykit.keys"]},
    "file": {"gone": ["privacykit.toml"]},
    "law": {"more": '[policies]\ndirectories = ["none"]\n'},
    "sink": {"more": '[[sinks]]\ntype = "carrier-pigeon"\npurposes = ["ads"]\n'},
    "ip key": {"more": f'[ip]\nmode = "cryptopan"\nkey = "{"00" * 32}"\n'},
    "ip mode": {"more": '[ip]\nmode = "rot13"\n'},
    "store": {"more": '[records]\nurl = "sqlite:///no/r.db"\n'},
    "place": {"more": '[controller]\nestablishments = ["Germany"]\n'},
}


@WAYS
@pytest.mark.parametrize("what", BROKEN)
def test_the_lifespan_is_refused(tmp_path, way, what):
    """Before the application's own start, with every problem and its id."""
    app = way(breakage(tmp_path, BROKEN[what]))
    sent = []

    async def main():
        async def receive():
            return {"type": "lifespan.startup"}

        async def send(message):
            sent.append(message)

        await app({"type": "lifespan", "state": {}}, receive, send)

    with pytest.raises(ConfigurationError) as caught:
        anyio.run(main)
    assert sent == [{"type": "lifespan.startup.failed", "message": str(caught.value)}]
    assert str(caught.value).startswith("PK")


@WAYS
def test_without_a_lifespan_requests_are_served_bare_and_it_is_said_once(tmp_path, way, caplog):
    """No address, no header with one, no cookie in either direction; the problems in the log."""
    app = way(breakage(tmp_path, BROKEN["keys"]))
    client = TestClient(app, client=("203.0.113.9", 5), cookies={"session": "x", "_ga": "y"})
    with caplog.at_level(logging.ERROR, "privacykit"):
        answers = [client.get("/", headers={"X-Forwarded-For": "203.0.113.7"}) for _ in range(3)]
    assert [answer.text for answer in answers] == ["0.0.0.0 None {}"] * 3
    assert not any("set-cookie" in answer.headers for answer in answers)
    (said,) = [record.getMessage() for record in caplog.records]
    assert "PK12" in said
    assert "203.0.113" not in said
