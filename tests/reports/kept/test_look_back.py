"""Figures of reports that look back: kept while the days that they look back at are all there."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from privacykit.cli.report.kept.lines import kept_problems
from privacykit.settings.load import parse
from privacykit.settings.paths import Paths
from tests.reports.kept.test_kept import ALL_GONE, told
from tests.reports.kept.visits import CONFIG, FEBRUARY, FIRST_GONE, JANUARY, lay_lasting

ASKED = ("attribution", "--conversion", "order", "--lookback", "30")
LOOP = ("loop", "--links", "links.csv", "--crm", "crm.csv", "--history", "29")
KEEP = f'keep = ["{" ".join(ASKED)}", "{" ".join(LOOP)}"]\n'


@pytest.fixture
def shop(tmp_path, monkeypatch, capsys):
    """A shop with visits of January and February, of people who consented to being known again."""
    return lay_lasting(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("words", [ASKED, LOOP], ids=["attribution", "loop"])
def test_they_are_those_of_the_events(shop, words):
    """Kept when the first day that they look back at goes, a month before their own events do."""
    shop.configure(KEEP)
    assert shop("retention", "run")[0] == 0
    before, _ = told(shop, *words, *FEBRUARY, at=FIRST_GONE - timedelta(9))

    ran = json.loads(shop("retention", "run", "--json", at=FIRST_GONE)[1])

    kept = {(one["report"].split()[0], one["first"], one["reason"]) for one in ran["figures"]}
    assert (words[0], "2026-02-01", "") in kept
    assert told(shop, *words, *FEBRUARY, at=ALL_GONE) == (before, ["2027-02-03T12:00:00Z"])
    assert shop("retention", "run", at=ALL_GONE)[0] == 0
    assert told(shop, *words, *FEBRUARY, at=ALL_GONE) == (before, ["2027-02-03T12:00:00Z"])


def test_what_looks_back_at_days_that_had_gone_is_not_kept(shop):
    """All events of its own month are there; the report of before says what is missing."""
    shop.configure("")
    assert shop("retention", "run", at=FIRST_GONE)[0] == 0
    shop.configure(KEEP)
    later = FIRST_GONE + timedelta(1)
    live = json.loads(shop.report(*ASKED, *FEBRUARY, "--json", at=later))
    assert any(one.startswith("partly_gone: of the purposes analytics") for one in live["notes"])

    out = shop("retention", "run", at=later)[1]

    assert "2026-02-01 to 2026-02-28: not kept (partly_gone)" in out
    err = shop("report", *ASKED, *FEBRUARY, at=later)[2]
    assert "some of the events had gone, or may have, before figures" in err


def test_a_report_of_days_that_are_all_there_says_nothing_of_it(shop):
    """Before anything goes, nothing is missing."""
    shop.configure("")
    live = json.loads(shop.report(*ASKED, *JANUARY, "--json"))
    assert not [one for one in live["notes"] if one.startswith("partly_gone")]


@pytest.mark.parametrize(("days", "ids"), [(31 + 30 + 1, {"PK412"}), (31 + 30 + 2, set())])
def test_events_live_longer_than_what_is_looked_at(tmp_path, days, ids):
    """Period and look-back, and the day before it that a visit may have begun on."""
    text = CONFIG.replace("13 months", f"{days} days") + f'keep = ["{" ".join(ASKED)}"]\n'
    found = kept_problems(parse(text), Paths.beside(tmp_path / "x.toml"), "x.toml")
    assert {one.id for one in found} == ids


def test_costs_are_not_kept(tmp_path):
    """Another file may tell others later."""
    text = CONFIG + f'keep = ["{" ".join(ASKED)} --costs costs.csv"]\n'
    found = kept_problems(parse(text), Paths.beside(tmp_path / "x.toml"), "x.toml")
    assert [(one.id, one.key) for one in found] == [("PK414", "reports.keep.0")]
