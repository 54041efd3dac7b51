"""Servers as others start them, without our log configuration: what a newcomer reads and gets."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from privacykit.testing.layout import CONFIG, lay_out

HERE = Path(__file__).parent
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
SERVERS = {
    "uvicorn": ("uvicorn", "plain_app:app", "--no-proxy-headers", "--port", "PORT"),
    "gunicorn": (
        "gunicorn", "plain_app:app", "-k", "uvicorn_worker.UvicornWorker",
        "--forwarded-allow-ips", "", "-b", "127.0.0.1:PORT",
    ),
}  # fmt: skip


def ask(url, **headers):
    """Return the body of an answer, whatever its status."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    asked = urllib.request.Request(url, headers={"user-agent": FIREFOX, **named})
    with suppress(urllib.error.HTTPError), urllib.request.urlopen(asked, timeout=60) as answer:
        return answer.read()
    return b""


def wait_for(server, words, seconds=30.0):
    """Return what *server* said, once *words* are among it."""
    end = time.monotonic() + seconds
    while words not in server.said and time.monotonic() < end:
        time.sleep(0.05)
    return server.said


@pytest.mark.parametrize("name", SERVERS)
def test_a_newcomer_sees_the_first_event(serve, tmp_path, name):
    """In the server's own output, though nobody configured logging; a favicon is no trouble."""
    lay_out(tmp_path, CONFIG)
    server = serve(*SERVERS[name], PYTHONPATH=str(HERE))
    ask(f"{server.url}/favicon.ico", sec_fetch_dest="image")
    ask(f"{server.url}/", accept="text/html", x_forwarded_for="198.51.100.77")
    said = wait_for(server, "first event:")
    assert said.count("privacykit: first event: page /, site 'shop', purpose 'analytics'") == 1
    assert "withheld" not in said
    assert "198.51.100.77" not in said
    seen = json.loads(ask(f"{server.url}/client", x_forwarded_for="198.51.100.77"))
    assert seen == ["198.51.0.0", None]
    server.stop()
    assert "Finished server process" in server.said
