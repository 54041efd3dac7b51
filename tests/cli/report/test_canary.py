"""P1 for pages of reports: a visitor of markers is in the events, and on no page."""

from __future__ import annotations

import csv
from dataclasses import asdict

from typer.testing import CliRunner

from privacykit.cli.main import app
from privacykit.cli.report.options import EventOptions, ScopeOptions
from privacykit.cli.report.pages.kinds import (
    AskedPage,
    asked_pages,
    report_commands,
    reports_of,
)
from privacykit.cli.report.pages.shown import shown_by
from privacykit.cli.report.send import body_of

COLUMNS = ("visitor", "time", "event", "page", "channel", "campaign", "country", "ip", "agent")
MAP = (
    'visitor = "visitor"\ntime = "time"\nname = "event"\npage = "page"\nchannel = "channel"\n'
    'campaign = "campaign"\ncountry = "country"\nids = "daily"\n'
)
OTHERS = 30


def lay_canary(folder, canary):
    """Write events of the canary and of some others; return how they are read."""
    email, words = canary.email, canary.words
    rows = [
        (email, "2026-11-02T10:00:00Z", "landing", canary.path(), words["user"], email, "DE"),
        (email, "2026-11-02T10:01:00Z", "buy", canary.path(), words["form"], words["user"], "DE"),
        (str(canary.ipv4), "2026-11-02T11:00:00Z", "landing", "/", "search", "", "FR"),
    ]
    for number in range(OTHERS):
        for step in ("landing",) if number % 2 else ("landing", "buy"):
            at = f"2026-11-02T12:{number:02}:00Z"
            rows.append((f"other-{number}", at, step, "/", "search", "autumn", "DE"))
    with (folder / "events.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        table.writerows([*row, canary.ipv4, canary.user_agent] for row in rows)
    (folder / "columns.toml").write_text(MAP)
    return EventOptions(events=[str(folder / "events.csv")], columns=str(folder / "columns.toml"))


def test_nothing_of_a_visitor_is_on_a_page(tmp_path, privacy_canary):
    """What one person did under words of their own is not shown, not published and not sent."""
    events = lay_canary(tmp_path, privacy_canary)
    lines = ["funnel --steps landing,buy", "funnel --steps landing,buy --segment country==DE"]
    typed = ["--events", *events.events, "--columns", events.columns]
    asked = [word for line in lines for word in ("--report", line)]
    out = tmp_path / "out"
    run = CliRunner().invoke(app, ["report", "publish", str(out), *typed, *asked])
    pages = [
        *asked_pages(lines),
        *(AskedPage(name, one, {}) for name, one in report_commands().items() if one.is_open),
    ]
    shown = shown_by(pages, asdict(events) | {"k": None})
    served = {one.name: shown(f"/{one.name}", {}).html for one in pages}
    assert "Of 32 visits that entered" in served["1-funnel"]
    found = [f for name, html in served.items() for f in privacy_canary.search(html, name)]
    for name, one in reports_of(lines, events, ScopeOptions()):
        found += privacy_canary.search(body_of(one), f"{name}, sent")
    found += privacy_canary.search(run.output, "what it says")
    assert [*found, *privacy_canary.search_files(out)] == []
    assert len(list(out.iterdir())) == 3
