"""Small applications of each framework, with a page that a visitor's word is in."""

from __future__ import annotations

import importlib
import sys


def django():
    """Return a Django application under ASGI."""
    from django.conf import settings
    from django.http import HttpResponse

    def view(_, **__):
        return HttpResponse("<p>hello")

    if not settings.configured:
        settings.configure(
            SECRET_KEY="x",
            ROOT_URLCONF="framework_urls",
            ALLOWED_HOSTS=["*"],
            MIDDLEWARE=["django.middleware.locale.LocaleMiddleware"],
            LANGUAGES=[("en-us", "English"), ("de", "Deutsch"), ("pt-br", "Português")],
        )
    urls = importlib.import_module("types").ModuleType("framework_urls")
    from django.conf.urls.i18n import i18n_patterns
    from django.urls import include, path, re_path
    from django.utils.translation import activate

    async def in_another_language(_, **__):
        activate("pt-br")  # as for somebody who has chosen one, whatever the path says
        return HttpResponse("<p>hello")

    spoken = (path("terms/<slug:part>/", in_another_language), path("ad/<int:number>/", view))
    urls.urlpatterns = [
        *i18n_patterns(*spoken, prefix_default_language=False),
        path("reset/<token>/", view),
        path("users/<slug:name>/", include([path("orders/<int:id>/", view)])),
        re_path(r"^blog/(?P<year>[0-9]{4})/$", view),
    ]
    sys.modules["framework_urls"] = urls
    importlib.import_module("django").setup()
    from django.core.asgi import get_asgi_application

    return get_asgi_application()


def litestar():
    """Return a Litestar application."""
    from litestar import Litestar, MediaType, get

    @get("/reset/{token:str}", media_type=MediaType.HTML, sync_to_thread=False)
    def page(token: str) -> str:
        return f"<p>{len(token)}"

    page.fn.__annotations__.update({"token": str, "return": str})
    return Litestar([page])


def quart():
    """Return a Quart application, wrapped where its documentation says: ``app.asgi_app``."""
    from quart import Blueprint, Quart

    app = Quart("shop")
    users = Blueprint("users", "users", url_prefix="/users/<name>")

    @app.get("/reset/<token>")
    async def page(token):
        return f"<p>{len(token)}"

    @users.get("/orders/<int:id>/")
    async def order(name, id):  # noqa: A002
        return f"<p>{len(name)} {id}"

    app.register_blueprint(users)
    return app.asgi_app


def blacksheep():
    """Return a BlackSheep application."""
    from blacksheep import Application, html

    app = Application()

    async def page(token: str):
        return html(f"<p>{len(token)}")

    page.__annotations__["token"] = str
    app.router.add_get("/reset/{token}", page)
    return app


def sanic():
    """Return a Sanic application."""
    from sanic import Sanic, response

    Sanic.test_mode = True
    app = Sanic("shop", configure_logging=False)

    @app.get("/reset/<token>")
    async def page(_, token):
        return response.html(f"<p>{len(token)}")

    return app


def _flask():
    from flask import Flask

    app = Flask("shop")

    @app.get("/reset/<token>")
    def page(token):
        return f"<p>{len(token)}"

    return app


def flask_asgiref():
    """Return a Flask application behind asgiref."""
    from asgiref.wsgi import WsgiToAsgi

    return WsgiToAsgi(_flask())


def flask_a2wsgi():
    """Return a Flask application behind a2wsgi, as a bound method."""
    from a2wsgi import WSGIMiddleware

    return WSGIMiddleware(_flask().wsgi_app)


def falcon():
    """Return a Falcon application under ASGI."""
    import falcon

    class Page:
        async def on_get(self, _, response, token):
            response.content_type, response.text = falcon.MEDIA_HTML, f"<p>{len(token)}"

    asgi = importlib.import_module("falcon.asgi")
    app = asgi.App()
    app.add_route("/reset/{token}", Page())
    return app


def datasette():
    """Return Datasette with a database in memory."""
    from datasette.app import Datasette

    return Datasette(memory=True).app()


def closure():
    """Return an application inside a function, as decorators make them."""
    inner = quart()

    async def outer(scope, receive, send):
        await inner(scope, receive, send)

    return outer
