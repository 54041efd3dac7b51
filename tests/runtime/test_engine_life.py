"""Tests of the life of an engine: start, refusal, stop."""

from __future__ import annotations

import logging

import anyio
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from privacykit import PrivacyMiddleware
from privacykit.app import engine_of as made_engine
from privacykit.errors import BackendError, ConfigurationError, Problem
from privacykit.runtime import engine as engine_module
from privacykit.runtime.refused import RefusedEngine
from privacykit.testing.layout import lay_out

WRONG = ConfigurationError(Problem("PK149", "privacykit.toml", "salts.url", "it keeps snapshots"))


class EnginePart:
    """A part that fails as told."""

    def __init__(self, error=None) -> None:
        self.error, self.stopped = error, 0

    def start(self):
        """Start or fail."""
        if self.error:
            raise self.error

    def stop(self, _deadline):
        """Note it."""
        self.stopped += 1


async def hello(request):
    """Answer."""
    return PlainTextResponse(f"hello {request.client.host}")


@pytest.fixture
def wrapped(tmp_path):
    """A small application, wrapped; its parts are replaced by the tests."""
    app = PrivacyMiddleware(Starlette(routes=[Route("/", hello)]), lay_out(tmp_path))
    yield app
    app._engine.stop(5)


def engine_of(wrapped, *parts):
    """Return the engine with *parts* for its own."""
    wrapped._engine._parts = parts
    return wrapped._engine


def test_a_start_that_fails_stops_what_had_started(wrapped):
    """Nothing is left half alive."""
    before, after = EnginePart(), EnginePart()
    engine = engine_of(wrapped, before, EnginePart(WRONG), after)
    with pytest.raises(ConfigurationError):
        engine.start()
    assert (before.stopped, after.stopped, engine.running) == (1, 0, False)


def test_a_start_that_failed_is_not_tried_with_every_request(wrapped, monkeypatch):
    """A request must not wait for a store that did not answer the one before."""
    part = EnginePart(WRONG)
    engine = engine_of(wrapped, part)
    with pytest.raises(ConfigurationError):
        engine.start()
    part.error = None
    with pytest.raises(BackendError):
        engine.start()
    monkeypatch.setattr(engine_module, "RETRY_SECONDS", 0)
    engine._not_before = 0
    engine.start()
    assert engine.running


def test_the_same_refusal_is_said_once(wrapped, caplog, monkeypatch):
    """And another one is news."""
    monkeypatch.setattr(engine_module, "RETRY_SECONDS", 0)
    part = EnginePart(WRONG)
    engine = engine_of(wrapped, part)
    with caplog.at_level(logging.ERROR, "privacykit"):
        for error in (WRONG, WRONG, OSError("jane@example.org")):
            part.error = error
            with pytest.raises(type(error)):
                engine.start()
    first, second = [record.getMessage() for record in caplog.records]
    assert first == "privacykit: not started: PK149 privacykit.toml: salts.url: it keeps snapshots"
    assert second.startswith("privacykit: not started: OSError at privacykit/runtime/engine.py:")


def test_a_wrong_configuration_stops_the_server(wrapped):
    """The lifespan fails with our words, and not with a traceback of the application."""
    engine_of(wrapped, EnginePart(WRONG))
    sent = []

    async def main():
        messages = iter([{"type": "lifespan.startup"}])

        async def receive():
            return next(messages)

        async def send(message):
            sent.append(message)

        await wrapped({"type": "lifespan", "state": {}}, receive, send)

    with pytest.raises(ConfigurationError):
        anyio.run(main)
    assert sent == [{"type": "lifespan.startup.failed", "message": str(WRONG)}]


def test_another_failure_lets_the_server_start(wrapped):
    """P9: requests are served bare, and it is counted."""
    engine = engine_of(wrapped, EnginePart(OSError()))
    with TestClient(wrapped, client=("203.0.113.9", 5)) as client:
        assert client.get("/").text == "hello 0.0.0.0"
    assert engine.runtime.counters.of("error", "start") == 1
    assert engine.runtime.counters.of("error", "admit") == 1


def test_a_wrapper_inside_another_starts_nothing(wrapped, tmp_path):
    """The outer one acts: the inner one may not even know a configuration."""
    inside = PrivacyMiddleware(Starlette(routes=[Route("/", hello)]), tmp_path / "none.toml")
    wrapped.app = inside
    with TestClient(wrapped, client=("203.0.113.9", 5)) as client:
        assert client.get("/").text == "hello 203.0.0.0"
        assert (wrapped._engine.running, inside._engine.running) == (True, False)


def test_a_hook_is_given_where_the_engine_is_made(tmp_path):
    """One that came later would be forgotten in silence."""
    made = made_engine(str(lay_out(tmp_path)))
    assert made_engine(made) is made
    with pytest.raises(ConfigurationError, match="PK027"):
        made_engine(made, lambda _: None)


def test_what_was_refused_has_no_runtime_and_no_pages():
    """Whoever asks all the same is told why, without what the configuration holds."""
    refused = RefusedEngine(WRONG)
    with pytest.raises(BackendError, match="PK154"):
        _ = refused.runtime
    with pytest.raises(BackendError, match="PK154"):
        refused.pages(None)
