"""Tests of metrics and alarms of a whole engine."""

from __future__ import annotations

import socket
import time
import urllib.request

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from privacykit import PrivacyMiddleware
from privacykit.errors import ConfigurationError
from privacykit.geo.synthetic import address_of
from privacykit.settings.load import parse
from privacykit.testing.layout import CONFIG, lay_out


@pytest.fixture
def port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def hello(_):
    """Answer."""
    return HTMLResponse("hello")


def test_a_whole_engine_is_measured(tmp_path, port):
    """Decisions, events and ages of a running site, on an address of their own."""
    config = CONFIG + f'[metrics]\nlisten = "127.0.0.1:{port}"\notel = true\n'
    app = PrivacyMiddleware(Starlette(routes=[Route("/", hello)]), lay_out(tmp_path, config))
    told = ""
    with TestClient(app, client=("127.0.0.1", 5000)) as client:
        for _ in range(3):
            client.get("/", headers={"x-forwarded-for": address_of("DE", 9)})
        app._engine.counts()
        deadline = time.monotonic() + 20
        wanted = 'privacykit_decisions_total{purpose="ads",site="shop",verdict="needs_consent"} 3.0'
        while wanted not in told and time.monotonic() < deadline:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                told = answer.read().decode()
            time.sleep(0.2)
    assert wanted in told
    assert 'privacykit_outbox_rows{sink="events"}' in told
    assert 'privacykit_salt_age_seconds{site="shop"}' in told
    assert "privacykit_salts_overdue 0.0" in told
    assert address_of("DE", 9).rpartition(".")[0] not in told


@pytest.mark.parametrize("listen", ["9464", "127.0.0.1", "127.0.0.1:port"])
def test_an_address_without_host_or_port_is_refused(listen):
    """Nothing is served where nobody asked for it."""
    with pytest.raises(ConfigurationError, match=r"metrics\.listen"):
        parse(CONFIG + f'[metrics]\nlisten = "{listen}"\n')
