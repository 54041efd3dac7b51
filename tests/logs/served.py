"""
A small application for real servers.

``GUARD`` says who covers the logs: ``middleware`` is the real one; ``filter`` is the filter alone,
behind something that weakens the client in place; ``alone`` is the filter alone.
"""

from __future__ import annotations

import os
from types import SimpleNamespace

from privacykit import PrivacyMiddleware
from privacykit.logs import install, note_route

GUARD = os.environ["GUARD"]
ROUTE = SimpleNamespace(path="/users/{name}")


async def answer(scope, receive, send):
    """Answer 200, accept websockets, and refuse the one at /closed."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    if GUARD == "filter":
        scope["client"] = ("127.0.0.0", 0)
    if scope["path"].startswith("/users/"):
        scope["route"] = ROUTE
        if GUARD != "middleware":
            note_route(ROUTE.path)
    if scope["type"] == "websocket":
        await receive()
        kind = "websocket.close" if scope["path"] == "/closed" else "websocket.accept"
        await send({"type": kind})
        if kind == "websocket.accept":
            await send({"type": "websocket.close"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


if GUARD == "middleware":
    app = PrivacyMiddleware(answer, os.environ["CONFIG"])
else:
    install(paths=os.environ.get("LOG_PATHS", "cleaned"))
    app = answer
