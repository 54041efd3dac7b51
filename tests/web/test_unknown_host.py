"""An application asked by a name that is no site's: it works, and nothing of it is recorded."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from privacykit import PrivacyMiddleware
from privacykit.testing.layout import CONFIG, lay_out

ROBOTS_TOO = CONFIG.replace("[events]", "[events]\nbots = true")


async def _say(request: Request) -> JSONResponse:
    privacy = request.state.privacy
    purpose = request.query_params.get("purpose")
    how = privacy.emit_durably if request.query_params.get("durably") else None
    told = await how("seen", purpose) if how else privacy.emit("seen", purpose)
    return JSONResponse([bool(told), told.reason])


@pytest.fixture
def client(tmp_path):
    """Ask an application that emits."""
    app = PrivacyMiddleware(Starlette(routes=[Route("/", _say)]), lay_out(tmp_path, ROBOTS_TOO))
    with TestClient(app) as made:
        yield made


@pytest.mark.parametrize("purpose", [None, "analytics", "profile", "necessary"])
@pytest.mark.parametrize("durably", ["", "1"])
def test_what_it_emits_is_withheld_and_harms_nothing(client, purpose, durably):
    """A health check comes by the machine's address: it gets its answer, with or without a purpose."""
    params = {"durably": durably} | ({"purpose": purpose} if purpose else {})
    answer = client.get("/", params=params, headers={"host": "10.1.2.3"})
    assert (answer.status_code, answer.json()) == (200, [False, "unknown_host"])


def test_the_same_request_at_a_site_is_recorded(client):
    """Otherwise the above would show nothing."""
    assert client.get("/", headers={"host": "shop.example"}).json()[0] is True
