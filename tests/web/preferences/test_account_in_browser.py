"""The account page in a real browser: by the banner's script and without, readable for everybody."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.routing import Route

from privacykit import PrivacyMiddleware
from privacykit.geo.synthetic import address_of
from privacykit.testing.layout import CONFIG, lay_out
from privacykit.web.language.catalogues import catalogue
from tests.browsers import served
from tests.web.banner.test_browser import DESKTOP, PHONE, cached

HELD = "Another device of yours refused: Ads. It holds here, too."


def signed_in(request):
    """Say who is signed in, by the session cookie of the application."""
    found = re.search(r"session=(\w+)", request.cookie.decode())
    return found and found[1]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The shop on a port of loopback."""
    config = lay_out(tmp_path_factory.mktemp("accounts"), CONFIG)
    app = PrivacyMiddleware(Starlette(routes=[Route("/", cached)]), config, person=signed_in)
    with served(app) as address:
        yield address


@pytest.fixture
def device(browser, address):
    """Return what opens a browser in which somebody is signed in."""
    opened, complaints = [], []

    def open_(user, **options):
        headers = {"X-Forwarded-For": address_of("DE", 9)}
        opened.append(browser.new_context(base_url=address, extra_http_headers=headers, **options))
        opened[-1].add_cookies([{"name": "session", "value": user, "url": address}])
        page = opened[-1].new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_
    for context in opened:
        context.close()
    assert complaints == []


def _refuses_ads(page):
    page.goto("/privacy/")
    page.get_by_label("Profile").check()
    page.get_by_role("button", name="Save choices").click()
    expect(page.get_by_text("your choices are saved")).to_be_visible()


def test_the_banners_script_leads_to_what_there_is_to_say(device):
    """One click on *Allow all*, and the page says what the account holds back."""
    _refuses_ads(device("ann"))
    page = device("ann", viewport=DESKTOP)
    page.goto("/")
    page.get_by_role("button", name="Allow all").click()

    expect(page.get_by_text(HELD)).to_be_visible()
    assert Axe().run(page).response["violations"] == []
    page.get_by_role("link", name="Back to the site").click()
    page.wait_for_url("**/")
    choice = page.request.get("/privacy/status.json").json()["choice"]
    assert (choice["refused"], choice["granted"]) == (["ads"], ["profile"])


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_the_preferences_page_says_it(device, script):
    """In place, or by the redirect."""
    _refuses_ads(device(f"bea{script}"))
    page = device(f"bea{script}", java_script_enabled=script)
    page.goto("/privacy/")
    page.get_by_role("button", name="Allow all").click()
    expect(page.get_by_text(HELD)).to_be_visible()
    expect(page).to_have_title("Your choices on all your devices")


@pytest.mark.parametrize(("tag", "scheme"), [("en", "light"), ("de", "dark"), ("ar", "dark")])
def test_an_offer_can_be_read_and_taken_by_everybody(device, tag, scheme):
    """On a small screen; the two buttons are of one kind and by the keyboard in reach."""
    words = catalogue(tag)
    _refuses_ads(device(f"c{tag}{scheme}"))
    page = device(f"c{tag}{scheme}", viewport=PHONE | {"width": 320}, color_scheme=scheme)
    page.goto(f"/privacy/account?lang={tag}")
    violations = Axe().run(page).response["violations"]
    assert [one["id"] for one in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    refuse, allow = (
        page.get_by_role("button", name=words[f"account_{what}"]) for what in ("refuse", "allow")
    )
    styles = [
        one.evaluate("e => [getComputedStyle(e).border, getComputedStyle(e).background]")
        for one in (refuse, allow)
    ]
    assert styles[0] == styles[1]
    refuse.focus()
    page.keyboard.press("Tab")
    expect(allow).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text(words["done_saved"])).to_be_visible()
    assert page.request.get("/privacy/status.json").json()["choice"]["granted"] == ["profile"]
