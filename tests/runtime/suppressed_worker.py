"""A process that serves a site: for each line read, a person signs in; it prints what became."""

from __future__ import annotations

import sys

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from privacykit import PrivacyMiddleware
from privacykit.geo.synthetic import address_of

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


async def sign_in(request):
    """Emit an event of a person who is known."""
    request.state.privacy.identify("customer-7")
    return PlainTextResponse(request.state.privacy.emit("sign_in").reason or "accepted")


def main(config: str) -> None:
    """Serve."""
    app = PrivacyMiddleware(Starlette(routes=[Route("/", sign_in)]), config)
    with TestClient(app, client=("127.0.0.1", 5000)) as client:
        for _ in sys.stdin:
            headers = {"x-forwarded-for": address_of("US-CA", 9), "user-agent": FIREFOX}
            found = client.get("/", headers=headers)
            print(found.text, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
