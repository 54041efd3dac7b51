"""Choices in a real browser before the whole of privacykit: what holds, what does not, what ends."""

from __future__ import annotations

import json
from contextlib import ExitStack
from functools import cache
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from privacykit import PrivacyMiddleware
from privacykit.geo.synthetic import address_of
from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.testing.layout import CONFIG, lay_out
from tests.browsers import CHROMIUM, FLAGS, launched, playing, served

RESOLVING = "--host-resolver-rules=MAP *.test 127.0.0.1"
HOSTS = '["shop.test", "www.shop.test", "localhost"]'
SECURE = CONFIG.replace('["shop.example", "testserver", "127.0.0.1", "localhost"]', HOSTS)
SECURE = SECURE.replace("secure = false", "secure = true")
CHIPS = '"__Host-ga*" = "ads"\n'
PLAIN = SECURE.replace("secure = true", "secure = false").replace("[choice]", CHIPS + "\n[choice]")
GREEN = "everything that is not strictly necessary is off"


@pytest.fixture(scope="module")
def playwright():
    """What starts browsers."""
    with playing() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright):
    """One browser for all who block nothing."""
    with launched(playwright, RESOLVING) as chromium:
        yield chromium


@pytest.fixture
def page(browser):
    """A fresh visitor from Germany."""
    proxied = {"x-forwarded-for": address_of("DE", 9)}
    context = browser.new_context(extra_http_headers=proxied)
    yield context.new_page()
    context.close()


@pytest.fixture
def blocking(playwright, tmp_path):
    """A visitor whose browser blocks all cookies."""
    profile = tmp_path / "profile"
    (profile / "Default").mkdir(parents=True)
    blocked = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (profile / "Default" / "Preferences").write_text(json.dumps(blocked))
    context = playwright.chromium.launch_persistent_context(
        str(profile), executable_path=str(CHROMIUM), args=[*FLAGS, RESOLVING]
    )
    yield context.new_page()
    context.close()


async def shown(_):
    """A page of the shop."""
    return HTMLResponse("<!doctype html><title>shop</title>")


@pytest.fixture(scope="module")
def serve(tmp_path_factory):
    """Serve a wrapped shop on loopback, one for each configuration; return its port."""
    with ExitStack() as running:

        @cache
        def start(config):
            app = _shop(tmp_path_factory.mktemp("shop"), config)
            return urlsplit(running.enter_context(served(app))).port

        yield start


def _shop(folder, config):
    path = lay_out(folder, config)
    app = Starlette(routes=[Route("/", shown), Route("/blog/{post}", shown)])
    return PrivacyMiddleware(app, build(load(path), base=str(path)))


def refuse(page, address):
    """Open the page of choices at *address* and refuse everything there."""
    page.goto(f"{address}/privacy/")
    page.get_by_role("button", name="Refuse all").click()
    page.locator(".done, .trouble").wait_for()
    return page.get_by_role("status")


def states(page):
    """Return what the page says of each purpose."""
    return page.locator(".state").all_inner_texts()


def test_a_refusal_that_holds_is_said_to_hold(serve, page):
    """Secure cookies are kept on loopback, and the next request carries the refusal."""
    told = refuse(page, f"http://localhost:{serve(SECURE)}")
    expect(told).to_contain_text(GREEN)
    assert set(states(page)) == {"Always on", "Off, as you chose"}


def test_what_stops_a_purpose_stands_beside_it(serve, browser):
    """Somewhere unknown: the clause that no permission answers, and nobody "agreed" below it."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://localhost:{serve(SECURE)}/privacy/")
    ads = page.locator("li", has=page.get_by_label("Ads"))
    told = "Only explicit consent is enough. CN: PIPL Art. 23"
    assert ads.locator(".because").inner_text() == told
    ads.locator("summary").click()
    reasons = ads.locator("details li").all_inner_texts()
    assert reasons[0] == told
    assert not [reason for reason in reasons if "agreed" in reason]
    context.close()


def test_blocked_cookies_are_said(serve, blocking):
    """No green above what is on: the page says that nothing was kept, and what blocks it."""
    told = refuse(blocking, f"http://localhost:{serve(SECURE)}")
    expect(told).to_contain_text("your choice did not hold")
    expect(told).to_contain_text("block the cookies of this site")
    assert not blocking.locator(".done").count()
    assert "Off, as you chose" not in states(blocking)


def test_plain_http_is_said(serve, page):
    """A Secure cookie is not kept on another host over plain HTTP."""
    told = refuse(page, f"http://shop.test:{serve(SECURE)}")
    expect(told).to_contain_text("your choice did not hold")
    expect(told).to_contain_text("plain HTTP")
    assert not page.locator(".done").count()


def test_another_host_is_said(serve, page):
    """A cookie of a domain is not kept when a host outside of it sets it."""
    port = serve(PLAIN + 'domain = "shop.test"\n')
    told = refuse(page, f"http://localhost:{port}")
    expect(told).to_contain_text("host name that the choice is not kept for")
    expect(refuse(page, f"http://www.shop.test:{port}")).to_contain_text(GREEN)


def test_no_url_makes_a_page_green(serve, page):
    """A link that somebody sends changes nothing of what is said."""
    for done in ("refused", "withdrawn", "saved&is=2a", "saved"):
        page.goto(f"http://shop.test:{serve(PLAIN)}/privacy/?done={done}")
        assert not page.locator(".done").count()


def names(page):
    """Return the names of the cookies of our purposes that the browser keeps."""
    return sorted(c["name"] for c in page.context.cookies() if not c["name"].startswith("pk-"))


SET = (
    "document.cookie = '_ga=1; path=/; domain=shop.test; max-age=99999';"
    "document.cookie = '_ga_X=2; path=/; max-age=99999';"
    "document.cookie = '_gac[1]=3; path=/; domain=www.shop.test';"
    "document.cookie = 'session=4; path=/';"
)


@pytest.mark.parametrize("way", ["refuse", "opt out", "withdraw"])
def test_cookies_of_what_is_refused_end(serve, page, way):
    """Wherever a script set them: on the host and on its parents, they are out of the browser."""
    address = f"http://www.shop.test:{serve(PLAIN)}"
    page.goto(address)
    if way == "withdraw":
        page.goto(f"{address}/privacy/")
        page.get_by_role("button", name="Allow all").click()
        page.get_by_text("Done: your choices are saved.").wait_for()
    page.evaluate(SET)
    assert names(page) == ["_ga", "_ga_X", "_gac[1]", "session"]
    said = "everything that is not strictly"
    if way == "opt out":
        page.goto(f"{address}/privacy/opt-out")
        page.get_by_role("button", name="Opt out of everything").click()
    elif way == "withdraw":
        said = "your consent is withdrawn"
        page.get_by_role("button", name="Withdraw my consent").click()
    else:
        refuse(page, address)
    page.locator(".done", has_text=said).wait_for()
    assert names(page) == ["session"]


def test_a_cookie_of_a_directory_ends_on_its_pages(serve, page):
    """Our page is never sent it; the page that is ends it, once its purpose is refused."""
    address = f"http://www.shop.test:{serve(PLAIN)}"
    page.goto(f"{address}/blog/post")
    page.evaluate("document.cookie = '_ga=1'; document.cookie = 'session=2'")
    refuse(page, address)
    assert names(page) == ["_ga", "session"]
    page.goto(f"{address}/blog/other")
    assert names(page) == ["session"]


def test_a_partitioned_cookie_ends(serve, page):
    """It lies in another jar (CHIPS), which only a line that is partitioned too reaches."""
    address = f"http://localhost:{serve(PLAIN)}"
    page.goto(address)
    page.evaluate(
        "document.cookie = '_ga=1; Path=/; Secure; Partitioned';"
        "document.cookie = '_ga=2; Path=/';"
        "document.cookie = '__Host-gax=3; Path=/; Secure; Partitioned';"
        "document.cookie = 'session=4; Path=/; Secure; Partitioned'"
    )
    kept = page.context.cookies()
    assert sorted(c["name"] for c in kept if c.get("partitionKey")) == [
        "__Host-gax",
        "_ga",
        "session",
    ]
    assert names(page).count("_ga") == 2
    refuse(page, address)
    assert names(page) == ["session"]
