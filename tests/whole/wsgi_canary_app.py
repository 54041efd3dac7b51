"""A Flask application that does everything an application can do with what a visitor sent."""

from __future__ import annotations

import os

from flask import Flask, Response, request

from privacykit import PrivacyWSGIMiddleware
from privacykit.errors import PrivacyKitError

USER, COOKIE = os.environ.get("CANARY_USER", "user"), os.environ.get("CANARY_COOKIE", "cookie")
TOKEN = os.environ.get("CANARY_TOKEN", "token")

app = Flask(__name__)


@app.get("/users/<name>/<mail>")
def page(name, mail):
    """Emit with all that it was given, identify, rate-limit, set cookies."""
    privacy = request.environ["privacykit.privacy"]
    privacy.identify(USER)
    given = {
        "query": request.url,
        "mail": mail,
        "client": request.remote_addr,
        "referrer": request.referrer or "",
        "contact": 4711,
    }
    privacy.emit("seen", props=given)
    privacy.emit_durably_sync("kept", "profile", props=given)
    for wrong in (privacy.allows, privacy.emit, privacy.raw_address):
        try:
            wrong(name * 9)
        except PrivacyKitError as error:
            print("the application says:", error)
    raw = privacy.raw_address("security")
    print("the application says:", raw, repr(privacy), privacy.rate_limit_key(), flush=True)
    response = Response("ok", mimetype="text/html")
    response.set_cookie("session", COOKIE)
    response.set_cookie("_ga", COOKIE)
    response.set_cookie(f"cart_{TOKEN}", COOKIE)
    return response


@app.post("/form")
def form():
    """Take a form and keep nothing."""
    return f"ok {len(request.form)}"


@app.get("/deep/<name>/<mail>")
def stream(name, mail):
    """Stream a page."""
    return Response(iter(["one", "two", str(len(name + mail))]), mimetype="text/html")


@app.get("/broken")
def broken():
    """Fail without words of its own."""
    raise ZeroDivisionError


def failing(environ, start_response):
    """Fail outside of the framework too, where the server has to say it."""
    if environ["PATH_INFO"].startswith("/lost"):
        raise ZeroDivisionError
    return app.wsgi_app(environ, start_response)


plain = failing
if os.environ.get("CANARY_WRAPPED"):
    wrapped = PrivacyWSGIMiddleware(failing)
