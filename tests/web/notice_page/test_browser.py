"""Notice, record and assessment in a real browser: accessible, of one file, fit for paper."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from privacykit.documents.assessment.draft import assessment_page
from privacykit.documents.notice.changelog import changes_page
from privacykit.documents.notice.layout import cookie_page, notice_page
from privacykit.documents.pages.html import html_page
from privacykit.documents.record.profiles import record_table
from privacykit.documents.record.written import record_page
from privacykit.settings.duties.changes import parse_changes
from tests.documents.samples import CONSENTED, MAP, by_law, given, model, writer

SIZES = {"phone": {"width": 320, "height": 640}, "desktop": {"width": 1280, "height": 800}}
EVERY = by_law(CONSENTED, "gdpr", "california", "lgpd", "pipl", "app", "kvkk")
CHANGES = parse_changes('[[changes]]\non = "2026-12-01"\nwhat = "less"\ncriticism = "long"\n', "c")
ALL = model(EVERY, MAP)
PAGES = {
    "notice": lambda: notice_page(
        ALL, writer(), first=("gdpr",), changes="/privacy/notice/changes"
    ),
    "notice-ar": lambda: notice_page(ALL, writer("ar")),
    "cookies": lambda: cookie_page(ALL, writer()),
    "changes": lambda: changes_page(CHANGES, writer(), "/privacy/notice"),
    "record": lambda: record_page(ALL, record_table(ALL, given(EVERY, MAP), writer()), writer()),
    "assessment": lambda: assessment_page(ALL, given(EVERY, MAP), writer()),
}


@pytest.fixture
def opened(browser, tmp_path):
    """Return what opens a page from its file; whatever it asks for or complains of fails."""
    contexts, complaints = [], []

    def open_(name, **options):
        path = tmp_path / "page.html"
        path.write_text(html_page(PAGES[name]()), encoding="utf-8")
        contexts.append(browser.new_context(java_script_enabled=True, **options))
        shown = contexts[-1].new_page()
        shown.on("pageerror", lambda error: complaints.append(str(error)))
        shown.on("console", lambda it: complaints.append(it.text))
        shown.on("request", lambda sent: complaints.append(sent.url))
        shown.goto(path.as_uri())
        assert complaints.pop(0) == path.as_uri()
        return shown

    yield open_
    for one in contexts:
        one.close()
    assert [it for it in complaints if it != "data:,"] == []


@pytest.mark.parametrize(
    ("name", "size", "scheme"),
    [
        ("notice", "phone", "dark"),
        ("notice-ar", "desktop", "light"),
        ("cookies", "phone", "light"),
        ("changes", "phone", "dark"),
        ("record", "desktop", "light"),
        ("assessment", "desktop", "dark"),
    ],
)
def test_axe_finds_nothing(opened, name, size, scheme):
    """With every part open, on a phone in the dark and at a desk by day; nothing is wider."""
    shown = opened(name, viewport=SIZES[size], color_scheme=scheme)
    shown.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert Axe().run(shown).response["violations"] == []
    assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_first_layer_is_open_and_the_rest_folded(opened):
    """Short first; what else there is one opens, without a script."""
    shown = opened("notice")
    expect(shown.get_by_text("is responsible for shop.example")).to_be_visible()
    row = shown.locator("#retention").get_by_text("13 months").first
    expect(row).not_to_be_visible()
    shown.get_by_role("heading", name="How long we keep it").click()
    expect(row).to_be_visible()


def test_paper_has_everything(opened):
    """What is folded on a screen is printed open."""
    shown = opened("notice")
    shown.emulate_media(media="print")
    expect(shown.locator("#retention").get_by_text("13 months").first).to_be_visible()
