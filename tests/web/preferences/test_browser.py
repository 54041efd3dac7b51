"""The pages in a real browser: accessible, without and with JavaScript, alone on the network."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from privacykit.signals.choice.cookies import ChoiceCookies
from privacykit.signals.choice.mask import REFUSED
from tests.browsers import served

PURPOSES = ["security", "analytics", "ads", "chat"]


@pytest.fixture
def site(shop):
    """The site on a port of loopback, and its address."""
    cookies = ChoiceCookies(site="shop", purposes=PURPOSES, sign_keys=[b"k" * 32], secure=False)
    shop.options = {"cookies": cookies, **shop.options}
    routes = shop.serving()

    async def app(scope, receive, send):
        if scope["type"] == "http" and scope["path"] == "/":
            body = b"<!doctype html><script src=/privacy/static/privacy.js></script>"
            body += b"<p><privacy-status></privacy-status></p>"
            headers = [(b"content-type", b"text/html")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            return
        await routes(scope, receive, send)

    with served(app, lifespan="off", proxy_headers=True) as address:
        yield shop, address


@pytest.fixture
def open_page(browser, site):
    """Open a page of the site; it must load nothing from elsewhere and complain about nothing."""
    _, address = site
    ours = (address, address.replace("127.0.0.1", "localhost"))
    contexts, complaints = [], []

    def open_(path="/privacy/", **options):
        context = browser.new_context(base_url=address, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda line: complaints.append(line.text) if line.type == "error" else None,
        )
        page.on(
            "request",
            lambda sent: None if sent.url.startswith(ours) else complaints.append(sent.url),
        )
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [c for c in complaints if not c.startswith("Failed to load resource")] == []


def choice(site, page):
    """Return what the browser's cookies mean to the site."""
    shop, _ = site
    header = "; ".join(f"{c['name']}={c['value']}" for c in page.context.cookies()).encode()
    return shop.context.cookies.read(header, shop.now)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/privacy/", "/privacy/opt-out", "/privacy/nothing"])
def test_axe_finds_nothing(open_page, site, path, scheme):
    """No accessibility rule of axe-core is broken, whatever is shown."""
    shop, _ = site
    shop.show(gpc=True, gpc_honoured=True)
    page = open_page(path, color_scheme=scheme)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_axe_finds_nothing_after_a_choice(open_page, site):
    """The page with a notice, a grant and open details is accessible too."""
    shop, _ = site
    shop.show(gpc=True)
    page = open_page()
    page.get_by_role("button", name="Allow all").click()
    page.get_by_text("Done: your choices are saved.").wait_for()
    page.locator("summary").first.click()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_without_javascript_everything_works(open_page, site):
    """Refuse, allow, withdraw and opt out by plain forms."""
    page = open_page(java_script_enabled=False)
    page.get_by_label("Advertising").check()
    page.get_by_role("button", name="Save choices").click()
    assert choice(site, page).record == "record-000000000000001"
    page.get_by_role("button", name="Withdraw my consent").click()
    assert "Done: your consent is withdrawn." in page.get_by_role("status").inner_text()
    assert choice(site, page).record is None
    page.goto("/privacy/opt-out")
    page.get_by_role("button", name="Opt out of everything").click()
    assert choice(site, page).mask & REFUSED


def test_with_javascript_the_page_stays(open_page, site):
    """The form is sent in place, the result is spoken, and a reload shows the same."""
    page = open_page()
    page.evaluate("window.sameDocument = true")
    page.get_by_role("button", name="Refuse all").click()
    expect(page.get_by_role("status")).to_contain_text("everything that is not strictly")
    assert page.evaluate("window.sameDocument")
    assert page.evaluate("document.activeElement.tagName") == "H1"
    assert choice(site, page).mask & REFUSED
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("everything that is not strictly")


def test_a_failure_is_spoken_and_can_be_repeated(open_page, site):
    """A full disk leaves a page with one button, and the browser says no meanwhile."""
    shop, _ = site
    page = open_page()
    page.get_by_role("button", name="Allow all").click()
    page.get_by_text("Done: your choices are saved.").wait_for()
    shop.consents.broken = True
    page.get_by_role("button", name="Withdraw my consent").click()
    expect(page.get_by_role("alert")).to_contain_text("this browser now says no")
    assert choice(site, page).record is None
    shop.consents.broken = False
    page.get_by_role("button", name="Send again").click()
    page.get_by_text("Done:").wait_for()
    assert shop.consents.withdrawn


def test_a_lost_connection_falls_back_to_the_plain_form(open_page, site):
    """When the script cannot send, the browser does."""
    page = open_page()
    page.route("**/choice", lambda route: route.abort(), times=1)
    page.get_by_role("button", name="Refuse all").click()
    page.get_by_text("Done: everything").wait_for()
    assert choice(site, page).mask & REFUSED


def test_another_site_cannot_grant_but_can_refuse(open_page, site):
    """A form on another origin gives no permission; its refusal counts."""
    page = open_page()
    other = page.url.replace("127.0.0.1", "localhost")
    form = (
        "(a) => { document.body.innerHTML = `<form method=post action=${a[0]}>"
        "<input name=action value=${a[1]}></form>`; document.forms[0].submit() }"
    )
    for action, done in (("allow", "Please allow from this page"), ("refuse", "Done:")):
        page.goto("/")
        page.evaluate(form, [other + "choice", action])
        page.get_by_text(done).wait_for()
    assert not site[0].consents.records


def test_keyboard_alone_is_enough(open_page, site):
    """Boxes and buttons are reached and used with Tab, Space and Enter; focus is visible."""
    page = open_page()
    page.get_by_label("Visitor statistics").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.get_by_label("Advertising").is_checked()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "3px"
    page.get_by_role("button", name="Save choices").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Done: your choices are saved.").wait_for()
    assert choice(site, page).record is not None


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_a_narrow_screen_needs_no_sideways_scrolling(shop, request, direction):
    """At 320 pixels everything is in one column, in both directions of writing (WCAG 1.4.10)."""
    shop.options = {"direction": direction}
    page = request.getfixturevalue("open_page")(viewport={"width": 320, "height": 600})
    widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1]


def test_buttons_are_large_and_equal(open_page):
    """Refusing and allowing have the same size, colours and font, and can be hit (WCAG 2.5.8)."""
    page = open_page()
    look = (
        "b => { const s = getComputedStyle(b), r = b.getBoundingClientRect();"
        "const style = [...s].map(name => s.getPropertyValue(name)).join();"
        "return [style, Math.round(r.width), Math.round(r.height)] }"
    )
    refuse = page.get_by_role("button", name="Refuse all").evaluate(look)
    assert refuse == page.get_by_role("button", name="Allow all").evaluate(look)
    assert refuse[-1] >= 44


def test_reduced_motion_is_respected(open_page):
    """Nothing moves for who asked for that."""
    page = open_page(reduced_motion="reduce")
    style = page.get_by_role("button", name="Refuse all").evaluate(
        "b => getComputedStyle(b).transitionDuration"
    )
    assert style == "0s"


def test_the_signal_can_be_shown_on_any_page(open_page, site):
    """`<privacy-status>` puts the words where the site wants them."""
    shop, _ = site
    shop.show(gpc=True, gpc_honoured=True)
    page = open_page("/")
    expect(page.locator("privacy-status")).to_have_text("Opt-out request honoured")
    assert page.locator("privacy-status").get_attribute("data-honoured") == "true"
