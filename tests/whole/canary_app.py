"""An application that does everything an application can do with what a visitor sent."""

from __future__ import annotations

import os

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, StreamingResponse
from starlette.routing import Mount, Route, WebSocketRoute

from privacykit.errors import PrivacyKitError

USER, COOKIE = os.environ.get("CANARY_USER", "user"), os.environ.get("CANARY_COOKIE", "cookie")
TOKEN = os.environ.get("CANARY_TOKEN", "token")


async def page(request):
    """Emit with all that it was given, identify, rate-limit, set cookies."""
    privacy = request.state.privacy
    privacy.identify(USER)
    given = {
        "query": str(request.url),
        "mail": request.query_params.get("mail", ""),
        "client": request.client.host,
        "referrer": request.headers.get("referer", ""),
        "contact": 4711,
    }
    privacy.emit("seen", props=given)
    await privacy.emit_durably("kept", "profile", props=given)
    for wrong in (privacy.allows, privacy.emit, privacy.raw_address):
        try:
            wrong(request.path_params["name"] * 9)
        except PrivacyKitError as error:
            print("the application says:", error)
    raw = privacy.raw_address("security")
    print("the application says:", raw, repr(privacy), privacy.rate_limit_key())
    response = HTMLResponse("ok")
    response.set_cookie("session", COOKIE)
    response.set_cookie("_ga", COOKIE)
    response.set_cookie(f"cart_{TOKEN}", COOKIE)
    return response


async def form(request):
    """Take a form and keep nothing."""
    await request.form()
    return HTMLResponse("ok")


async def stream(_):
    """Stream a page."""

    async def lines():
        yield "one"
        yield "two"

    return StreamingResponse(lines(), media_type="text/html")


async def broken(_):
    """Fail without words of its own."""
    raise ZeroDivisionError


async def live(socket):
    """Echo once."""
    await socket.accept()
    await socket.send_text(await socket.receive_text())
    await socket.close()


app = Starlette(
    routes=[
        Route("/users/{name}/{mail}", page),
        Route("/form", form, methods=["POST"]),
        Mount("/deep/{name}", routes=[Route("/{mail}", stream)]),
        Route("/broken", broken),
        WebSocketRoute("/live", live),
    ]
)
