"""Pages that all say "keep me": some look at the decision, some do not."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

PUBLIC = {"cache-control": "public, max-age=600, s-maxage=900"}
served = 0


def counted(text):
    """Return a page that says which one it is."""
    global served  # noqa: PLW0603 - the number of the page
    served += 1
    return PlainTextResponse(f"{served} {text}", headers=PUBLIC)


async def plain(_):
    """Look at nothing."""
    return counted("plain")


async def adverts(request):
    """Show what may be shown."""
    return counted("ads" if request.state.privacy.allows("ads") else "none")


async def place(request):
    """Show where the visitor is."""
    return counted(request.state.privacy.place)


async def visitor(request):
    """Show who the visitor is."""
    return counted(request.state.privacy.visitor)


async def signal(request):
    """Show what the browser said."""
    return counted(str(request.state.privacy.gpc))


async def reasons(request):
    """Show why."""
    return counted(str(request.state.privacy.decision["ads"].reasons[0].jurisdiction))


async def cookie(request):
    """Show and set a cookie of advertising."""
    response = counted(request.cookies.get("_ga", "none"))
    response.set_cookie("_ga", "1")
    return response


async def only_set(_):
    """Set a cookie of advertising."""
    response = counted("set")
    response.set_cookie("_ga", "1")
    return response


PAGES = (adverts, place, visitor, signal, reasons, cookie, only_set)
app = Starlette(
    routes=[Route("/plain", plain), *(Route(f"/{page.__name__}", page) for page in PAGES)]
)
