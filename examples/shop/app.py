"""A small shop in Starlette that knows nothing of privacykit beyond ``request.state.privacy``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, StreamingResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

PRODUCTS = {"mug": "A mug", "lamp": "A lamp", "chair": "A chair", "clock": "A clock"}


def _page(title: str, body: str) -> HTMLResponse:
    return HTMLResponse(
        f"<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1>{body}"
        "<p><a href=/privacy/>Your privacy choices</a></p>"
    )


async def home(request: Request) -> HTMLResponse:
    """Show the shelf; an advertisement only where that may be."""
    shelf = "".join(f"<li><a href=/product/{id_}>{name}</a>" for id_, name in PRODUCTS.items())
    advert = "<p>Buy more mugs!" if request.state.privacy.allows("ads") else ""
    response = _page("The shop", f"<ul>{shelf}</ul>{advert}")
    response.set_cookie("session", "s-1")
    response.set_cookie("_ga_shop", "GA1.1.1")
    return response


async def product(request: Request) -> HTMLResponse:
    """Show one product."""
    name = PRODUCTS.get(request.path_params["sku"], "Something else")
    request.state.privacy.emit("view_item", props={"sku": request.path_params["sku"]})
    return _page(name, "<form method=post action=/cart><button>Buy</button></form>")


async def cart(request: Request) -> RedirectResponse:
    """Put something into the cart; the event is kept before the answer goes."""
    await request.state.privacy.emit_durably("add_to_cart")
    return RedirectResponse("/checkout", status_code=303)


async def checkout(request: Request) -> HTMLResponse:
    """Ask for a signature from somebody known."""
    request.state.privacy.identify("customer-1")
    request.state.privacy.emit("checkout", "profile")
    return _page("Checkout", "")


async def search(request: Request) -> HTMLResponse:
    """Search; what people type stays here."""
    return _page("Found", f"<p>{len(request.query_params.get('q', ''))} letters")


async def reset(request: Request) -> HTMLResponse:
    """Take a password-reset token, which no event and no log line may hold."""
    return _page("New password", f"<p>{len(request.path_params['token'])} letters")


async def stock(request: Request) -> JSONResponse:
    """Answer a script; not a page."""
    return JSONResponse({"limit_by": request.state.privacy.rate_limit_key()[:8]})


async def stream(_: Request) -> StreamingResponse:
    """Send server-sent events."""

    async def lines() -> AsyncIterator[str]:
        for i in range(3):
            yield f"data: {i}\n\n"
            await asyncio.sleep(0)

    return StreamingResponse(lines(), media_type="text/event-stream")


async def live(socket: WebSocket) -> None:
    """Echo one message."""
    await socket.accept()
    await socket.send_text(await socket.receive_text())
    await socket.close()


async def broken(request: Request) -> HTMLResponse:
    """Fail, as applications do."""
    return HTMLResponse(str(1 // int(not request.scope)))


app = Starlette(
    routes=[
        Route("/", home),
        Route("/product/{sku}", product),
        Route("/cart", cart, methods=["POST"]),
        Route("/checkout", checkout),
        Route("/search", search),
        Mount("/account/{name}", routes=[Route("/reset/{token}", reset)]),
        Route("/api/stock", stock),
        Route("/stream", stream),
        Route("/broken", broken),
        WebSocketRoute("/live", live),
    ]
)
