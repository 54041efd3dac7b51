"""The applications and layers that the middleware is measured beside."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import HTMLResponse
from starlette.routing import Route

CONFIG = """
[[site]]
id = "bench"
hosts = ["example.org"]
timezone = "Europe/Berlin"
establishments = ["DE"]
[events]
page = "analytics"
[client_ip]
source = "headers"
trusted_proxies = ["127.0.0.0/8"]
[geo]
database = "places.mmdb"
[purposes.necessary]
uses = ["strictly_necessary"]
[purposes.analytics]
uses = ["analytics_no_storage"]
retention = "13 months"
[purposes.ads]
uses = ["targeted_ads", "sale"]
[cookies]
session = "necessary"
theme = "necessary"
"_ga*" = "ads"
[choice]
secure = false
[outbox]
deliver = false
"""


async def raw(scope: Any, _receive: Any, send: Any) -> None:
    """Answer five bytes, without a framework."""
    if scope["type"] != "http":
        return
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"content-length", b"5"),
                (b"content-type", b"text/html; charset=utf-8"),
            ],
        }
    )
    await send({"type": "http.response.body", "body": b"hello"})


def starlette() -> Starlette:
    """Return the smallest Starlette application."""

    async def hello(_: Any) -> HTMLResponse:
        return HTMLResponse("hello")

    return Starlette(routes=[Route("/", hello)])


class NoOp:
    """A pure ASGI layer that does nothing."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


class BaseNoOp(BaseHTTPMiddleware):
    """A ``BaseHTTPMiddleware`` that does nothing."""

    async def dispatch(self, request: Any, call_next: Any) -> Any:
        return await call_next(request)


def wrapped(app: Any, *, durable: bool, config: str = CONFIG) -> Any:
    """Return *app* behind the whole of privacykit; events encoded, then kept only if *durable*."""
    from privacykit.app import engine_of, wrap
    from privacykit.testing.layout import lay_out

    folder = Path(tempfile.mkdtemp(prefix="privacykit-bench-"))
    engine = engine_of(lay_out(folder, config))
    engine.start()
    for site_day in engine.runtime.days.site_days.values():
        for _ in site_day.prepare():  # as the refresher's thread does in the first second
            pass
    if not durable:
        encoded = Encoded()
        engine.runtime.accept = encoded.put
    return wrap(app, engine)


class Encoded:
    """An outbox that encodes every event, as the writer would, and keeps none."""

    def __init__(self) -> None:
        from privacykit.collect.counters import Counters
        from privacykit.collect.events.event import RANDOM_BYTES_PER_EVENT, Finisher
        from privacykit.runtime.firsts.lines import FirstEvent

        self._items: list[Any] = []
        self._finish = FirstEvent(Finisher(), Counters())
        self._bytes = RANDOM_BYTES_PER_EVENT

    def put(self, item: Any) -> bool:
        items = self._items
        items.append(item)
        if len(items) >= 512:
            self._finish(items, os.urandom(self._bytes * len(items)))
            items.clear()
        return True
