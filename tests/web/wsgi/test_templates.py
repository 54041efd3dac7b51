"""Pages of WSGI frameworks have the template of their route, and never what a visitor typed."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace
from wsgiref.util import shift_path_info

import pytest
from flask import Blueprint, Flask, Response
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

WORD = "s3cretW0rd"


def flask_app():
    """Return a Flask application with a blueprint and converters."""
    app = Flask(__name__)
    shop = Blueprint("shop", __name__, url_prefix="/shop")

    @app.get("/")
    def home():
        return "<p>home"

    @app.get("/users/<name>/orders/<int:number>/")
    def order(name, number):
        return f"<p>{len(name)} {number}"

    @app.get("/streamed/<path:rest>")
    def streamed(rest):
        return Response(iter(["<p>", str(len(rest))]), mimetype="text/html")

    @shop.get("/<any(red, blue):colour>/<uuid:id>")
    def thing(colour, id):  # noqa: A002 - as a route may call it
        return f"<p>{colour} {id}"

    app.register_blueprint(shop)
    return app


def django_app():
    """Return a Django application."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "routers"))
    frameworks = importlib.import_module("frameworks")
    sys.path.pop(0)
    frameworks.django()
    return importlib.import_module("django.core.wsgi").get_wsgi_application()


def falcon_app():
    """Return a Falcon application."""
    import falcon

    class Page:
        def on_get(self, _request, response, **given):
            response.content_type, response.text = "text/html", f"<p>{len(given)}"

    app = falcon.App()
    app.add_route("/reset/{token}", Page())
    return app


def bottle_like(environ, start):
    """Leave its route there as Bottle does."""
    environ["bottle.route"] = SimpleNamespace(rule="/reset/<token:re:[a-z]+>")
    start("200 OK", [("Content-Type", "text/html")])
    return [b"<p>"]


ORDER = f"/users/{WORD}/orders/7/"
PLACE = "/shop/red/11111111-2222-3333-4444-555555555555"
PAGES = [
    (flask_app, "/", "/"),
    (flask_app, ORDER, "/users/{name}/orders/{number}/"),
    (flask_app, f"/streamed/a/{WORD}", "/streamed/{rest}"),
    (flask_app, PLACE, "/shop/{colour}/{id}"),
    (flask_app, f"/none/{WORD}", None),
    (lambda: ProxyFix(flask_app()), ORDER, "/users/{name}/orders/{number}/"),
    (lambda: flask_app().wsgi_app, ORDER, "/users/{name}/orders/{number}/"),
    (lambda: DispatcherMiddleware(flask_app(), {"/api": flask_app()}), f"/api{ORDER}",
     "/api/users/{name}/orders/{number}/"),
    (lambda: DispatcherMiddleware(flask_app(), {"/api": flask_app()}), ORDER,
     "/users/{name}/orders/{number}/"),
    (lambda: DispatcherMiddleware(flask_app(), {"/a": DispatcherMiddleware(None, {"/b": flask_app()})}),
     f"/a/b{ORDER}", "/a/b/users/{name}/orders/{number}/"),
    (django_app, f"/reset/{WORD}/", "/reset/{token}/"),
    (django_app, f"/users/{WORD}/orders/7/", "/users/{name}/orders/{id}/"),
    (falcon_app, f"/reset/{WORD}", "/reset/{token}"),
    (lambda: bottle_like, f"/reset/{WORD}", "/reset/{token}"),
    (lambda: bottle_like, f"/reset/{WORD}", "/reset/{token}"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "path", "template"), PAGES)
def test_a_page_has_the_template_of_its_route(around, pages, make, path, template):
    """Whether the framework leaves it there or its router is asked."""
    status, _ = around(make()).serve(path=path)
    assert pages == ([template] if status.startswith("200") else [])
    assert (template is None) is not status.startswith("200")


def test_where_it_is_mounted_stays(around, pages):
    """The server's prefix is the operator's word."""
    for make, path, template in PAGES[:2]:
        around(make()).serve(path=path, SCRIPT_NAME="/site")
        assert pages.pop() == f"/site{template}"


def test_a_prefix_that_a_visitor_typed_gives_no_template(around, pages):
    """Middleware that shifts the path moves what was typed into the prefix."""
    app = flask_app()

    def shifting(environ, start):
        shift_path_info(environ)
        return app.wsgi_app(environ, start)

    around(shifting).serve(path=f"/{WORD}{ORDER}")
    assert pages == [None]


def test_a_pattern_names_what_no_router_knows(around, pages):
    """As configured."""

    def app(_environ, start):
        start("200 OK", [("Content-Type", "text/html")])
        return [b"<p>"]

    around(app).serve(path=f"/a/{WORD}")
    around(app).serve(path=f"/other/{WORD}")
    assert pages == ["/a/{word}", None]


def test_the_application_may_name_its_page(around, pages):
    """Scrubbed, as it may be a path."""

    def app(environ, start):
        environ["privacykit.privacy"].page = "/mail/anna@example.org"
        start("200 OK", [("Content-Type", "text/html")])
        return [b"<p>"]

    around(app).serve()
    assert pages == ["/mail/[id]"]


def test_a_broken_router_is_no_failure_of_the_request(around, pages, monkeypatch):
    """It is counted, and the page has no name."""
    server = around(flask_app())
    monkeypatch.setattr(server.app, "_templates", None)
    assert server.serve(path="/") == ("200 OK", b"<p>home")
    assert pages == []
