"""
A pytest plugin for other people's suites: every WSGI application that is called is wrapped.

``PRIVACYKIT_AROUND`` is the path of the configuration; where it is empty nothing is wrapped. What
the suites want of older versions of pytest, or of a small package, is made up.
"""

from __future__ import annotations

import os
import socket
import sys
import types

import _pytest.monkeypatch
import flask
import werkzeug.test

from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.web.wsgi.edge import PrivacyWSGIEdge

CONFIG = os.environ.get("PRIVACYKIT_AROUND", "")
ENGINE = build(load(CONFIG), base=CONFIG) if CONFIG else None
_call, _run = flask.Flask.__call__, werkzeug.test.run_wsgi_app


def _wrapped(self, environ, start_response):
    return PrivacyWSGIEdge(self.wsgi_app, ENGINE)(environ, start_response)


def _running(app, environ, buffered=False):
    return _run(PrivacyWSGIEdge(app, ENGINE), environ, buffered)


def _reserve(ip="127.0.0.1", _port=0):
    with socket.socket() as probe:
        probe.bind((ip, 0))
        return probe.getsockname()[1]


# Here, since the suites import both before anything is configured.
if not hasattr(_pytest.monkeypatch, "notset"):
    _pytest.monkeypatch.notset = _pytest.monkeypatch.NOTSET
sys.modules["ephemeral_port_reserve"] = types.ModuleType("ephemeral_port_reserve")
sys.modules["ephemeral_port_reserve"].reserve = _reserve


def pytest_configure() -> None:
    """Wrap from now on."""
    if ENGINE is not None:
        ENGINE.start()
        flask.Flask.__call__ = _wrapped
        werkzeug.test.run_wsgi_app = _running


def pytest_unconfigure() -> None:
    """Say what was seen of ours, for the test that started this."""
    flask.Flask.__call__, werkzeug.test.run_wsgi_app = _call, _run
    if ENGINE is not None:
        ENGINE.stop(5)
        print(f"\nprivacykit around: {sum(ENGINE.counts().values())} counted, "
              f"{ENGINE.runtime.counters.of('error')} errors")  # fmt: skip
