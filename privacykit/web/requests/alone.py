"""The ASGI application of a server that takes subject requests only: beside our pages, nothing."""

from __future__ import annotations

from privacykit.web.asgi import Receive, Send
from privacykit.web.scope import Scope

NOTHING = b"nothing but subject requests is served here\n"


async def nothing_else(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 404 to whatever our pages did not; a websocket is refused."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1000})
    else:
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 404, "headers": headers})
        await send({"type": "http.response.body", "body": NOTHING})
