"""Our pages while nothing of ours works: the browser keeps a refusal, and nothing else is kept."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from privacykit import PrivacyMiddleware
from privacykit.testing.layout import lay_out


async def app(scope, _receive, _send):
    """Answer nobody: what is asked for here is ours."""
    raise AssertionError(scope["path"])


@pytest.fixture
def salts(tmp_path):
    """The file of the salts, which everybody may read: that is only found at the start."""
    path = tmp_path / "privacykit-salts.db"
    path.touch(mode=0o644)
    return path


@pytest.fixture
def bare(salts):
    """A browser at a site that did not start, under a server that did not ask it to."""
    wrapped = PrivacyMiddleware(app, lay_out(salts.parent))
    yield TestClient(wrapped, client=("203.0.113.9", 5), follow_redirects=False)
    wrapped._engine.stop(5)


@pytest.mark.parametrize("path", ["/privacy/", "/privacy", "/privacy/opt-out"])
def test_a_look_offers_to_refuse_and_sets_nothing(bare, path):
    """The page says that it cannot be shown; its one button refuses."""
    answer = bare.get(path)
    assert (answer.status_code, "set-cookie" in answer.headers) == (503, False)
    assert '<form method="post" action="/privacy/opt-out">' in answer.text
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("path", ["/privacy/opt-out", "/privacy/withdraw", "/privacy/choice"])
@pytest.mark.parametrize("action", ["refuse", "allow"])
def test_a_post_refuses_everything_and_says_what_is_missing(bare, path, action):
    """The cookie needs no key and no store; what may be allowed nobody can tell."""
    elsewhere = {"origin": "https://elsewhere.example"}
    answer = bare.post(path, data={"action": action}, headers=elsewhere)
    (cookie,) = answer.headers.get_list("set-cookie")
    assert (answer.status_code, cookie[:8]) == (503, "pk-no=*:")
    assert "send it once more" in answer.text
    assert '<form method="post" action="/privacy/opt-out">' in answer.text


def test_the_refusal_holds_when_all_is_well_again(bare, salts):
    """The browser sends what it was given, and the page's button finishes what was begun."""
    bare.post("/privacy/opt-out")
    salts.chmod(0o600)
    bare.app._engine._not_before = 0
    assert "You are opted out." in bare.get("/privacy/opt-out").text
    assert bare.post("/privacy/opt-out").status_code == 303


def test_a_failure_is_counted_where_it_happened(bare):
    """That a page of ours cannot be shown is no second failure."""
    bare.get("/privacy/")
    bare.post("/privacy/opt-out")
    assert bare.app._engine.counts() == {"error:admit": 2}


def test_what_needs_no_decision_is_served(bare):
    """The style of the page, and the statement about GPC."""
    assert bare.get("/privacy/static/privacy.css").status_code == 200
    assert bare.get("/.well-known/gpc.json").json()["gpc"] is True
