"""Tests of route templates on the real Starlette router."""

import anyio
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from privacykit.web.template import Templates


async def _ok(_):
    return PlainTextResponse("ok")


async def _asgi(scope, receive, send):
    await PlainTextResponse("ok")(scope, receive, send)


APP = Starlette(
    routes=[
        Route("/", _ok),
        Route("/reset/{token}", _ok),
        Mount("/users/{name}", routes=[Route("/orders/{id:int}", _ok), Route("/", _ok)]),
        Mount("/files", app=_asgi),
        Mount("/by-number/{number:int}", routes=[Route("/{name}", _ok)]),
        Mount("/by-id/{id:uuid}", routes=[Route("/", _ok)]),
        Mount("/a/{letter}", routes=[Route("/", _ok)]),
        Mount("/tree/{branch:path}", routes=[Route("/leaf", _ok)]),
        Mount(
            "/outer/{name}", routes=[Mount("/in/{id}", app=Starlette(routes=[Route("/x", _ok)]))]
        ),
        Mount("/twice/{name}", routes=[Route("/{name}", _ok)]),
    ]
)


def _template(path: str, root_path: str = "", pattern=None) -> str:
    scope = {
        "type": "http",
        "method": "GET",
        "path": root_path + path,
        "root_path": root_path,
        "headers": [],
        "query_string": b"",
    }

    async def run() -> None:
        async def send(_):
            pass

        await APP(scope, None, send)

    anyio.run(run)
    return Templates(pattern).of(scope)


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/", '"/"'),
        ("/reset/s3cret", '"/reset/{token}"'),
        ("/users/ann@mail.example/orders/7", '"/users/{name}/orders/{id}"'),
        ("/users/ann/", '"/users/{name}/"'),
        ("/files/secret.pdf", '"/files/{path}"'),
        ("/missing/s3cret", "null"),
        ("/by-number/007/ann", '"/by-number/{number}/{name}"'),
        ("/by-id/F47AC10B-58CC-4372-A567-0E02B2C3D479/", '"/by-id/{id}/"'),
        ("/a/a/", '"/{letter}/{letter}/"'),
        ("/tree/s3cret/ann/leaf", "null"),
        ("/outer/ann/in/7/x", '"/outer/{name}/in/{id}/x"'),
        ("/twice/s3cret/ann", "null"),
    ],
)
def test_the_template_stands_for_the_path(path, template):
    """Nothing of what a visitor typed into the path is in the page."""
    assert template == _template(path)


def test_a_prefix_of_the_server_is_kept():
    """Where the application is mounted by its server is no secret."""
    assert _template("/reset/s3cret", "/shop") == '"/shop/reset/{token}"'


def test_patterns_stand_in_for_routes():
    """An application without routes gets its pages from patterns."""
    assert _template("/missing/x", pattern=lambda _: "/missing/*") == '"/missing/*"'
