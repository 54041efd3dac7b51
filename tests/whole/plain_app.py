"""A page and a call, wrapped; started by the tests as `plain_app:app` under servers of others."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from privacykit import PrivacyMiddleware


async def page(_):
    """Show a page."""
    return HTMLResponse("<p>hello")


async def client(request):
    """Show who asks, as far as the application sees it."""
    return JSONResponse([request.client.host, request.headers.get("x-forwarded-for")])


app = Starlette(routes=[Route("/", page), Route("/client", client)])
app.add_middleware(PrivacyMiddleware)
