"""``privacykit policy impact`` and ``calendar`` as text: what a change, or a year, brings."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from privacykit.cli.main import app
from privacykit.settings.policies import shipped_directory

CONFIG = """
[[site]]
id = "shop"
hosts = ["shop.example"]

[purposes.analytics]
uses = ["analytics_storage"]
retention = "13 months"

[purposes.ads]
uses = ["targeted_ads"]
retention = "3 months"

[purposes.necessary]
uses = ["strictly_necessary"]
retention = "1 month"
"""
SOLD = '\n[[sinks]]\ntype = "memory"\nname = "m"\nrole = "third_party"\npurposes = ["ads"]\n'
GEO = '\n[geo]\nedge = "cloudflare"\n'
HOUSE = """id = "HOUSE"
name = "House rules"
kind = "overlay"
over = "*"
read = 2026-11-02
[law]
title = "House rules"
citation = "the board"
confidence = "verified"
[scope]
follows = ["visitor"]
citation = "the board"
confidence = "verified"
[rules.targeted_ads]
model = "prohibited"
citation = "the board"
confidence = "verified"
"""


def run(*arguments):
    """Run the command and give exit code and output."""
    result = CliRunner().invoke(app, ["policy", *map(str, arguments)])
    return result.exit_code, result.stdout


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    """Lines are not broken."""
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def config(tmp_path):
    """A shop whose visitors are placed by an edge."""
    file = tmp_path / "privacykit.toml"
    file.write_text(CONFIG + GEO)
    return file


@pytest.fixture
def ours(tmp_path):
    """Some of our files: those of three places, of everywhere, and what that extends."""
    copy = tmp_path / "ours"
    copy.mkdir()
    for name in ("EU", "IN", "JP", "PH", "ZZ"):
        shutil.copy(shipped_directory() / f"{name}.toml", copy)
    return copy


@pytest.fixture
def looser(ours, tmp_path):
    """A copy of them in which the Philippines ask less of ads."""
    copy = shutil.copytree(ours, tmp_path / "looser")
    file = copy / "PH.toml"
    text = file.read_text()
    old = '[rules.targeted_ads]\nmodel = "opt_in"'
    assert old in text
    file.write_text(text.replace(old, '[rules.targeted_ads]\nmodel = "opt_out"'))
    return copy


def test_what_got_looser_is_an_error_until_it_is_accepted(config, ours, looser):
    """With the clauses before and after; exit 1, and 0 with a yes."""
    code, out = run("impact", ours, looser, "--config", config)
    assert code == 1
    lines = out.splitlines()
    assert lines[:2] == ["ads at PH", "  needs_consent -> allow (looser)"]
    assert any(line.startswith("    was consent_needed: PH rules.targeted_ads [") for line in lines)
    assert any(line.startswith("    is opt_out: PH rules.targeted_ads [") for line in lines)
    assert lines[-1].endswith("at 1 place, 2 of them looser")
    assert run("impact", ours, looser, "--config", config, "--accept")[0] == 0


def test_what_got_stricter_is_none(config, ours, looser):
    """The way back."""
    code, out = run("impact", looser, ours, "--config", config)
    assert (code, "needs_consent (stricter)" in out, "looser" in out.splitlines()[-1]) == (
        0,
        True,
        True,
    )
    assert out.splitlines()[-1].endswith("0 of them looser")


def test_two_days_are_compared(config):
    """India's act of 2027 reaches ads and analytics there."""
    code, out = run("impact", "2027-05-12", "2027-05-13", "--config", config, "--json", "--accept")
    told = json.loads(out)
    assert code == 0
    touched = {p["purpose"] for one in told["impacts"] for p in one["purposes"]}
    assert touched == {"analytics", "ads"}
    assert {place for one in told["impacts"] for place in one["places"]} - {"ZZ"} == {"IN"}
    change = next(one for one in told["impacts"] if one["places"] == ["IN"])["changes"][0]
    assert set(change) == {"old", "new", "looser", "when", "was", "is"}
    assert change["was"]["jurisdiction"] == "IN"


def test_nothing_changed_is_said(config):
    """Exit 0."""
    assert run("impact", "2026-11-28", "2026-11-29", "--config", config) == (
        0,
        "no decision changes\n",
    )


def test_the_operators_own_policies_lie_over_both(config, ours, looser, tmp_path):
    """A house rule forbids ads anyway, so nothing got looser."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "HOUSE.toml").write_text(HOUSE)
    config.write_text(CONFIG + GEO + '\n[policies]\ndirectories = ["own"]\n')
    assert run("impact", ours, looser, "--config", config)[0] == 0


def test_a_purpose_for_third_parties_is_asked_as_a_sale_too(config):
    """As the middleware asks before it hands anything on."""
    config.write_text(CONFIG + GEO + SOLD)
    told = json.loads(run("impact", "2026-11-30", "2026-12-01", "--config", config, "--json")[1])
    purposes = {p["purpose"] for one in told["impacts"] for p in one["purposes"]}
    assert "ads (to third parties)" in purposes


def test_without_a_geo_database_the_reader_is_told_where_everybody_is(config):
    """At the unknown place."""
    config.write_text(CONFIG)
    out = run("impact", "2026-11-28", "2026-11-29", "--config", config)[1]
    assert out.splitlines()[-1] == "Nothing tells where a visitor is: every one is at ZZ."


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [("2026-11-28", "policies", 2), ("nowhere", "2026-11-28", 2), ("nowhere", "nobody", 1)],
)
def test_two_of_one_kind_are_compared(old, new, code):
    """A day and a directory are misuse, a directory that is missing is an error."""
    assert run("impact", old, new)[0] == code


def test_the_calendar_lists_days_in_a_span():
    """From our own dates."""
    code, out = run("calendar", "--from", "2026-12-01", "--until", "2026-12-31")
    assert code == 0
    lines = [line for line in out.splitlines() if "pending: " not in line]
    days = [line[:14] for line in lines if line.startswith("2026")]
    assert days == ["2026-12-01  CL", "2026-12-10  AU"]


def test_the_calendar_ends_after_a_year():
    """The acts of 2028 are not told on a day in 2026."""
    told = json.loads(run("calendar", "--on", "2026-11-28", "--json")[1])
    days = [entry["on"] for entry in told["days"]]
    assert days[0] == "2026-12-01"
    assert all("2026-11-28" <= day <= "2027-11-28" for day in days)
    later = json.loads(run("calendar", "--on", "2027-02-28", "--json")[1])
    assert max(entry["on"] for entry in later["days"]) <= "2028-02-28"
    leap = json.loads(run("calendar", "--on", "2028-02-29", "--json")[1])
    assert all(entry["on"] <= "2029-02-28" for entry in leap["days"])


def test_the_calendar_says_what_it_changes_for_a_configuration(config):
    """Which purposes, where, and whether the operator is established there."""
    config.write_text((CONFIG + GEO).replace("hosts", 'establishments = ["CL"]\nhosts'))
    call = ("calendar", "--on", "2026-11-28", "--until", "2026-12-31", "--config", config)
    told = json.loads(run(*call, "--json")[1])
    touches = {(entry["on"], entry["policy"]): entry["touches"] for entry in told["days"]}
    ours = touches["2026-12-01", "CL"]
    assert (set(ours["purposes"]), ours["places"][0], ours["established"]) == (
        {"ads", "analytics"},
        "CL",
        True,
    )
    assert touches["2026-12-10", "AU"] == {"purposes": [], "places": [], "established": False}


def test_the_calendar_says_so_in_words(config):
    """Below each day."""
    config.write_text((CONFIG + GEO).replace("hosts", 'establishments = ["CL"]\nhosts'))
    out = run("calendar", "--on", "2026-11-28", "--until", "2026-12-31", "--config", config)[
        1
    ].splitlines()
    assert any(line.endswith(" at CL; you are established there") for line in out)
    assert "            no decision of yours changes" in out


def test_what_may_change_without_a_day_is_told_last(tmp_path):
    """A draft in a file of one's own."""
    (tmp_path / "HOUSE.toml").write_text(
        HOUSE + '[[pending]]\nwhat = "a new board"\ncitation = "news"\nconfidence = "reported"\n'
    )
    call = ("calendar", "--on", "2026-11-28", "--policies", tmp_path)
    last = [line for line in run(*call)[1].splitlines() if line.startswith("no day set  HOUSE")]
    assert [line.partition("pending: ")[2] for line in last] == ["a new board [news; reported]"]
    assert "a new board" in [one["what"] for one in json.loads(run(*call, "--json")[1])["pending"]]
