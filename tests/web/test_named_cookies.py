"""Cookies with a purpose, set in each framework: not set, or set and gated from then on."""

from __future__ import annotations

import pytest
from flask import Flask, g, request
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from werkzeug.test import Client

from privacykit import InputError, PrivacyMiddleware, PrivacyWSGIMiddleware
from privacykit.collect.privacy import NO_PRIVACY
from privacykit.flask import PrivacyKit
from privacykit.geo.synthetic import address_of
from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.testing.layout import CONFIG, lay_out


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """An engine whose threads run."""
    path = lay_out(tmp_path_factory.mktemp("named"), CONFIG)
    engine = build(load(path), base=str(path))
    engine.start()
    yield engine
    engine.stop(5)


def cookie_of(engine, *granted):
    """Return the ``Cookie`` header of a visitor who allowed *granted*."""
    choices = engine.runtime.site_days["shop"].choices
    return choices.grant("record", granted, engine.runtime.clock()).partition(";")[0]


def starlette_app():
    """Set one cookie by the helper, tell which came in."""

    async def page(request):
        response = PlainTextResponse(" ".join(sorted(request.cookies)))
        request.state.privacy.set_cookie(response, "seg", "1", purpose="ads", max_age=60)
        return response

    return Starlette(routes=[Route("/", page)])


def flask_app(engine):
    """The same in Flask."""
    app = Flask(__name__)
    PrivacyKit(app, engine)

    @app.get("/")
    def page():
        response = app.make_response(" ".join(sorted(request.cookies)))
        g.privacy.set_cookie(response, "seg", "1", purpose="ads", max_age=60)
        return response

    return app


def plain_app(environ, start_response):
    """The same with nothing but headers."""
    environ["privacykit.privacy"].name_cookie("seg", "ads")
    names = [part.partition("=")[0].strip() for part in environ.get("HTTP_COOKIE", "").split(";")]
    lines = [("Content-Type", "text/plain"), ("Set-Cookie", "seg=1; Max-Age=60; Path=/")]
    start_response("200 OK", lines)
    return [" ".join(sorted(names)).encode()]


@pytest.fixture(params=["starlette", "flask", "plain"])
def ask(request, engine):
    """Ask an application in a framework with cookies; return its body and the cookies it sets."""
    if request.param == "starlette":
        asgi = TestClient(PrivacyMiddleware(starlette_app(), engine), client=("127.0.0.1", 5000))

        def get(headers):
            answer = asgi.get("/", headers=headers)
            return answer.text, answer.headers.get_list("set-cookie")
    else:
        wsgi = (
            flask_app(engine)
            if request.param == "flask"
            else PrivacyWSGIMiddleware(plain_app, engine)
        )
        client = Client(wsgi, use_cookies=False)

        def get(headers):
            answer = client.get("/", headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"})
            return answer.text, answer.headers.getlist("Set-Cookie")

    def ask(cookie=""):
        place = {"x-forwarded-for": address_of("DE", 9), "host": "shop.example"}
        return get({**place, **({"cookie": cookie} if cookie else {})})

    return ask


def test_a_cookie_of_what_may_not_happen_is_not_set(ask):
    """Nor is its marker."""
    assert ask() == ("", [])


def test_a_cookie_of_what_may_happen_is_set_with_its_marker(ask, engine):
    """The marker for the same path and life."""
    body, lines = ask(cookie_of(engine, "ads"))
    pairs = {line.partition(";")[0]: line.partition(";")[2].split("; ") for line in lines}
    assert body == "pk-yes"
    assert list(pairs) == ["seg=1", "pk-for-seg=ads"]
    assert pairs["seg=1"] == pairs["pk-for-seg=ads"]


def test_it_is_gated_when_the_browser_sends_it(ask):
    """In another process and after a restart too: the marker says so."""
    body, _ = ask("seg=1; pk-for-seg=ads; session=2")
    assert body == "session"


def test_it_is_seen_while_its_purpose_may_happen(ask, engine):
    """As one that is listed."""
    body, _ = ask(f"seg=1; pk-for-seg=ads; {cookie_of(engine, 'ads')}")
    assert "seg" in body.split()


@pytest.fixture
def decided(engine):
    """Run a function on the decision about a request; return its result and the cookies set."""
    told = []

    def run(work, cookie=""):
        async def page(request):
            response = PlainTextResponse("ok")
            told.append(work(request.state.privacy, response))
            return response

        app = PrivacyMiddleware(Starlette(routes=[Route("/", page)]), engine)
        headers = {"x-forwarded-for": address_of("DE", 9), "host": "shop.example", "cookie": cookie}
        answer = TestClient(app, client=("127.0.0.1", 5000)).get("/", headers=headers)
        return told.pop(), answer.headers.get_list("set-cookie")

    return run


@pytest.mark.parametrize(("name", "purpose"), [("_ga", "necessary"), ("session", "ads")])
def test_a_conflict_with_a_rule_takes_the_stricter(decided, name, purpose):
    """Whichever of the two is denied: nothing is set, and the caller is told."""
    told, lines = decided(lambda privacy, it: privacy.set_cookie(it, name, "1", purpose=purpose))
    assert (told, lines) == (False, [])


def test_two_names_for_one_cookie_take_the_stricter(decided, engine):
    """Both stand in the marker."""

    def work(privacy, response):
        privacy.name_cookie("seg", "necessary")
        return privacy.set_cookie(response, "seg", "1", purpose="ads", path="/x")

    assert decided(work) == (False, [])
    _, lines = decided(work, cookie_of(engine, "ads"))
    assert lines[1].startswith("pk-for-seg=ads/necessary; Path=/x")


def test_a_plain_line_of_the_same_name_is_gated_too(decided):
    """It does not matter who writes the line."""

    def work(privacy, response):
        response.set_cookie("seg", "1")
        return privacy.name_cookie("seg", "ads")

    assert decided(work) == (False, [])


def test_no_marker_says_what_a_rule_says(decided, engine):
    """What is listed for the same purpose is known already."""
    told, lines = decided(
        lambda privacy, it: privacy.set_cookie(it, "_ga", "1", purpose="ads"),
        cookie_of(engine, "ads"),
    )
    assert told
    assert [line.partition("=")[0] for line in lines] == ["_ga"]


def _refused(privacy, name, purpose):
    try:
        return privacy.name_cookie(name, purpose)
    except InputError as error:
        return str(error)


@pytest.mark.parametrize(
    ("name", "purpose", "words"),
    [
        ("seg", "nothing", "no such purpose"),
        ("seg", "analytics", "stores nothing"),
        ("a b", "ads", "not a name"),
        ("", "ads", "not a name"),
        (None, "ads", "not a name"),
        ("a\ud800", "ads", "not a name"),
    ],
)
def test_what_cannot_be_is_an_error_of_input(decided, name, purpose, words):
    """Of an exemption for which nothing is stored, no cookie can be."""
    told, _ = decided(lambda privacy, _: _refused(privacy, name, purpose))
    assert words in told


def test_when_we_failed_no_cookie_is_set():
    """Nothing was decided, so nothing may happen."""
    response = PlainTextResponse("ok")
    assert not NO_PRIVACY.set_cookie(response, "seg", "1", purpose="necessary")
    assert not NO_PRIVACY.name_cookie("seg", "necessary")
    assert "set-cookie" not in response.headers


def test_a_refusal_ends_it_and_its_marker(engine):
    """As if it were listed: both end with the next page."""

    async def page(_):
        return PlainTextResponse("ok", media_type="text/html")

    app = PrivacyMiddleware(Starlette(routes=[Route("/", page)]), engine)
    headers = {
        "x-forwarded-for": address_of("DE", 9),
        "host": "shop.example",
        "cookie": "seg=1; pk-for-seg=ads; pk-no=ads:2026-11",
    }
    answer = TestClient(app, client=("127.0.0.1", 5000)).get("/", headers=headers)
    ended = {line.partition(";")[0] for line in answer.headers.get_list("set-cookie")}
    assert ended == {"seg=", "pk-for-seg="}
