"""The data page in a real browser, before a real site: accessible, and of use without JavaScript."""

from __future__ import annotations

import time
import zipfile

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from privacykit import PrivacyMiddleware
from privacykit.geo.synthetic import address_of
from privacykit.operate.data_desk import held
from privacykit.testing.layout import CONFIG, lay_out
from tests.browsers import served

CONTROLLER = '\n[controller]\nname = "Shop Ltd"\ncontact = "privacy@shop.example"\n'
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
"""A headless browser says what it is, and is not counted."""
MAP = """
[systems.shop]

[datasets.shop]
system = "shop"
connector = "sqlite"
url = "sqlite:///shop.db"

[collections.shop.customers]
subject = true

[collections.shop.customers.fields]
id = { category = "user.unique_id", identity = "customer_id" }
"""
SIZES = {"phone": {"width": 320, "height": 640}, "desktop": {"width": 1280, "height": 800}}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The address of a site that is wrapped, on a port of loopback."""

    async def page(request):
        if "session" in request.cookies:
            request.state.privacy.identify(request.cookies["session"])
        return HTMLResponse("<!doctype html><title>Goods</title><p>Goods")

    def person(request):
        return "u1" if b"session=u1" in request.cookie else None

    folder = tmp_path_factory.mktemp("data-page")
    config = CONFIG.replace('page = "analytics"', 'page = "profile"')
    (folder / "datamap.toml").write_text(MAP)
    inner = Starlette(routes=[Route("/goods/{name}", page)])
    app = PrivacyMiddleware(inner, lay_out(folder, config + CONTROLLER), person=person)
    with served(app) as address:
        yield address


@pytest.fixture
def visitor(browser, address):
    """Return what opens browsers, each with a consent and two visits behind it."""
    contexts, complaints = [], []

    def open_(*, agrees=True, signed_in=False, **options):
        headers = {"X-Forwarded-For": address_of("DE", 9)}
        context = browser.new_context(
            base_url=address, extra_http_headers=headers, user_agent=FIREFOX, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda it: complaints.append(it.text) if it.type == "error" else None)
        page.on(
            "request",
            lambda sent: None if sent.url.startswith(address) else complaints.append(sent.url),
        )
        if signed_in:
            context.add_cookies([{"name": "session", "value": "u1", "url": address}])
        if agrees:
            page.goto("/privacy/")
            page.get_by_role("button", name="Allow all").click()
            page.get_by_text("Done: your choices are saved.").wait_for()
            page.goto("/goods/1")
            page.goto("/goods/2")
        return page

    yield open_
    for context in contexts:
        context.close()
    icons = [it for it in complaints if not it.startswith("Failed to load resource")]
    assert icons == []


def shown(page, events=2):
    """Show the data of *page*'s visitor, when as many events have arrived."""
    end = time.monotonic() + 30
    while True:
        page.goto("/privacy/data")
        page.get_by_role("button", name="Show what you hold").click()
        page.get_by_role("heading", name="What is not here").wait_for()
        if f"We keep {events} of your visits" in page.inner_text("main"):
            return page
        assert time.monotonic() < end, page.inner_text("main")
        time.sleep(0.1)


@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_axe_finds_nothing(visitor, monkeypatch, scheme, size):
    """Before and after the data is shown, its details open, to somebody signed in."""
    monkeypatch.setattr(held, "FEWEST_OF_A_SITE", 1)
    page = visitor(color_scheme=scheme, viewport=SIZES[size])
    page.goto("/privacy/data")
    before = Axe().run(page)
    shown(page)
    page.locator("summary").click()
    after = Axe().run(page)
    assert before.violations_count == 0, before.generate_report()
    assert after.violations_count == 0, after.generate_report()
    widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1]


def test_everything_works_without_javascript(visitor, tmp_path):
    """Show, take along, delete: plain forms, and the keyboard alone is enough."""
    page = visitor(agrees=False, java_script_enabled=False)
    page.goto("/privacy/")
    page.get_by_role("button", name="Allow all").click()
    page.goto("/goods/1")
    shown(page, 1)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download everything").click()
    download.value.save_as(tmp_path / "data.zip")
    with zipfile.ZipFile(tmp_path / "data.zip") as package:
        assert "index.html" in package.namelist()
    page.get_by_label("Yes, delete it").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Done: 1 visits and actions")
    assert "pk-yes" not in {cookie["name"] for cookie in page.context.cookies()}


def test_who_is_unknown_and_who_is_signed_in(visitor):
    """The one is told that nothing can be found, the other what to ask for, accessibly."""
    page = visitor(agrees=False)
    page.goto("/privacy/data")
    page.get_by_role("button", name="Show what you hold").click()
    expect(page.get_by_role("heading", level=2).first).to_have_text(
        "We cannot tell which data is yours"
    )
    page = visitor(signed_in=True)
    shown(page)
    expect(page.get_by_role("button", name="Delete everything about me")).to_be_visible()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
