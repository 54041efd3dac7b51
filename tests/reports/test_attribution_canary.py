"""A canary in a visitor's events, links and orders is in no output of attribution and loop."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from privacykit.cli.main import app
from tests.reports.attribution_events import event, report, written

CANARY = "canary-7f3a"
MAP = (
    'ids = "consented"\ntime = "at"\nvisitor = "who"\nname = "what"\nchannel = "came"\ncampaign = "sent"\n'
    'value = "paid"\ncurrency = "in"\nproperties = ["heard"]\n'
)


@pytest.fixture
def files(tmp_path):
    """Thirty visitors who order, of whom one has the canary wherever there is a text."""
    with (tmp_path / "events.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["at", "who", "what", "came", "sent", "paid", "in", "heard"])
        for number in range(30):
            mark = CANARY if number == 7 else ""
            table.writerow([
                "2026-10-01T12:00:00Z", f"{mark}{number}", "land", mark or "search",
                mark or "spring", "", "", "",
            ])  # fmt: skip
            table.writerow([
                "2026-10-02T12:00:00Z", f"{mark}{number}", "order", "email", "autumn",
                mark and "100", mark, mark or "fair",
            ])  # fmt: skip
    (tmp_path / "map.toml").write_text(MAP)
    links, crm = (
        ["lead_key,visitor,time,consent,company,self_reported\n"],
        ["lead_key,stage,time,value,currency\n"],
    )
    for number in range(30):
        mark = CANARY if number == 7 else ""
        links.append(
            f"L{number}{mark},{mark}{number},2026-10-01T13:00:00Z,r{mark},c{mark},{mark}\n"
        )
        order = f"customer,2026-10-03,5,{mark}" if mark else "opportunity,2026-10-03,,"
        crm.append(f"L{number}{mark},{order}\n")
    (tmp_path / "links.csv").write_text("".join(links))
    (tmp_path / "crm.csv").write_text("".join(crm))
    return tmp_path


@pytest.mark.parametrize("form", [[], ["--json"], ["--csv"], ["--html", "f"], ["--parquet", "f"]])
@pytest.mark.parametrize(
    "asked",
    [
        ["attribution", "--conversion", "order", "--by", "campaign",
         "--self-reported", "prop.heard"],
        ["attribution", "--conversion", "order", "--segment", "channel==search"],
        ["loop", "--links", "links.csv", "--crm", "crm.csv"],
    ],
    ids=["campaigns", "segments", "loop"],
)  # fmt: skip
def test_nothing_of_a_visitor_comes_out(files, monkeypatch, asked, form):
    """Whatever is asked, and in whatever form it is written."""
    monkeypatch.chdir(files)
    events = ["--events", "events.csv", "--columns", "map.toml"]
    found = CliRunner().invoke(app, ["report", *asked, *events, *form])
    assert found.exit_code == 0, found.output
    made = Path("f").read_bytes() if Path("f").exists() else b""
    assert CANARY not in found.output
    assert CANARY.encode() not in made


def test_the_share_of_people_of_whom_nothing_is_shown_is_not_told(tmp_path):
    """Three who consented, beside forty who are shown, are not counted by a share."""
    many = [event(one, "2026-10-02T12:00", "order", basis="law", policy="US") for one in range(40)]
    few = [event(one, "2026-10-02T12:00", "order") for one in range(100, 103)]
    found = report(
        "attribution", "--events", written(tmp_path, many + few), "--conversion", "order"
    )
    assert found["populations"]["consented"]["conversions"] is None
    assert found["populations"]["daily"]["conversions"] == 40
    assert found["hidden"] == {"cells": 1, "share": None, "conversions": None}
