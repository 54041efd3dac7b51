"""Our own pages as the middleware serves them: what they say and do is what the next request carries."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from privacykit import PrivacyMiddleware
from privacykit.geo.synthetic import address_of
from privacykit.testing.layout import CONFIG, lay_out

PURPOSES = ("necessary", "analytics", "profile", "ads")


async def _told(request):
    return JSONResponse([name for name in PURPOSES if request.state.privacy.allows(name)])


class Browser:
    """A browser at a real site, from one place."""

    def __init__(self, folder, config: str = CONFIG) -> None:
        site = Starlette(routes=[Route("/told", _told)])
        self.app = PrivacyMiddleware(site, lay_out(folder, config))
        self.client = TestClient(self.app, client=("127.0.0.1", 5000), follow_redirects=False)
        self.place = "US-CA"

    def _headers(self, named: dict[str, str]) -> dict[str, str]:
        address = {"x-forwarded-for": address_of(self.place, 9)}
        return address | {name.replace("_", "-"): value for name, value in named.items()}

    def get(self, path: str, **headers: str):
        """Ask for *path*."""
        return self.client.get(path, headers=self._headers(headers))

    def post(self, path: str, **data: str):
        """Send a form of the site's own page."""
        own = {"origin": "http://testserver", "sec_fetch_site": "same-origin"}
        return self.client.post(path, data=data, headers=self._headers(own))

    @property
    def allowed(self) -> list[str]:
        """What the application is told that may happen."""
        return self.get("/told").json()


@pytest.fixture
def browser(tmp_path):
    """Return a browser at a running site in California."""
    made = Browser(tmp_path)
    with made.client:
        yield made


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/privacy/", 200, "text/html; charset=utf-8"),
        ("/privacy/opt-out", 200, "text/html; charset=utf-8"),
        ("/privacy/status.json", 200, "application/json"),
        ("/.well-known/gpc.json", 200, "application/json"),
        ("/privacy/nowhere", 404, "text/html; charset=utf-8"),
        ("/elsewhere", 404, "text/plain; charset=utf-8"),
    ],
)
def test_the_middleware_serves_our_pages(browser, path, status, kind):
    """They are there without a route of the application's."""
    answer = browser.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, kind)


@pytest.mark.parametrize("path", ["/privacy/", "/privacy/status.json", "/.well-known/gpc.json"])
def test_without_choice_the_paths_are_the_applications(tmp_path, path):
    """Whoever has pages of their own keeps their paths."""
    browser = Browser(tmp_path, CONFIG.replace("[choice]", "[choice]\nenabled = false"))
    with browser.client:
        assert browser.get(path).status_code == 404


def test_pages_stand_where_the_configuration_puts_them(tmp_path):
    """And nowhere else."""
    browser = Browser(tmp_path, CONFIG.replace("[choice]", '[choice]\nprefix = "/consent"'))
    with browser.client:
        found = [browser.get(path).status_code for path in ("/consent/", "/privacy/")]
    assert found == [200, 404]


def test_an_opt_out_is_what_the_next_request_carries(browser):
    """Everything but the necessary stops, for the application and for the page."""
    before = browser.allowed
    answer = browser.post("/privacy/opt-out")
    status = browser.get("/privacy/status.json").json()
    assert (before, answer.status_code, browser.allowed, status["choice"]["opted_out"]) == (
        ["necessary", "analytics", "profile", "ads"],
        303,
        ["necessary"],
        True,
    )


def test_a_choice_is_what_the_next_request_carries(browser):
    """In the EU nothing that needs consent happens before, and what was chosen after."""
    browser.place = "DE"
    before = browser.allowed
    browser.post("/privacy/choice", action="save", purpose="profile")
    choice = browser.get("/privacy/status.json").json()["choice"]
    assert (before, browser.allowed, choice["granted"], choice["refused"]) == (
        ["necessary", "analytics"],
        ["necessary", "profile"],
        ["profile"],
        ["analytics", "ads"],
    )


def test_a_withdrawal_is_what_the_next_request_carries(browser):
    """What was granted is refused."""
    browser.place = "DE"
    browser.post("/privacy/choice", action="allow")
    granted = browser.allowed
    browser.post("/privacy/withdraw")
    assert (granted, browser.allowed) == (list(PURPOSES), ["necessary"])


@pytest.mark.parametrize(
    ("place", "headers", "signals", "verdicts"),
    [
        ("US-CA", {}, (False, False, False), ["allow", "allow", "allow", "allow"]),
        ("US-CA", {"sec_gpc": "1"}, (True, True, False), ["allow", "allow", "allow", "deny"]),
        ("DE", {}, (False, False, False), ["allow", "allow", "needs_consent", "needs_consent"]),
        ("DE", {"dnt": "1"}, (False, False, True), ["allow", "deny", "needs_consent", "needs_consent"]),
    ],
)  # fmt: skip
def test_the_page_shows_the_decision_of_the_request_that_asks(
    browser, place, headers, signals, verdicts
):
    """Place, signals and verdicts are those of this visitor now."""
    browser.place = place
    status = browser.get("/privacy/status.json", **headers).json()
    said = status["signals"]
    assert (status["place"], (said["gpc"], said["gpc_honoured"], said["dnt"])) == (place, signals)
    assert [(each["id"], each["verdict"]) for each in status["purposes"]] == list(
        zip(PURPOSES, verdicts, strict=True)
    )
