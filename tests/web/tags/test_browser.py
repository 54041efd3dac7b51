"""Tags in a real browser before the whole of privacykit: what starts, when, and who is told."""

from __future__ import annotations

import time
from contextlib import ExitStack

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from privacykit import PrivacyMiddleware
from privacykit.geo.synthetic import address_of
from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.testing.layout import CONFIG, lay_out
from tests.browsers import served

TAGS = """
[tags]
gpp = "state"
us_privacy = true
notices = true
cmp_id = 31

[tags.google]
ad_storage = ["ads"]
ad_user_data = ["ads"]
ad_personalization = ["ads", "profile"]
analytics_storage = ["profile"]

[tags.microsoft]
ad_storage = ["ads"]

[tags.matomo]
tracking = ["profile"]
"""
NONCE = "c2VjcmV0"
POLICY = (
    f"default-src 'none'; script-src 'self' 'nonce-{NONCE}'; connect-src 'self'; img-src 'self';"
    " frame-src 'self'; style-src 'self'"
)
PAGE = """<!doctype html><html lang="en"><title>Shop</title>
<script src="/privacy/static/tags.js"></script>%s
<main><h1>Shop</h1>
<script type="text/plain" data-privacy="ads" data-src="/tag.js?first"></script>
<script type="text/plain" data-privacy="ads" nonce="{nonce}">window.ran.push("second");</script>
<script type="text/plain" data-privacy="ads" src="/tag.js?third"></script>
<script type="text/plain" data-privacy="ads nobody" data-src="/tag.js?never"></script>
<script type="text/plain" data-privacy="" data-src="/tag.js?never"></script>
<iframe title="A film" data-privacy="profile" data-src="/film"></iframe>
<img alt="" width="1" height="1" data-privacy="ads" data-src="/pixel">
</main></html>""".replace("{nonce}", NONCE)
BANNER = '<script src="/static/banner.js"></script>'
OUR_BANNER = '<script src="/privacy/static/banner.js" defer></script>'
BANNERS = {"/asked": BANNER, "/banner": OUR_BANNER}
DENIED = dict.fromkeys(
    ("ad_storage", "ad_user_data", "ad_personalization", "analytics_storage"), "denied"
)
GRANTED = dict.fromkeys(DENIED, "granted")


async def shown(request):
    """A page of the shop, with a strict policy."""
    body = PAGE % BANNERS.get(request.url.path, "")
    return HTMLResponse(body, headers={"Content-Security-Policy": POLICY})


async def tag(request):
    """Somebody's script: it says that it ran."""
    code = f"(window.ran = window.ran || []).push({request.url.query!r});"
    return Response(code, media_type="text/javascript")


async def film(_):
    """Somebody's frame, which asks the page for the strings."""
    return HTMLResponse(
        '<!doctype html><title>film</title><p>film</p><script src="/frame.js"></script>'
    )


async def frame(_):
    """What the frame asks."""
    code = """
      addEventListener("message", ({data}) => { document.title = JSON.stringify(data); });
      parent.postMessage({__gppCall: {command: "ping", callId: "7"}}, "*");
    """
    return Response(code, media_type="text/javascript")


async def nothing(_):
    """An empty part of a page."""
    return Response(b"", media_type="text/javascript")


ROUTES = [
    Route("/", shown),
    Route("/asked", shown),
    Route("/banner", shown),
    Route("/tag.js", tag),
    Route("/film", film),
    Route("/frame.js", frame),
    Route("/pixel", nothing),
    Route("/static/banner.js", nothing),
    Route("/favicon.ico", nothing),
]


@pytest.fixture(scope="module")
def addresses(tmp_path_factory):
    """A wrapped shop on loopback that tells everybody, and one that tells nobody."""
    with ExitStack() as running:
        yield [
            running.enter_context(served(_shop(tmp_path_factory.mktemp("shop"), config)))
            for config in (CONFIG + TAGS, CONFIG)
        ]


def _shop(folder, config):
    path = lay_out(folder, config)
    return PrivacyMiddleware(Starlette(routes=ROUTES), build(load(path), base=str(path)))


@pytest.fixture
def visit(browser, addresses):
    """Open a page as a visitor from somewhere; it must complain about nothing."""
    contexts, complaints = [], []

    def open_(path="/", place="DE", tells=True, **headers):
        address = addresses[0 if tells else 1]
        proxied = {"x-forwarded-for": address_of(place, 9), **headers}
        context = browser.new_context(base_url=address, extra_http_headers=proxied)
        contexts.append(context)
        page = context.new_page()
        page.asked = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda line: complaints.append(line.text) if line.type == "error" else None
        )
        page.on("request", lambda sent: page.asked.append(sent.url.removeprefix(address)))
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [line for line in complaints if "503" not in line] == []


def until(page, expression):
    """Wait until *expression* is true; from outside, since the page's policy forbids eval."""
    end = time.monotonic() + 20
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        time.sleep(0.02)


def calls(page):
    """Return what Google's tags were told, in order, once an update is among it."""
    until(page, "dataLayer.some((each) => each[1] === 'update')")
    return page.evaluate("dataLayer.map((each) => [...each])")


def choose(page, name):
    """Say it on the page of choices, and come back."""
    page.goto("/privacy/?next=/")
    page.get_by_role("button", name=name).click()
    page.wait_for_url("**/")


def say(page, **purposes):
    """Do as a banner's script does after a choice."""
    page.evaluate(
        "(purposes) => document.dispatchEvent("
        "new CustomEvent('privacykit:choice', {detail: {purposes}}))",
        purposes,
    )


def ran(page):
    """Return which tags ran, in order."""
    return page.evaluate("window.ran || []")


def test_before_a_choice_nothing_starts(visit):
    """No script, frame or picture; who listens is told so: a default, then one update."""
    page = visit()
    told = calls(page)
    assert told == [
        ["consent", "default", {**DENIED, "wait_for_update": 500}],
        ["consent", "update", DENIED],
    ]
    assert not [url for url in page.asked if url.startswith(("/tag", "/film", "/pixel"))]
    assert page.evaluate("window.uetq") == [
        "consent", "default", {"ad_storage": "denied"}, "consent", "update", {"ad_storage": "denied"},
    ]  # fmt: skip
    assert page.evaluate("window._paq") == [["requireConsent"]]
    assert page.context.cookies() == []


def test_after_a_permission_everything_starts_in_order(visit):
    """Once, and never a second default; a script of a purpose that nobody knows never runs."""
    page = visit()
    choose(page, "Allow all")
    until(page, "(window.ran || []).length === 3")
    assert ran(page) == ["first", "second", "third"]
    assert calls(page) == [
        ["consent", "default", {**DENIED, "wait_for_update": 500}],
        ["consent", "update", GRANTED],
    ]
    assert page.evaluate("window._paq") == [["requireConsent"], ["setConsentGiven"]]
    until(page, "document.querySelector('iframe').contentDocument.body.innerText")
    assert page.locator(".privacy-placeholder").count() == 0
    assert "/pixel" in page.asked


def test_a_placeholder_offers_to_allow_its_own_purpose(visit):
    """And no other, and refuses none."""
    page = visit()
    expect(page.locator(".privacy-placeholder")).to_have_count(1)
    with page.expect_request("**/privacy/choice") as sent:
        page.get_by_role("button", name="Allow: Profile").click()
    assert sent.value.post_data == (
        "action=save&interface=placeholder&asked=profile&purpose=profile"
    )
    expect(page.frame_locator("iframe[title='A film']").get_by_text("film")).to_be_visible()
    assert [c["name"] for c in page.context.cookies()] == ["pk-yes"]
    assert ran(page) == []
    assert calls(page)[-1][2] == {**DENIED, "analytics_storage": "granted"}


def test_the_banner_counts_what_a_placeholder_allowed(visit):
    """It stays for the rest, at once and on the next page, and asks no more about this one."""
    page = visit("/banner")
    asked = page.locator("[data-privacy-banner=asks] [name=asked]")
    expect(asked).to_have_count(2)
    page.get_by_role("button", name="Allow: Profile").click()
    expect(asked).to_have_count(1)
    expect(asked).to_have_attribute("value", "ads")
    page.reload()
    expect(asked).to_have_count(1)


def test_a_placeholder_has_no_barrier(visit):
    """No accessibility rule of axe-core is broken; the way to all choices comes back here."""
    page = visit("/?a=1")
    expect(page.locator(".privacy-placeholder")).to_have_count(1)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    link = page.locator(".privacy-placeholder a")
    assert link.get_attribute("href") == "/privacy/?next=%2F%3Fa%3D1"


def test_under_the_signal_a_placeholder_leads_to_the_notice(visit):
    """A permission that goes before Global Privacy Control is given where the page says so."""
    page = visit(**{"sec-gpc": "1"})
    page.evaluate("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    page.get_by_role("button", name="Allow: Profile").click()
    page.wait_for_url("**/privacy/?next=%2F")


def test_a_banners_script_is_believed_and_nothing_asked(visit):
    """Its event is what is allowed; the strings alone are asked for."""
    page = visit("/asked")
    say(page, ads=True, profile=False)
    until(page, "(window.ran || []).length === 3")
    assert ran(page) == ["first", "second", "third"]
    assert calls(page)[-1][2] == {**DENIED, "ad_storage": "granted", "ad_user_data": "granted"}
    assert "/privacy/status.json" not in page.asked


def test_what_is_taken_back_does_not_go_on(visit):
    """What runs cannot be stopped, so the page is loaded anew, without it."""
    page = visit("/asked")
    say(page, ads=True)
    until(page, "(window.ran || []).length === 3")
    with page.expect_navigation():
        say(page, ads=False)
    say(page, ads=False)
    assert calls(page)[-1] == ["consent", "update", DENIED]
    assert ran(page) == []


def test_a_frame_that_is_taken_back_is_gone(visit):
    """Its placeholder stands there again."""
    page = visit("/asked")
    say(page, profile=True)
    expect(page.frame_locator("iframe[title='A film']").get_by_text("film")).to_be_visible()
    page.evaluate("window.stays = true")
    with page.expect_navigation():  # Matomo was told, and forgets with the page
        say(page, profile=False)
    say(page, profile=False)
    expect(page.locator(".privacy-placeholder")).to_have_count(1)
    assert page.locator("iframe[title='A film']").get_attribute("src") is None


def test_what_comes_later_is_gated_too(visit):
    """A part of the page that a script puts there."""
    page = visit("/asked")
    say(page, ads=False)
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend',"
        " `<iframe title=late data-privacy=ads data-src=/film></iframe>`)"
    )
    expect(page.locator(".privacy-placeholder")).to_have_count(2)


READY = "new Promise((go) => __gpp('ping', (d) => go(d.signalStatus === 'ready')))"


def gpp(page, command, parameter=None):
    """Ask the interface of the IAB."""
    return page.evaluate(
        "([command, parameter]) => new Promise((go) => __gpp(command, (data, success) =>"
        " go([data, success]), parameter))",
        [command, parameter],
    )


def test_advertisers_in_california_are_told_the_decision(visit):
    """Allowed by the law's default there: not opted out, in the state's own section."""
    page = visit(place="US-CA")
    until(page, READY)
    ping, success = gpp(page, "ping")
    assert (success, ping["applicableSections"], ping["cmpId"]) == (True, [8], 31)
    assert ping["cmpStatus"] == "loaded"
    assert "8:usca" in ping["supportedAPIs"]
    section, _ = gpp(page, "getSection", "usca")
    assert (section["SaleOptOut"], section["Gpc"]) == (2, False)
    assert gpp(page, "getField", "usca.SharingOptOut") == [2, True]
    assert gpp(page, "hasSection", "usnat") == [False, True]
    assert gpp(page, "getGPPData") == [False, False]
    assert page.evaluate("new Promise((go) => __uspapi('getUSPData', 1, go))") == {
        "version": 1,
        "uspString": "1YNN",
    }


def test_the_signal_is_an_opt_out_for_advertisers(visit):
    """Global Privacy Control in California: every string says so."""
    page = visit(place="US-CA", **{"sec-gpc": "1"})
    usp = page.evaluate("new Promise((go) => __uspapi('getUSPData', 1, go))")
    section, _ = gpp(page, "getSection", "usca")
    assert usp["uspString"] == "1YYN"
    assert (section["SaleOptOut"], section["SharingOptOut"], section["Gpc"]) == (1, 1, True)


def test_a_change_is_told_to_who_listens(visit):
    """With the new string, after a refusal."""
    page = visit("/asked", place="US-CA")
    say(page, ads=False)
    until(page, READY)
    page.evaluate(
        "window.heard = []; __gpp('addEventListener', (e) => heard.push([e.eventName, e.data]))"
    )
    assert gpp(page, "getField", "usca.SaleOptOut") == [2, True]
    page.evaluate("fetch('/privacy/opt-out', {method: 'POST'}).then((answer) => answer.status)")
    say(page, ads=False)
    until(page, "heard.length === 3")
    assert page.evaluate("heard") == [
        ["listenerRegistered", True],
        ["sectionChange", "usca"],
        ["signalStatus", "ready"],
    ]
    assert gpp(page, "getField", "usca.SaleOptOut") == [1, True]
    assert gpp(page, "removeEventListener", 1)[0]["data"] is True


def test_a_frame_may_ask_through_messages(visit):
    """As the interface has it, where a frame finds its locator."""
    page = visit(place="US-CA")
    until(page, "frames.__gppLocator && frames.__uspapiLocator")
    while (frame := page.frame(url="**/film")) is None:
        page.wait_for_timeout(20)
    until(frame, "document.title.includes('__gppReturn')")
    assert '"callId":"7"' in frame.title()


def test_outside_of_the_states_no_section_applies(visit):
    """And nothing pretends to be a consent manager of the TCF."""
    page = visit()
    usp = page.evaluate("new Promise((go) => __uspapi('getUSPData', 1, go))")
    ping, _ = gpp(page, "ping")
    assert (ping["gppString"], ping["applicableSections"]) == ("DBAA", [-1])
    assert usp["uspString"] == "1---"
    assert page.evaluate("typeof window.__tcfapi") == "undefined"


def test_without_anybody_to_tell_tags_are_gated_all_the_same(visit):
    """By the status that every site has; nothing is made up for others."""
    page = visit(tells=False)
    expect(page.locator(".privacy-placeholder")).to_have_count(1)
    assert "/privacy/status.json" in page.asked
    made = (
        "['dataLayer', 'uetq', '_paq', '__gpp', '__uspapi', '__tcfapi'].filter((n) => n in window)"
    )
    assert page.evaluate(made) == []
    choose(page, "Allow all")
    until(page, "(window.ran || []).length === 3")
    assert ran(page) == ["first", "second", "third"]


def test_without_an_answer_everything_stays_off(visit):
    """The site does not answer: what waits says so, and listeners are told no."""
    page = visit("/asked")
    page.route("**/strings.json", lambda route: route.fulfill(status=503, body="{}"))
    expect(page.locator(".privacy-placeholder")).to_have_count(1, timeout=15_000)
    assert calls(page)[-1] == ["consent", "update", DENIED]
    assert ran(page) == []
