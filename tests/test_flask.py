"""The Flask extension: in Flask's conventions, beside what its users have already."""

from __future__ import annotations

import json
import sys

import pytest
from flask import Flask, g, render_template_string, url_for
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from privacykit import ConfigurationError
from privacykit.collect.privacy import NO_PRIVACY
from privacykit.errors import MissingExtraError
from privacykit.flask import PrivacyKit, banner, current
from privacykit.geo.synthetic import address_of
from privacykit.testing.layout import CONFIG, lay_out

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
VISITOR = {"X-Forwarded-For": address_of("DE", 9), "User-Agent": FIREFOX, "Host": "shop.example"}


def make():
    """Return an application as its author wrote it."""
    app = Flask(__name__)
    app.config["TESTING"] = True

    @app.before_request
    def early():
        g.asked_early = g.privacy.allows("ads")

    @app.get("/users/<name>")
    def user(name):
        g.privacy.emit_durably_sync("seen", props={"long": len(name)})
        return render_template_string(
            "{{ privacy.place }} {{ privacy.allows('ads') }} {{ request.remote_addr }}"
            " {{ request.access_route|length }} {{ g.asked_early }}"
        )

    @app.get("/asks/7")
    def asks():
        return render_template_string("{{ privacy_banner('de', script=False) }}")

    @app.get("/async")
    async def waits():
        told = await g.privacy.emit_durably("waited")
        return {"told": repr(told)}

    @app.errorhandler(404)
    def lost(_error):
        return f"lost {g.privacy.place}", 404

    return app


@pytest.fixture
def open_(tmp_path):
    """Extend applications; their engines end with the test."""
    opened = []

    def extend(app=None, config=CONFIG, **given):
        app = app or make()
        PrivacyKit(app, lay_out(tmp_path, config), **given)
        engine = app.extensions["privacykit"]
        engine.start()  # or the first request would, and may not wait long enough for it
        engine.items = []
        accept = engine.runtime.accept
        engine.runtime.accept = lambda item: engine.items.append(item) or accept(item)
        opened.append(engine)
        return app

    yield extend
    for engine in opened:
        engine.stop(5)


def get(app, path, **headers):
    """Ask as a visitor from Germany does."""
    sent = VISITOR | {name.replace("_", "-"): value for name, value in headers.items()}
    return app.test_client().get(path, headers=sent)


def test_views_templates_and_handlers_know_the_decision(open_):
    """In `g`, before the application's own functions, and in the context of templates."""
    app = open_()
    answer = get(app, "/users/jane")
    assert answer.text == "DE False 240.56.0.0 1 False"
    assert answer.headers["cache-control"] == "private"
    assert get(app, "/nowhere").text == "lost DE"


def test_the_data_page_asks_the_hook_who_is_signed_in(open_):
    """The application's own session cookie says it."""
    app = open_(person=lambda request: "u7" if b"session=a" in request.cookie else None)
    origin = VISITOR | {"Origin": "http://shop.example"}
    found = [
        app.test_client(use_cookies=False)
        .post("/privacy/data.json", headers=origin | {"Cookie": f"session={session}"})
        .get_json()["found_by"]
        for session in ("a", "b")
    ]
    assert found == [["account"], []]


def test_the_banner_is_in_the_context_of_templates(open_):
    """In the language named, unescaped, with the page to come back to."""
    answer = get(open_(), "/asks/7?page=2")
    assert '<section class="privacy-banner" lang="de"' in answer.text
    assert 'name="next" value="/asks/7?page=2"' in answer.text
    assert "<script" not in answer.text
    assert answer.headers["cache-control"] == "private, no-store"


def test_below_a_dispatcher_the_banner_posts_to_the_pages_of_the_whole(open_):
    """The script name of an inner application is not where our pages are."""
    inner, outer = Flask("inner"), Flask("outer")
    inner.add_url_rule("/asks/7", view_func=lambda: str(banner("de")))
    outer.wsgi_app = DispatcherMiddleware(outer.wsgi_app, {"/inner": inner})
    answer = get(open_(outer), "/inner/asks/7")
    assert 'action="/privacy/choice?lang=de"' in answer.text
    assert 'name="next" value="/inner/asks/7"' in answer.text


def test_the_page_is_the_rule_and_never_the_path(open_):
    """Without a word of the application's."""
    app = open_()
    get(app, "/users/jane")
    told = [json.loads(item.page) for item in app.extensions["privacykit"].items]
    assert told == ["/users/{name}"]


def test_an_asynchronous_view_may_wait_as_it_is_used_to(open_):
    """Flask runs it in a loop of its own."""
    pytest.importorskip("asgiref")
    assert get(open_(), "/async").json == {"told": "<Emission: accepted>"}


@pytest.mark.parametrize("outside", [False, True], ids=["inside", "outside"])
def test_proxyfix_stays_where_it_is(open_, outside):
    """Inside of ours it finds nothing to trust; outside of ours nobody is believed twice."""
    app = make()
    if not outside:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)
    app = open_(app)
    if outside:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)

    @app.get("/scheme")
    def scheme():
        return url_for("scheme", _external=True)

    told = get(app, "/users/jane").text.split()
    assert (told[0], told[2]) == (("ZZ", "0.0.0.0") if outside else ("DE", "240.56.0.0"))
    assert get(app, "/scheme", X_Forwarded_Proto="https").text == "https://shop.example/scheme"


def test_where_proxyfix_resolves_its_word_counts(open_):
    """`source = "scope"` is for that."""
    config = CONFIG.replace('source = "headers"\ntrusted_proxies = ["127.0.0.0/8"]', "")
    app = open_(make(), config)
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1)
    assert get(app, "/users/jane").text.split()[0] == "DE"


def test_our_pages_have_endpoints(open_):
    """For links; the middleware serves them, and the view does where it is not there."""
    app = open_()
    with app.test_request_context("/"):
        assert url_for("privacykit.preferences") == "/privacy/"
        assert url_for("privacykit.opt_out") == "/privacy/opt-out"
    assert b"<form" in get(app, "/privacy/").data
    inside = app.test_client()
    inside.application.wsgi_app = app.wsgi_app.app
    answer = inside.get("/privacy/opt-out", headers=VISITOR)
    assert (answer.status_code, "set-cookie" in answer.headers) == (503, False)


def test_one_extension_serves_many_applications(tmp_path):
    """As extensions do; and a second call does nothing."""
    extension = PrivacyKit(config=lay_out(tmp_path))
    first, second = make(), make()
    for app in (first, second, first):
        extension.init_app(app)
        app.extensions["privacykit"].start()
    assert get(first, "/users/jane").text.startswith("DE")
    assert get(second, "/users/jane").text.startswith("DE")
    assert first.extensions["privacykit"] is not second.extensions["privacykit"]
    for app in (first, second):
        app.extensions["privacykit"].stop(5)


def test_the_configuration_is_named_in_flasks(tmp_path):
    """And a wrong one stops the start, with every problem named."""
    app = make()
    app.config["PRIVACYKIT_CONFIG"] = lay_out(tmp_path)
    PrivacyKit().init_app(app)
    assert app.extensions["privacykit"].refusal is None
    other = make()
    other.config["PRIVACYKIT_CONFIG"] = tmp_path / "no.toml"
    with pytest.raises(ConfigurationError, match="PK010"):
        PrivacyKit(other)


def test_without_the_pages_there_is_no_blueprint(open_):
    """`[choice] enabled = false` means it."""
    config = CONFIG.replace("[choice]\n", "[choice]\nenabled = false\n")
    assert "privacykit" not in open_(make(), config).blueprints


def test_where_nothing_was_decided_nothing_is_allowed(open_):
    """Outside of a request, and in one that was made for a test."""
    app = open_()
    assert current() is NO_PRIVACY
    with app.test_request_context("/"):
        assert current() is NO_PRIVACY


def test_the_commands_are_flasks_too(open_, monkeypatch, capfd):
    """With their own options and their own help."""
    monkeypatch.setattr(sys, "argv", ["flask"])
    app = open_()
    result = app.test_cli_runner().invoke(args=["privacykit", "ip", "--help"])
    assert result.exit_code == 0
    assert "privacykit ip" in result.output + capfd.readouterr().out


def test_without_flask_the_extra_is_named(monkeypatch):
    """One clear error instead of an import error."""
    monkeypatch.setitem(sys.modules, "flask", None)
    monkeypatch.delitem(sys.modules, "privacykit.flask")
    with pytest.raises(MissingExtraError, match=r"privacykit\[flask\]"):
        __import__("privacykit.flask")
