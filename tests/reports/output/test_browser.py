"""The page of a report in a real browser: accessible, from nowhere else, fit for paper."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from privacykit.reports.output import page
from tests.reports.output.samples import (
    EVERY,
    HOSTILE,
    NOVEMBER,
    OCTOBER,
    funnel,
    report,
    step,
    table,
    tables_report,
)

SIZES = {"phone": {"width": 320, "height": 640}, "desktop": {"width": 1280, "height": 800}}
NAMED = table("top", [(HOSTILE, 5), ("b", 3)], "page:text", "visits:count", caption=HOSTILE)
HOSTILE_STEPS = [step(HOSTILE, 90, 90, 0, 60, 30), step("buy", 0, 30, 0, 0, 0)]
REPORTS = {
    "funnel": report(funnel(hidden=3), funnel(segment="country==DE", hidden=4)),
    "compared": report(funnel(), funnel(period=1), periods=(NOVEMBER, OCTOBER)),
    "tables": tables_report(*EVERY, NAMED),
    "hostile": report(funnel(HOSTILE_STEPS, 90, 30), title=HOSTILE, site=HOSTILE),
}


@pytest.fixture
def opened(browser, tmp_path):
    """Return what opens a report from its file; whatever it asks for or complains of fails."""
    contexts, complaints = [], []

    def open_(one, **options):
        path = tmp_path / "report.html"
        page.write(one, str(path))
        contexts.append(browser.new_context(**options))
        shown = contexts[-1].new_page()
        shown.on("pageerror", lambda error: complaints.append(str(error)))
        shown.on("console", lambda it: complaints.append(it.text))
        shown.on("dialog", lambda it: complaints.append(it.message))
        shown.on("request", lambda sent: complaints.append(sent.url))
        shown.goto(path.as_uri())
        assert complaints.pop(0) == path.as_uri()
        return shown

    yield open_
    for one in contexts:
        one.close()
    assert [it for it in complaints if it != "data:,"] == []


@pytest.mark.parametrize("name", sorted(REPORTS))
@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_axe_finds_nothing(opened, name, size, scheme):
    """On a phone in the dark and at a desk by day; nothing is wider than the screen."""
    shown = opened(REPORTS[name], viewport=SIZES[size], color_scheme=scheme)
    results = Axe().run(shown)
    assert results.violations_count == 0, results.generate_report()
    widths = shown.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1]


def test_the_style_is_used_and_a_script_is_not(opened):
    """The policy of the page lets its own style through, and nothing that is put into it."""
    shown = opened(REPORTS["hostile"], viewport=SIZES["desktop"])
    assert shown.evaluate("getComputedStyle(document.querySelector('.performed')).fill") == (
        "rgb(11, 92, 143)"
    )
    assert shown.evaluate("document.scripts.length") == 0
    assert "<script>" in shown.inner_text("h1")


def test_a_chart_is_read_out_by_its_name(opened):
    """A screen reader gets the title and what is in the drawing; the table has the figures."""
    shown = opened(REPORTS["funnel"], viewport=SIZES["desktop"])
    drawing = shown.get_by_role("img").first
    assert "What happened at each step" in drawing.aria_snapshot()
    assert "1. landing: 1,204 in the funnel, 1,204 did it" in drawing.locator("desc").text_content()
    row = shown.get_by_role("row", name="1. landing 1,204").first
    assert row.get_by_role("rowheader").inner_text() == "1. landing"


def test_whatever_is_wider_than_a_phone_is_reached_by_the_keyboard(opened):
    """Charts and tables scroll by themselves, and have the focus for it."""
    shown = opened(REPORTS["funnel"], viewport=SIZES["phone"])
    shown.keyboard.press("Tab")
    name = shown.evaluate("document.activeElement.getAttribute('aria-label')")
    assert name == "Chart: What happened at each step"


def test_it_prints_on_paper(opened):
    """On A4 in light colours even where the screen is dark, the chart within the page."""
    shown = opened(REPORTS["funnel"], viewport={"width": 680, "height": 900}, color_scheme="dark")
    shown.emulate_media(media="print", color_scheme="dark")
    ground = shown.evaluate("getComputedStyle(document.body).backgroundColor")
    widths = shown.evaluate(
        "[...document.querySelectorAll('svg, table')].map(it => it.getBoundingClientRect().right)"
    )
    assert ground == "rgb(255, 255, 255)"
    assert max(widths) <= 680
    assert shown.pdf(prefer_css_page_size=True)[:5] == b"%PDF-"
