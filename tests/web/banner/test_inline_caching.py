"""Pages with the banner in them, in each framework: no cache shows the choice of another moment."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

import httpx2
import pytest
from starlette.testclient import TestClient

from privacykit import PrivacyMiddleware, privacy_banner
from privacykit.geo.synthetic import address_of
from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.testing.layout import lay_out
from privacykit.web.wsgi.edge import PrivacyWSGIEdge
from tests.web.banner.conftest import NAMED, OWN_PAGE

PAGE = "<!doctype html><body>{}<main>shop</main>"
KEPT = {
    "Cache-Control": "max-age=600, no-transform",
    "ETag": '"article-1"',
    "Last-Modified": "Mon, 30 Nov 2026 08:00:00 GMT",
    "Expires": "Mon, 30 Nov 2037 08:00:00 GMT",
}
"""What an application says of its own part of a page."""


def starlette():
    """Return a Starlette application."""
    from starlette.applications import Starlette
    from starlette.responses import HTMLResponse
    from starlette.routing import Route

    async def page(request):
        return HTMLResponse(PAGE.format(privacy_banner(request)), headers=KEPT)

    return Starlette(routes=[Route("/", page)])


def fastapi():
    """Return a FastAPI application."""
    from fastapi import FastAPI, Request
    from fastapi.responses import HTMLResponse

    app = FastAPI()

    async def page(request):
        return HTMLResponse(PAGE.format(privacy_banner(request)), headers=KEPT)

    page.__annotations__["request"] = Request
    app.get("/")(page)
    return app


def litestar():
    """Return a Litestar application."""
    from litestar import Litestar, MediaType, Request, Response, get

    async def page(request):
        body = PAGE.format(privacy_banner(request))
        return Response(body, media_type=MediaType.HTML, headers=KEPT)

    page.__annotations__ |= {"request": Request, "return": Response[str]}
    return Litestar([get("/")(page)])


def quart():
    """Return a Quart application."""
    from quart import Quart, request

    app = Quart("shop")

    @app.get("/")
    async def page():
        return PAGE.format(privacy_banner(request)), KEPT

    return app.asgi_app


def django():
    """Return a Django application under ASGI, whose middleware answers conditional requests."""
    from django.http import HttpResponse
    from django.urls import path

    sys.path.insert(0, "tests/web/routers")
    importlib.import_module("frameworks").django()
    sys.path.pop(0)
    from django.core.asgi import get_asgi_application
    from django.test import override_settings

    def page(request):
        return HttpResponse(PAGE.format(privacy_banner(request)), headers=KEPT)

    urls = sys.modules["banner_urls"] = ModuleType("banner_urls")
    urls.urlpatterns = [path("", page)]
    # A process has one configuration of Django, whoever made it first.
    ours = {
        "ROOT_URLCONF": "banner_urls",
        "ALLOWED_HOSTS": ["*"],
        "MIDDLEWARE": ["django.middleware.http.ConditionalGetMiddleware"],
    }
    with override_settings(**ours):
        answering = get_asgi_application()

    async def app(scope, receive, send):
        if scope["type"] == "http":  # of a lifespan Django knows nothing, and the client insists
            with override_settings(**ours):
                return await answering(scope, receive, send)
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        return await send({"type": "lifespan.shutdown.complete"})

    return app


def flask():
    """Return a Flask application, which answers conditional requests itself."""
    from flask import Flask, make_response, request

    app = Flask("shop")

    @app.get("/")
    def page():
        response = make_response(PAGE.format(privacy_banner(request)), KEPT)
        return response.make_conditional(request)

    return app.wsgi_app


FRAMEWORKS = (starlette, fastapi, litestar, quart, django, flask)


@pytest.fixture(params=FRAMEWORKS, ids=[made.__name__ for made in FRAMEWORKS])
def client(request, tmp_path):
    """A German browser at a shop of the framework, with real laws."""
    path, inner = lay_out(tmp_path, NAMED), request.param()
    engine = build(load(path), base=str(path))
    options = {
        "base_url": "http://shop.example",
        "follow_redirects": False,
        "headers": {"x-forwarded-for": address_of("DE", 9)},
    }
    if request.param is flask:
        engine.start()
        transport = httpx2.WSGITransport(PrivacyWSGIEdge(inner, engine))
        with httpx2.Client(transport=transport, **options) as made:
            yield made
        engine.stop(5.0)
        return
    app = PrivacyMiddleware(inner, engine)
    with TestClient(app, client=("127.0.0.1", 50_000), **options) as made:
        yield made


def test_no_cache_keeps_it_and_no_validator_vouches_for_it(client):
    """Whatever the application says of its part, which does not know of the banner."""
    answer = client.get("/")
    assert 'data-privacy-banner="asks"' in answer.text
    told = {name: answer.headers.get_list(name) for name in KEPT}
    assert told == {
        "Cache-Control": ["private, no-store, no-transform"],
        "ETag": [],
        "Last-Modified": [],
        "Expires": [],
    }
    varies = {name.strip() for name in answer.headers["vary"].split(",")}
    assert varies >= {"Cookie", "Sec-GPC", "DNT", "Accept-Language"}


def test_the_next_look_shows_the_choice(client):
    """Even of a client that sends whatever validators it was given."""
    first = client.get("/")
    client.post("/privacy/choice", data={"action": "refuse"}, headers=OWN_PAGE)
    known = {"if-none-match": first.headers.get("etag", "")} if "etag" in first.headers else {}
    again = client.get("/", headers=known)
    assert (again.status_code, 'data-privacy-banner="rests"' in again.text) == (200, True)
