"""Kept figures in an operator's hands: listed, removed with a yes, never counted anew."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from tests.reports.kept.visits import ASKED, FIRST_GONE, JANUARY, lay_shop, made

KEEP = """keep = ["overview", "funnel --definition goals.toml --name shop"]
"""
FUNNEL = ASKED[2]


@pytest.fixture
def shop(tmp_path, monkeypatch, capsys):
    """A shop whose January is kept, since its first event went."""
    shop = lay_shop(tmp_path, monkeypatch, capsys, made())
    shop.configure(KEEP)
    assert shop("retention", "run")[0] == 0
    assert shop("retention", "run", at=FIRST_GONE)[0] == 0
    return shop


def listed(shop, *words):
    """Return kind, first day, reason and whether there are figures."""
    told = json.loads(shop("report", "kept", "list", *words, "--json", at=FIRST_GONE)[1])
    return [(it["kind"], it["from"], it["reason"], it["bytes"] > 0) for it in told]


def test_what_is_kept_is_listed(shop):
    """By kind and period; a person reads a line each."""
    both = [("funnel", "2026-01-01", "", True), ("overview", "2026-01-01", "", True)]
    assert listed(shop) == both
    assert listed(shop, "--kind", "overview") == both[1:]
    assert listed(shop, "--before", "2026-01-31") == []
    assert listed(shop, "--before", "2026-02-01") == both
    code, out, _ = shop("report", "kept", "list", "--kind", "funnel", at=FIRST_GONE)
    assert (code, "2026-01-01 to 2026-01-31  kept 2027-02-03" in out) == (0, True)


@pytest.mark.parametrize("command", ["list", "remove"])
@pytest.mark.parametrize(
    ("words", "there"),
    [(("--kind", "overvew"), "funnel, overview"), (("--site", "another"), "shop")],
)
def test_a_name_that_nothing_has_is_refused(shop, command, words, there):
    """It would find nothing, and be taken for that there is nothing."""
    code, out, err = shop(
        "report", "kept", command, "--before", "2027-01-01", *words, at=FIRST_GONE
    )
    assert (code, out, f"there are: {there}" in err) == (2, "", True)


def test_nothing_goes_without_a_yes(shop):
    """It is shown what would."""
    before = listed(shop)
    code, out, _ = shop("report", "kept", "remove", "--kind", "funnel", at=FIRST_GONE)
    assert (code, "nothing was removed" in out, listed(shop)) == (0, True, before)


def test_removed_figures_are_gone_and_told_so(shop):
    """The bytes, the report, the list; others stay; the log says who did it."""
    words = ("report", "kept", "remove", "--kind", "funnel", "--before", "2027-01-01", "--yes")
    code, out, _ = shop(*words, at=FIRST_GONE)
    assert (code, "the figures of 1 period were removed" in out) == (0, True)
    assert listed(shop) == [
        ("funnel", "2026-01-01", "removed", False),
        ("overview", "2026-01-01", "", True),
    ]
    assert "an operator removed them" in shop("report", "kept", "list", at=FIRST_GONE)[1]
    code, _, err = shop("report", *FUNNEL, *JANUARY, at=FIRST_GONE)
    assert (code != 0, "an operator removed them" in err) == (True, True)
    shop("retention", "run", at=FIRST_GONE)
    assert listed(shop, "--kind", "funnel") == [("funnel", "2026-01-01", "removed", False)]
    log = shop("audit", "show", at=FIRST_GONE)[1]
    assert log.count("report.figures_removed") == 1
    again = json.loads(shop(*words, "--json", at=FIRST_GONE)[1])
    assert again == {"removed": True, "figures": []}


@pytest.mark.parametrize("words", [(), ("--yes",), ("--before", "soon")])
def test_what_is_meant_must_be_said(shop, words):
    """Else a slip removes all."""
    assert shop("report", "kept", "remove", *words, at=FIRST_GONE)[0] == 2


def test_where_nothing_is_kept(tmp_path, monkeypatch, capsys):
    """Nothing is made to say so."""
    shop = lay_shop(tmp_path, monkeypatch, capsys, made())
    at = datetime.fromtimestamp(FIRST_GONE.timestamp(), FIRST_GONE.tzinfo)
    assert "no figures are kept" in shop("report", "kept", "list", at=at)[1]
