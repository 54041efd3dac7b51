"""Refusals of others, and pages that their application lets be kept, in a real browser."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from privacykit import PrivacyMiddleware, privacy_banner
from privacykit.geo.synthetic import address_of
from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.testing.layout import lay_out
from tests.browsers import served
from tests.web.banner.test_foreign_refusal import BY_BANNER, BY_STRING, CONFIG

HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>shop</title>'
    '<link rel="icon" href="data:,"></head><body>'
)
MAIN = '<main><h1>Shop</h1><p><a href="/">Here</a> <a href="/other">Other</a></p></main>'
KEPT = {"cache-control": "max-age=600", "etag": '"article-1"'}
ROWS = [
    row
    for row in (*BY_BANNER, *BY_STRING)
    if row[2] in {"CookieConsent", "OptanonConsent", "usprivacy", "__gpp"}
]
"""A row of each kind, with something left to ask."""


async def page(request):
    """A page that its application lets a browser keep, and whose tag knows nothing of us."""
    if request.headers.get("if-none-match") == KEPT["etag"]:
        return Response(status_code=304, headers=KEPT)
    return HTMLResponse(f"{HEAD}{privacy_banner(request)}{MAIN}", headers=KEPT)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The shop behind every banner there is, on a port of loopback."""
    path = lay_out(tmp_path_factory.mktemp("shop"), CONFIG)
    routes = [Route("/", page), Route("/other", page)]
    app = PrivacyMiddleware(Starlette(routes=routes), build(load(path), base=str(path)))
    with served(app) as address:
        yield address


@pytest.fixture
def visit(browser, address):
    """Open a page in Germany, with cookies and options."""
    contexts = []

    def open_(cookies=(), path="/", **options):
        sent = {"x-forwarded-for": address_of("DE", 9)}
        options = {"base_url": address, "locale": "en-GB", **options}
        context = browser.new_context(extra_http_headers=sent, **options)
        contexts.append(context)
        context.add_cookies([{"url": address, "name": n, "value": v} for n, v in cookies])
        page = context.new_page()
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()


def asking(page):
    """Return the banner that asks."""
    return page.get_by_role("region", name="May we use data about your visit?")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize(("cookies", "words", "name"), ROWS, ids=[row[2] for row in ROWS])
def test_what_another_refused_is_not_asked_again_on_every_page(visit, cookies, words, name, script):
    """After *Allow all* the banner is gone for good, and the page says who refused."""
    page = visit(cookies.items(), java_script_enabled=script)
    expect(asking(page)).not_to_contain_text("Advertising")
    asking(page).get_by_role("button", name="Allow all").click()
    expect(asking(page)).to_have_count(0)
    page.get_by_role("link", name="Other").click()
    expect(asking(page)).to_have_count(0)
    page.get_by_role("button", name="Privacy choices").click()
    ads = page.locator("li", has=page.get_by_label("Advertising"))
    expect(ads).to_contain_text(f"Off: refused {words} ({name})")
    expect(page.get_by_label("Advertising")).to_be_disabled()


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_the_page_that_names_refusals_is_accessible(visit, lang):
    """In both directions of writing."""
    cookies = {"usprivacy": "1YYN", "klaro": '{"ads":false}'}
    page = visit(cookies.items(), f"/privacy/?lang={lang}")
    assert page.locator(".against").count() == 1
    assert Axe().run(page).response["violations"] == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("action", ["Refuse all", "Allow all"])
def test_a_page_that_may_be_kept_shows_no_old_question(visit, action, script):
    """Nor by a link, nor by going back, whatever the application said of its part."""
    page = visit(java_script_enabled=script)
    page.get_by_role("link", name="Other").click()
    asking(page).get_by_role("button", name=action).click()
    expect(asking(page)).to_have_count(0)
    page.get_by_role("link", name="Here").click()
    expect(page.get_by_role("heading", name="Shop")).to_be_visible()
    expect(asking(page)).to_have_count(0)
    page.go_back()
    expect(asking(page)).to_have_count(0)
