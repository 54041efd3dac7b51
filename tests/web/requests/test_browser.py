"""The request form in a real browser, before a real site: accessible, of use without JavaScript."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browsers import launched, playing, served
from tests.waiting import eventually
from tests.web.requests import mailbox
from tests.web.requests.conftest import Shop

SIZES = {"phone": {"width": 320, "height": 640}, "desktop": {"width": 1280, "height": 800}}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The address of a shop, on a port of loopback."""
    mailbox.MAILS.clear()
    with served(Shop(tmp_path_factory.mktemp("form")).app) as address:
        yield address


@pytest.fixture(scope="module")
def chromium():
    """A browser."""
    with playing() as playwright, launched(playwright) as browser:
        yield browser


def is_clean(page):
    """Tell whether axe finds nothing, and nothing is cut off at the side."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    return True


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_axe_finds_nothing_on_the_form(address, chromium, size, language):
    """From left to right and from right to left, small and large."""
    with chromium.new_context(viewport=SIZES[size]) as context:
        page = context.new_page()
        page.goto(f"{address}/privacy/request?lang={language}")
        assert is_clean(page)


def test_somebody_asks_confirms_looks_and_takes_it_back(address, chromium):
    """With the keyboard's labels alone, and without a script."""
    before = len(mailbox.MAILS)
    context = chromium.new_context(java_script_enabled=False, viewport=SIZES["phone"])
    with context:
        page = context.new_page()
        page.goto(f"{address}/privacy/request")
        page.get_by_label("Delete my data").check()
        page.get_by_label("Your e-mail address").fill("mara@example.org")
        page.get_by_role("button", name="Send me the link").click()
        expect(page.get_by_role("heading")).to_have_text("Please look into your mail")
        eventually(lambda: len(mailbox.MAILS) > before)
        page.goto(f"{address}{mailbox.link()}")
        page.get_by_role("button", name="Confirm").click()
        expect(page.get_by_role("heading")).to_have_text("Your request has arrived")
        expect(page.get_by_role("status")).to_contain_text("We answer by 20")
        page.get_by_role("link", name="How your request stands").click()
        expect(page.get_by_role("status")).to_contain_text("being looked at")
        page.get_by_role("button", name="Take it back").click()
        expect(page.get_by_role("status")).to_contain_text("It was taken back.")
        assert context.cookies() == []


def test_axe_finds_nothing_on_the_pages_after_it(address, chromium):
    """Of an agent, whose page says most."""
    before = len(mailbox.MAILS)
    with chromium.new_context(viewport=SIZES["phone"]) as context:
        page = context.new_page()
        page.goto(f"{address}/privacy/request")
        page.get_by_label("A copy of my data").check()
        page.get_by_label("For somebody who authorised me").check()
        page.get_by_label("Your e-mail address").fill("agent@law.example")
        page.get_by_label("E-mail address of that person").fill("kim@example.org")
        page.get_by_role("button", name="Send me the link").click()
        assert is_clean(page)
        eventually(lambda: len(mailbox.MAILS) > before)
        page.goto(f"{address}{mailbox.link()}")
        assert is_clean(page)
        page.get_by_role("button", name="Confirm").click()
        expect(page.get_by_role("status")).to_contain_text("signed permission")
        assert is_clean(page)
        page.get_by_role("link", name="How your request stands").click()
        expect(page.get_by_role("status")).to_contain_text("We wait for a proof.")
        assert is_clean(page)
