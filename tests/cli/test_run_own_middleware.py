"""`privacykit run` of an application that wraps itself, with and without a configuration."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from privacykit.stores.keys import init_keys
from tests.cli.test_run import CONFIG, ask, running
from tests.waiting import eventually

PERSON = """
def person(request):
    return dict(part.split("=") for part in request.cookie.decode().split("; ") if part).get("user")
"""
FLASK = """
from flask import Flask, g, request, url_for
from privacykit.flask import PrivacyKit

def make():
    app = Flask(__name__)

    @app.get("/users/<name>")
    def page(name):
        return f"{request.remote_addr} {g.privacy.allows('analytics')} {url_for('privacykit.data')}"

    PrivacyKit(app, person=person)
    return app

app = make()
"""
STARLETTE = """
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from privacykit import PrivacyMiddleware

async def page(request):
    allowed = request.state.privacy.allows("analytics")
    return PlainTextResponse(f"{request.client.host} {allowed} /privacy/data")

def make():
    app = Starlette(routes=[Route("/users/{name}", page)])
    app.add_middleware(PrivacyMiddleware, person=person)
    return app

app = make()
"""
FASTAPI = """
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse
from privacykit import PrivacyMiddleware
from privacykit.fastapi import GivenPrivacy

app = FastAPI()
app.add_middleware(PrivacyMiddleware, person=person)

@app.get("/users/{name}", response_class=PlainTextResponse)
def page(name: str, request: Request, privacy: GivenPrivacy):
    return f"{request.client.host} {privacy.allows('analytics')} /privacy/data"
"""
DJANGO = """
from django.conf import settings
from django.http import HttpResponse
from django.urls import include, path, reverse

settings.configure(
    SECRET_KEY="k" * 50,
    ROOT_URLCONF="shop",
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["privacykit.django"],
    MIDDLEWARE=["privacykit.django.middleware.PrivacyDjangoMiddleware"],
    PRIVACYKIT={"PERSON": "shop.person"},
)

def page(request, name):
    told = (request.META["REMOTE_ADDR"], request.privacy.allows("analytics"))
    return HttpResponse(" ".join(map(str, (*told, reverse("privacykit:data")))))

urlpatterns = [path("users/<name>", page), path("", include("privacykit.django.urls"))]

def wsgi():
    from django.core.wsgi import get_wsgi_application
    return get_wsgi_application()

def asgi():
    from django.core.asgi import get_asgi_application
    return get_asgi_application()
"""
APPLICATIONS = {
    "flask": (FLASK, "shop:app"),
    "flask factory, processes": (FLASK, "shop:make", "--factory", "--workers", "2"),
    "flask, reload": (FLASK, "shop:app", "--reload"),
    "starlette": (STARLETTE, "shop:app"),
    "starlette factory, processes": (STARLETTE, "shop:make", "--factory", "--workers", "2"),
    "fastapi": (FASTAPI, "shop:app"),
    "django, wsgi": (DJANGO, "shop:wsgi", "--factory"),
    "django, asgi": (DJANGO, "shop:asgi", "--factory"),
}
PAGE = "127.0.0.0 True /privacy/data"


def is_served(folder, name):
    """Serve the application called *name*; assert that it runs and that its hook is asked."""
    code, *options = APPLICATIONS[name]
    (folder / "shop.py").write_text(PERSON + code, encoding="utf-8")
    with running(folder, *options) as (port, printed):
        # The first requests start us, and may not wait long enough for it.
        assert eventually(lambda: ask(port, "/users/anna")[2] == PAGE), (
            ask(port, "/users/anna"),
            printed(),
        )
        own = {"Origin": f"http://127.0.0.1:{port}", "Sec_Fetch_Site": "same-origin"}
        # Another process may answer, which starts only now.
        assert eventually(
            lambda: "say the same" in ask(port, "/privacy/account", Cookie="user=anna")[2]
        )
        assert "You are not signed in" in ask(port, "/privacy/account")[2]
        assert eventually(lambda: '/privacy/account"' in ask(port, "/privacy/")[2])
        assert proven_by(port, Cookie="user=anna", **own) == ["account"]
        assert proven_by(port, **own) == []
        said = printed()
    # A slow machine may say that a store is slow; no start was refused.
    assert [word for word in ("Traceback", "PK0", "anna") if word in said] == [], said
    return said


def proven_by(port, **headers):
    """Return by what the data page knows who asks."""
    status, _, body = ask(port, "/privacy/data.json", "POST", **headers)
    assert status == 200, body
    return json.loads(body)["found_by"]


@pytest.mark.slow
@pytest.mark.parametrize("name", APPLICATIONS)
def test_the_application_s_own_hook_is_asked(tmp_path, name):
    """Who is signed in reaches their account and their data, though ours wraps from outside."""
    (tmp_path / "privacykit.toml").write_text(CONFIG, encoding="utf-8")
    init_keys(tmp_path / "privacykit.keys", datetime.now(UTC))
    assert "trial mode" not in is_served(tmp_path, name)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["flask factory, processes", "starlette", "fastapi", "django, wsgi", "django, asgi"]
)
def test_a_trial_serves_an_application_that_wraps_itself(tmp_path, name):
    """Its own wrapper has no configuration either, and acts by the trial's."""
    assert "trial mode" in is_served(tmp_path, name)
