"""``report serve``: this machine alone, read-only, errors in words; a real server and browser."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from typer.testing import CliRunner

from privacykit.cli.main import app
from privacykit.cli.report.pages.kinds import asked_pages
from privacykit.cli.report.pages.shown import shown_by
from privacykit.errors import BackendError, InputError
from tests.cli.report.samples import STEPS, lay_events, words

SIZES = {"phone": {"width": 320, "height": 640}, "desktop": {"width": 1280, "height": 800}}
START_SECONDS = 60


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The address of the command itself, on a free port."""
    folder = tmp_path_factory.mktemp("serve")
    typed = words(lay_events(folder))
    line = ["report", "serve", "--port", "0", "--report", f"funnel --steps {STEPS}", *typed]
    process = subprocess.Popen(
        [sys.executable, "-m", "privacykit", *line],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        told = process.stdout.readline()
        yield re.search(r"http://127\.0\.0\.1:\d+", told)[0]
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(START_SECONDS) == 0
        process.stdout.close()


class SeenCommand:
    """A command whose answer is another function's."""

    def __init__(self, command, reports):
        self.name, self.about, self.asked = command.name, command.about, command.asked
        self.reports = reports


def _port(address):
    return int(address.rpartition(":")[2])


def test_the_first_page_lists_what_there_is(address):
    """What was named at the start, and every kind of report."""
    answer = httpx2.get(f"{address}/")
    links = re.findall(r'href="(/[^"]+)"', answer.text)
    assert (answer.status_code, links[0]) == (200, "/1-funnel")
    assert "/funnel" in links


def test_a_report_that_was_named_is_shown(address):
    """Without anything to fill in, and with its first sentence."""
    answer = httpx2.get(f"{address}/1-funnel", timeout=60)
    assert answer.status_code == 200
    assert "Of 400 visits that entered, 10 (2.5 %) reached buy" in answer.text


def test_headers_let_nothing_in_and_keep_nothing(address):
    """No cache, no frame, no other origin, no type but its own; no name of the server."""
    headers = httpx2.get(f"{address}/").headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "server" not in headers


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("POST", {}, 405),
        ("HEAD", {}, 405),
        ("GET", {"host": "shop.example"}, 421),
        ("GET", {"host": "127.0.0.1"}, 421),
        ("GET", {"sec-fetch-site": "cross-site"}, 403),
        ("GET", {"sec-fetch-site": "same-site"}, 403),
        ("GET", {"sec-fetch-site": "same-origin"}, 200),
    ],
)
def test_whoever_is_not_meant_is_refused(address, method, headers, status):
    """A name that leads here by DNS, another site's page, and whatever would write."""
    answer = httpx2.request(method, f"{address}/", headers=headers)
    assert answer.status_code == status
    assert ("allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/funnel", 200, "Fill in the form: a funnel has 2 to 10 steps."),
        ("/funnel?steps=a", 400, "a funnel has 2 to 10 steps"),
        ("/funnel?steps=a,b&since=yesterday", 400, "a date is written like 2026-11-01"),
        ("/funnel?steps=a,b&within_days=x", 400, "--within is a whole number"),
        ("/funnel?steps=landing,buy&segment=ip==1", 400, "singles_out"),
        ("/funnel?steps=landing,buy&k=1&unit=person", 200, "10 people"),
        ("/funnel?steps=landing,buy&events=/etc/passwd", 200, "events.csv"),
        ("/1-funnel?since=2026-11-02&until=2026-11-05", 200, "2026-11-02 to 2026-11-05"),
        ("/1-funnel?steps=", 400, "a funnel has 2 to 10 steps"),
        ("/nothing", 404, "There is no such report here."),
        ("/funnel?" + "a=b&" * 60, 414, "more than a report can be asked"),
        ("/funnel?steps=" + "a" * 5000, 414, "more than a report can be asked"),
    ],
)
def test_errors_are_words_and_files_cannot_be_named(address, path, status, told):
    """What a query may not say is not heard: whose events, and how small a group may be."""
    answer = httpx2.get(f"{address}{path}", timeout=60)
    assert answer.status_code == status
    assert told in answer.text


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("funnel --steps land", "--report, page 1-funnel: a funnel has 2 to 10 steps"),
        ("overview --from yesterday", "a date is written like 2026-11-01"),
        ("overview --segment ip==1", "singles_out"),
    ],
)
def test_a_report_that_cannot_be_asked_ends_the_start(named, said):
    """Before it listens, and without looking at an event: there is no such file."""
    line = ["report", "serve", "--events", "none.csv", "--report", named]
    run = CliRunner().invoke(app, line)
    assert isinstance(run.exception, InputError)
    assert said in str(run.exception)


def test_a_flag_that_was_named_can_be_taken_back():
    """The form sends a box without a cross as an empty value, which is not an absent one."""
    (page,) = asked_pages(["overview --compare"])
    seen = []

    def reports(given, _shared):
        seen.append(given)
        raise InputError("enough")

    shown = shown_by([replace(page, command=SeenCommand(page.command, reports))], {})
    shown("/1-overview", {"since": ["2026-11-02"]})
    answer = shown("/1-overview", {"compare": [""]})
    assert [given.get("compare") for given in seen] == [["yes"], []]
    assert 'type="hidden" name="compare"' in answer.html


def test_what_nobody_foresaw_is_a_page_in_words(capsys):
    """One line in the terminal with its kind and place, and no value of anything."""
    (page,) = asked_pages(["overview"])

    def reports(_given, _shared):
        raise IndexError("/home/somebody/events.csv")

    shown = shown_by([replace(page, command=SeenCommand(page.command, reports))], {})
    answer = shown("/1-overview", {})
    assert (answer.status, "PK007 privacykit failed (IndexError)" in answer.html) == (500, True)
    told = capsys.readouterr().err
    assert told.startswith("PK007 privacykit failed (IndexError at cli/report/pages/shown.py:")
    assert told.count("\n") == 1
    assert "somebody" not in told + answer.html


def test_it_listens_on_this_machine_alone(address):
    """On the one address; no other of the loopback network answers."""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", _port(address)), timeout=5)


def test_a_port_that_is_taken_is_said(address):
    """With what to do."""
    run = CliRunner().invoke(app, ["report", "serve", "--port", str(_port(address))])
    assert isinstance(run.exception, BackendError)
    assert "choose another with --port" in str(run.exception)


@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desktop", "light")])
@pytest.mark.parametrize("path", ["/", "/1-funnel", "/funnel"])
def test_axe_finds_nothing(browser, address, path, size, scheme):
    """List, report and form; nothing is asked of anybody else, and nothing complains."""
    context = browser.new_context(viewport=SIZES[size], color_scheme=scheme)
    complaints = []
    shown = context.new_page()
    shown.on("console", lambda it: complaints.append(it.text))
    shown.on("request", lambda sent: complaints.append(sent.url))
    shown.goto(address + path)
    results = Axe().run(shown)
    widths = shown.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    context.close()
    assert results.violations_count == 0, results.generate_report()
    assert widths[0] <= widths[1]
    assert [it for it in complaints if not it.startswith((address, "data:,"))] == []


def test_the_keyboard_alone_asks_another_period(browser, address):
    """Without a script: the form is reached, filled in and sent, and keeps what was asked."""
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    shown = context.new_page()
    shown.goto(f"{address}/1-funnel")
    end = time.monotonic() + 30
    while shown.locator("#segment:focus").count() == 0:
        shown.keyboard.press("Tab")
        assert time.monotonic() < end
    shown.keyboard.type("country==DE")
    shown.keyboard.press("Enter")
    expect(shown.get_by_role("heading", name="country==DE")).to_be_visible()
    expect(shown.get_by_label("Steps", exact=True)).to_have_value(STEPS)
    expect(shown.get_by_label("Segment", exact=True)).to_have_value("country==DE")
    context.close()
