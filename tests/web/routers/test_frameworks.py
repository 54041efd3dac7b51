"""Pages of the frameworks themselves, served through the middleware: a template, never the path."""

from __future__ import annotations

import importlib
import json
import sys
import warnings
from pathlib import Path

import anyio
import pytest

from privacykit import PrivacyMiddleware
from privacykit.geo.synthetic import address_of
from privacykit.testing.layout import lay_out

sys.path.insert(0, str(Path(__file__).parent))
frameworks = importlib.import_module("frameworks")
sys.path.pop(0)
FIREFOX = b"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
WORD = "s3cretW0rd"

PAGES = [
    ("django", f"/reset/{WORD}/", "/reset/{token}/"),
    ("django", f"/users/{WORD}/orders/7/", "/users/{name}/orders/{id}/"),
    ("django", "/blog/1999/", "/blog/{year}/"),
    ("django", f"/de/terms/{WORD}/", "/de/terms/{part}/"),
    ("django", "/pt-br/ad/7/", "/pt-br/ad/{number}/"),
    ("django", f"/terms/{WORD}/", "/terms/{part}/"),
    ("litestar", f"/reset/{WORD}", "/reset/{token}"),
    ("quart", f"/reset/{WORD}", "/reset/{token}"),
    ("quart", f"/users/{WORD}/orders/7/", "/users/{name}/orders/{id}/"),
    ("blacksheep", f"/reset/{WORD}", "/reset/{token}"),
    ("sanic", f"/reset/{WORD}", "/reset/{token}"),
    ("flask_asgiref", f"/reset/{WORD}", "/reset/{token}"),
    ("flask_a2wsgi", f"/reset/{WORD}", "/reset/{token}"),
    ("falcon", f"/reset/{WORD}", "/reset/{token}"),
    ("datasette", "/_memory", "/{database}"),
    ("closure", f"/reset/{WORD}", "/reset/{token}"),
]
BEFORE_REQUESTS = {"blacksheep", "sanic", "litestar", "datasette"}
"""Those that set themselves up in the lifespan."""


class Served:
    """An application behind privacykit, asked without a server, and its events."""

    def __init__(self, folder, app) -> None:
        self.app = PrivacyMiddleware(app, lay_out(folder))
        self.runtime = self.app._engine.runtime
        self.items = []
        self.runtime.accept = lambda item: not self.items.append(item)

    async def lifespan(self, told: anyio.Event, ended: anyio.Event) -> None:
        """Start it up, wait, and shut it down."""
        messages = iter(["lifespan.startup", "lifespan.shutdown"])

        async def receive():
            kind = next(messages)
            if kind == "lifespan.shutdown":
                await ended.wait()
            return {"type": kind}

        async def send(message):
            if message["type"] == "lifespan.startup.complete":
                told.set()

        await self.app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)

    async def get(self, path: str, root: str = "") -> int:
        """Ask for *path*; return the status."""
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": root + path,
            "raw_path": (root + path).encode(),
            "root_path": root,
            "query_string": b"",
            "headers": [
                (b"host", b"shop.example"),
                (b"user-agent", FIREFOX),
                (b"x-forwarded-for", address_of("DE", 9).encode()),
            ],
            "client": ("127.0.0.1", 5000),
            "server": ("shop.example", 80),
        }
        waiting = [{"type": "http.request", "body": b"", "more_body": False}]
        done = anyio.Event()
        statuses = []

        async def receive():
            if waiting:
                return waiting.pop()
            await done.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        await self.app(scope, receive, send)
        done.set()
        return statuses[0]


def _page_of(folder, name, path, root=""):
    async def run():
        served = Served(folder, getattr(frameworks, name)())
        async with anyio.create_task_group() as tasks:
            told, ended = anyio.Event(), anyio.Event()
            if name in BEFORE_REQUESTS:
                tasks.start_soon(served.lifespan, told, ended)
                with anyio.fail_after(30):
                    await told.wait()
            else:
                await anyio.to_thread.run_sync(served.app._engine.start)
            status = await served.get(path, root)
            ended.set()
            tasks.cancel_scope.cancel()
        await anyio.to_thread.run_sync(served.app._engine.stop, 5.0)
        return status, [json.loads(item.page) for item in served.items]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what frameworks warn of among themselves
        return anyio.run(run)


@pytest.mark.parametrize(("name", "path", "template"), PAGES)
def test_a_page_has_the_template_of_its_route(tmp_path, name, path, template):
    """What a visitor typed is not in it, and it is there."""
    assert _page_of(tmp_path, name, path) == (200, [template])


def test_where_it_is_mounted_stays(tmp_path):
    """The server's prefix is the operator's word."""
    assert _page_of(tmp_path, "flask_asgiref", f"/reset/{WORD}", "/shop") == (
        200,
        ["/shop/reset/{token}"],
    )
