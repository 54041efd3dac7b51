"""
A pytest plugin for other people's suites: every application that a ``TestClient`` gets is wrapped.

``PRIVACYKIT_AROUND`` is the path of the configuration.
"""

from __future__ import annotations

import os

from starlette.testclient import TestClient

from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.web.asgi import PrivacyEdge

CONFIG = os.environ["PRIVACYKIT_AROUND"]
ENGINE = build(load(CONFIG), base=CONFIG)
_make = TestClient.__init__


def _wrapping(self, *args, **kwargs) -> None:
    _make(self, *args, **kwargs)
    self.app = self._transport.app = PrivacyEdge(self.app, ENGINE)


def pytest_configure() -> None:
    """Wrap from now on; no request comes before ours is ready."""
    ENGINE.start()
    TestClient.__init__ = _wrapping


def pytest_unconfigure() -> None:
    """Say what was seen of ours, for the test that started this."""
    TestClient.__init__ = _make
    ENGINE.stop(5)
    print(f"\nprivacykit around: {sum(ENGINE.counts().values())} counted, "
          f"{ENGINE.runtime.counters.of('error')} errors")  # fmt: skip
