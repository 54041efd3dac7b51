"""The banner in a real browser: every way in, with and without JavaScript, for everybody."""

from __future__ import annotations

from typing import get_args

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from privacykit import PrivacyMiddleware, privacy_banner
from privacykit.geo.synthetic import address_of
from privacykit.runtime.build import build
from privacykit.settings.asking.tables import Language
from privacykit.settings.load import load
from privacykit.testing.layout import lay_out
from privacykit.web.language.catalogues import catalogue
from privacykit.web.language.negotiation import direction_of
from tests.browsers import served
from tests.waiting import eventually
from tests.web.banner.conftest import NAMED
from tests.web.banner.test_question import months_ago

PHONE, DESKTOP = {"width": 390, "height": 800}, {"width": 1280, "height": 800}
STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "form-action 'self'; frame-src *; base-uri 'none'; require-trusted-types-for 'script'"
)
HEAD = (
    '<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>shop</title>'
    '<link rel="icon" href="data:,">{more}</head><body>'
)
MAIN = '<main><h1>Shop</h1><p><a href="/cached">Cached</a></p></main></body></html>'
KEPT = """
[notice.cookies."_ga*"]
life = "2 years"
by = "Ad Company Ltd"
"""
"""What visitors read of cookies."""
LISTENING = """
window.told = [];
document.addEventListener("privacykit:choice", (event) => told.push(event.detail.purposes));
"""
STORED = """async () => [document.cookie, localStorage.length, sessionStorage.length,
(await indexedDB.databases()).length, (await caches.keys()).length]"""


async def inline(request):
    """A page that the application renders, banner and all."""
    body = f"{HEAD.format(lang='en', more='')}{privacy_banner(request)}{MAIN}"
    return HTMLResponse(body, headers={"content-security-policy": STRICT})


async def cached(_request):
    """A page that is the same for everybody."""
    script = '<script src="/privacy/static/banner.js" defer></script>'
    headers = {"cache-control": "public, max-age=600", "content-security-policy": STRICT}
    return HTMLResponse(HEAD.format(lang="en", more=script) + MAIN, headers=headers)


async def framing(request):
    """A page that frames what it is told to."""
    frame = f'<iframe title="opt out" src="{request.query_params["of"]}"></iframe>'
    return HTMLResponse(HEAD.format(lang="en", more="") + frame + MAIN)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The shop on a port of loopback."""
    path = lay_out(tmp_path_factory.mktemp("shop"), NAMED + KEPT)
    routes = [Route("/", inline), Route("/cached", cached), Route("/framing", framing)]
    app = PrivacyMiddleware(Starlette(routes=routes), build(load(path), base=str(path)))
    with served(app) as address:
        yield address


@pytest.fixture
def visit(browser, address):
    """Open a page as a visitor from somewhere; nobody complains, and nobody else is asked."""
    contexts, complaints = [], []

    def open_(path="/", place="DE", cookies=(), headers=None, **options):
        sent = {"x-forwarded-for": address_of(place, 9), **(headers or {})}
        options = {"base_url": address, "locale": "en-GB", **options}
        context = browser.new_context(extra_http_headers=sent, **options)
        contexts.append(context)
        context.set_default_timeout(30_000)
        context.add_cookies([{"url": address, **cookie} for cookie in cookies])
        page = context.new_page()
        page.add_init_script(LISTENING)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("request", lambda r: None if ":" in r.url[5:] else complaints.append(r.url))
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [c for c in complaints if "status of 502" not in c] == []


def kept(page):
    """Return the names of the cookies that the browser keeps."""
    return sorted(cookie["name"] for cookie in page.context.cookies())


def asking(page):
    """Return the banner."""
    return page.get_by_role("region", name="May we use data about your visit?")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing(visit, viewport, scheme):
    """The question with all that may stand in it, and the way to the choices after it."""
    page = visit("/cached", "IT", viewport=viewport, color_scheme=scheme)
    expect(asking(page)).to_be_visible()
    asked = Axe().run(page)
    assert asked.violations_count == 0, asked.generate_report()
    page.get_by_role("button", name="Close and refuse all").click()
    expect(page.get_by_text("Done: your choices are saved.")).to_be_focused()
    rests = Axe().run(page)
    assert rests.violations_count == 0, rests.generate_report()


@pytest.mark.parametrize("tag", get_args(Language))
def test_every_language(visit, tag):
    """The banner and the pages speak what the browser accepts, in its direction, on a phone."""
    page = visit("/", locale=tag, viewport=PHONE)
    words = catalogue(tag)
    section = page.get_by_role("region", name=words["banner_title"])
    expect(section).to_have_attribute("dir", direction_of(tag))
    expect(section.get_by_role("button", name=words["refuse"], exact=True)).to_be_visible()
    section.get_by_role("button", name=words["choose"], exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", tag)
    expect(page.get_by_role("heading", level=1)).to_have_text(words["title"])
    kept = page.get_by_role("list", name=words["kept_here"])
    expect(kept.last).to_have_text(f"_ga* · Ad Company Ltd · {words['span_years'].format(count=2)}")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_page_may_name_its_language(visit, script):
    """`lang` goes before `Accept-Language`, and stays over the pages and the answer."""
    page = visit("/privacy/?next=/cached", viewport=PHONE, java_script_enabled=script)
    page.locator("nav summary", has_text="Language: English").click()
    page.get_by_role("link", name="العربية").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.locator("nav summary").click()
    present = page.get_by_role("navigation").locator("[aria-current]")
    expect(present).to_have_text("العربية")
    if script:
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    assert page.get_by_role("link", name=catalogue("ar")["back"]).get_attribute("href") == "/cached"
    page.goto("/privacy/?lang=fr")
    page.get_by_role("button", name="Tout refuser").click()
    expect(page.get_by_role("status")).to_contain_text("C’est fait")
    assert "lang=fr" in page.url


@pytest.mark.parametrize(("button", "on"), [("Refuse all", False), ("Allow all", True)])
def test_without_javascript_a_form_does_it(visit, button, on):
    """It leads back to the page, which asks no more."""
    page = visit("/?page=2", java_script_enabled=False)
    assert kept(page) == []
    page.get_by_role("button", name=button).click()
    assert page.url.endswith("/?page=2")
    expect(asking(page)).to_have_count(0)
    states = page.locator("[data-privacy-banner]").get_attribute("data-purposes")
    assert ('"ads": true' in states) is on


def test_without_javascript_some_are_chosen_and_taken_back(visit):
    """Choose leads to the preferences; from every page one reaches them, to withdraw."""
    page = visit("/", java_script_enabled=False)
    page.get_by_role("button", name="Choose").click()
    page.get_by_label("Advertising").check()
    page.get_by_role("button", name="Save choices").click()
    assert kept(page) == ["pk-no", "pk-yes"]
    page.get_by_role("button", name="Privacy choices").click()
    page.get_by_role("button", name="Withdraw my consent").click()
    assert kept(page) == ["pk-no"]


@pytest.mark.parametrize("path", ["/", "/cached"])
def test_nothing_is_stored_before_a_choice(visit, path):
    """No cookie, no storage; other scripts hear what may happen."""
    page = visit(path)
    assert eventually(lambda: page.evaluate("told.length"))
    expect(asking(page)).to_be_visible()
    assert page.evaluate(STORED) == ["", 0, 0, 0, 0]
    assert kept(page) == []
    heard = page.evaluate("told")
    assert heard == [{"necessary": True, "analytics": True, "profile": False, "ads": False}]


@pytest.mark.parametrize("path", ["/", "/cached"])
def test_with_javascript_the_page_stays(visit, path):
    """The answer is sent, told to other scripts and spoken, without a reload."""
    page = visit(path)
    page.evaluate("window.sameDocument = true")
    page.get_by_role("button", name="Allow all").click()
    expect(page.get_by_text("Done: your choices are saved.")).to_be_focused()
    assert page.evaluate("window.sameDocument")
    assert page.evaluate("told.at(-1).ads")
    page.goto("/cached")
    assert eventually(lambda: page.evaluate("told.length"))
    expect(asking(page)).to_have_count(0)
    assert page.evaluate("told[0].ads")


def test_a_lost_answer_falls_back_to_the_plain_form(visit, address):
    """When the script cannot send, the browser does."""
    page = visit("/")
    page.route("**/choice", lambda route: route.fulfill(status=502), times=1)
    with page.expect_navigation():
        page.get_by_role("button", name="Refuse all").click()
    assert (page.url, kept(page)) == (f"{address}/", ["pk-no"])


def test_an_old_refusal_is_questioned_again(visit):
    """After the wait the question returns, and an answer ends it."""
    cookie = {"name": "pk-no", "value": f"*:{months_ago(9)}"}
    page = visit("/cached", "FR", [cookie])
    expect(asking(page)).to_be_visible()
    page.get_by_role("button", name="Refuse all").click()
    expect(asking(page)).to_have_count(0)


def test_a_signal_is_shown_and_not_questioned(visit):
    """Opt-out request honoured, and the link of California with its sign."""
    page = visit("/cached", "US-CA", headers={"sec-gpc": "1"})
    expect(page.get_by_text("Opt-out request honoured")).to_be_visible()
    expect(page.get_by_role("button", name="Your Privacy Choices")).to_be_visible()
    expect(asking(page)).to_have_count(0)
    assert page.evaluate("told[0].ads") is False


def test_a_frame_on_the_site_opts_out(visit):
    """The button in the frame refuses, and the frame says so."""
    page = visit("/framing?of=/privacy/opt-out/frame")
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Opt out of everything").click()
    expect(frame.get_by_role("status")).to_have_text("You are opted out.")
    assert kept(page) == ["pk-no"]


def test_a_frame_on_another_site_leads_to_the_site(visit, address):
    """Where no cookie would be kept there is a link, which opens the page itself."""
    other = address.replace("127.0.0.1", "localhost")
    page = visit(f"{other}/framing?of={address}/privacy/opt-out/frame")
    link = page.frame_locator("iframe").get_by_role("link", name="Opt out of everything")
    with page.expect_popup() as opened:
        link.click()
    opened.value.get_by_role("button", name="Opt out of everything").click()
    expect(opened.value.get_by_text("Done: everything that is not")).to_be_visible()


def test_keyboard_alone_is_enough(visit):
    """Tab reaches the buttons in the order they are read; the focus shows; nothing is trapped."""
    page = visit("/")
    for name in ("Privacy policy", "Refuse all", "Allow all", "Choose", "Cached"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == name
        if name != "Cached":
            style = "getComputedStyle(document.activeElement).outlineWidth"
            assert page.evaluate(style) == "3px"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Done: your choices are saved.")).to_be_focused()


@pytest.mark.parametrize("locale", ["en", "de", "ar"])
@pytest.mark.parametrize("width", [320, 1280])
def test_buttons_have_one_size_and_nothing_scrolls_sideways(visit, locale, width):
    """Equal in width, height and colours, whatever their words; at 320 pixels in one column."""
    page = visit("/", "IT", locale=locale, viewport={"width": width, "height": 700})
    buttons = page.locator(".privacy-button").all()
    boxes = [button.bounding_box() for button in buttons]
    assert len({(round(box["width"]), round(box["height"])) for box in boxes}) == 1
    look = "e => { const s = getComputedStyle(e); return [s.color, s.backgroundColor, s.font] }"
    assert len({str(button.evaluate(look)) for button in buttons}) == 1
    assert min(box["height"] for box in boxes) >= 44
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_forced_colours_and_reduced_motion_are_followed(visit):
    """Buttons keep a border where the system paints them; nothing moves where none should."""
    page = visit("/", forced_colors="active", reduced_motion="reduce")
    button = page.get_by_role("button", name="Refuse all")
    style = "e => [getComputedStyle(e).borderTopStyle, getComputedStyle(e).transitionDuration]"
    assert button.evaluate(style) == ["solid", "0s"]


def test_it_covers_nothing_and_claims_no_modality(visit):
    """The page below can be read and used; nobody's focus is taken."""
    page = visit("/")
    assert page.locator("[aria-modal], dialog, [role=dialog]").count() == 0
    assert page.evaluate("document.activeElement === document.body")
    page.get_by_role("link", name="Cached").click()
    expect(asking(page)).to_be_visible()


def test_a_site_themes_it_by_variables(visit):
    """Custom properties of the page's own style sheet."""
    page = visit("/")
    page.evaluate("document.documentElement.style.setProperty('--privacy-accent', '#602060')")
    colour = "e => getComputedStyle(e).backgroundColor"
    button = page.get_by_role("button", name="Choose")
    assert button.evaluate(colour) == "rgb(96, 32, 96)"
