"""``privacykit policy sources`` and ``breach`` as text."""

import json

import pytest
from typer.testing import CliRunner

from privacykit.cli.main import app

HEAD = """id = "XA"
name = "Exampleland"
kind = "country"
places = ["XA"]
read = 2026-11-02
[law]
title = "Act"
in_force = 2030-01-01
citation = "Act 1"
confidence = "verified"
[scope]
follows = ["visitor"]
citation = "Act 2"
confidence = "verified"
"""
TABLES = """
[rules.sale]
model = "opt_in"
citation = "Act 3"
confidence = "unsure"
[rules.sale.practice]
says = "nobody asks"
citation = "a review"
confidence = "reported"
[breach.people]
n = 30
unit = "calendar_days"
from = "determination"
when = "harm is likely"
at_least_people = 10
note = "In writing."
citation = "Act 4"
confidence = "quoted"
[breach.authority]
n = 0
unit = "immediate"
from = "people_notice"
citation = "Act 5"
confidence = "reported"
"""


def run(*arguments):
    """Run the command and give exit code and output."""
    result = CliRunner().invoke(app, ["policy", *map(str, arguments)])
    return result.exit_code, result.stdout


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    """Lines are not broken, and moments are those of Greenwich."""
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture
def own(tmp_path):
    """A country of our own."""
    (tmp_path / "XA.toml").write_text(HEAD + TABLES)
    return tmp_path


def test_what_to_read_next_stands_first(own):
    """What nobody read before what somebody did, rules before periods."""
    code, out = run("sources", own)
    lines = out.splitlines()
    assert (code, lines[0].split()) == (0, ["READ", "HOW", "DECIDES", "ID", "CLAUSE", "CITATION"])
    assert [line.split()[-1] for line in lines[1:-1]] == [
        "3",
        "review",
        "5",
        "4",
        "1",
        "2",
    ]
    assert lines[-1] == "6 clauses: 2 verified, 1 quoted, 2 reported, 1 unsure"


def test_the_sources_are_filtered(own):
    """By confidence, by policy, by number."""
    assert "1 clause: 0 verified, 1 quoted" in run("sources", own, "--confidence", "quoted")[1]
    both = ("--confidence", "quoted", "--confidence", "unsure")
    assert "2 clauses" in run("sources", own, *both)[1]
    assert "0 clauses" in run("sources", own, "--policy", "DE")[1]
    assert "6 clauses, 2 shown" in run("sources", own, "--first", "2")[1]


def test_the_sources_are_data_too(own):
    """One object a clause."""
    told = json.loads(run("sources", own, "--first", "1", "--json")[1])
    assert told == [
        {
            "policy": "XA",
            "clause": "rules.sale",
            "decides": "verdict",
            "citation": "Act 3",
            "confidence": "unsure",
            "read": "2026-11-02",
            "words_read": False,
        }
    ]


def test_every_clause_of_ours_is_listed():
    """As many as there are."""
    told = json.loads(run("sources", "--json")[1])
    assert len(told) > 1500
    assert [one["words_read"] for one in told] == sorted(one["words_read"] for one in told)


def breach(own, *more):
    """Ask about a breach noticed on a Saturday morning in Exampleland."""
    return run("breach", "--place", "XA", "--noticed", "2026-11-28T09:30", "--policies", own, *more)


def test_a_breach_is_told_with_its_clocks(own):
    """Who, by when, from what moment, and what was assumed."""
    code, out = breach(own)
    assert code == 0
    assert out.splitlines() == [
        "2026-12-28 23:59 UTC  authority  XA: at once from people notice",
        "    counted from the last moment of the other notice, which was not given yet",
        "    Act 5 (reported)",
        "2026-12-28 23:59 UTC  people     XA: 30 calendar days from determination",
        "    from 10 people affected",
        "    if: harm is likely",
        "    counted from noticing, which is never later: say --established",
        "    In writing.",
        "    Act 4 (quoted)",
    ]


def test_moments_that_are_said_count(own):
    """Determined on Monday, people told on Tuesday."""
    stated = ("--established", "2026-11-30T12:00+01:00", "--people-told", "2026-12-01T08:00")
    told = json.loads(breach(own, *stated, "--json")[1])
    due = {one["told"]: (one["due"], one["assumed"]) for one in told}
    assert due == {
        "people": ("2026-12-30T23:59:59Z", None),
        "authority": ("2026-12-01T08:00:00Z", None),
    }


def test_a_clock_that_nothing_started_yet_is_open(tmp_path):
    """The authority after the people, for whom the law has no number."""
    people = TABLES.partition("[breach.people]")[0] + '[breach.people]\nrule = "promptly"\n'
    authority = TABLES[TABLES.index("[breach.authority]") :]
    source = 'citation = "Act 4"\nconfidence = "quoted"\n'
    (tmp_path / "XA.toml").write_text(HEAD + people + source + authority)
    lines = breach(tmp_path)[1].splitlines()
    assert lines[0].startswith("no number             authority  XA: at once from people notice")
    assert lines[1].strip() == (
        "counts from the other notice, which was not given yet and has no number"
    )


def test_too_few_people_are_said_to_be_no_duty(own):
    """And stand last."""
    lines = breach(own, "--people", "9")[1].splitlines()
    last = [line for line in lines if not line.startswith(" ")][-1]
    assert last.startswith("not owed              people     XA")


def test_laws_that_say_the_same_are_told_together():
    """Of two members of the Union."""
    out = run("breach", "--place", "AT", "--place", "ES", "--noticed", "2026-11-28T09:30")[1]
    assert "2026-12-01 09:30 UTC  authority  AT ES: 72 hours from awareness" in out.splitlines()


@pytest.mark.parametrize(
    "more",
    [["--place", "Germany", "--noticed", "2026-11-28"], ["--place", "DE", "--noticed", "soon"]],
)
def test_what_cannot_be_read_is_misuse(more):
    """A place or a moment that is none."""
    assert run("breach", *more)[0] == 2


def test_the_operators_own_place_counts_too(tmp_path):
    """From an option, or from a configuration."""
    call = ("breach", "--place", "US-TX", "--noticed", "2026-11-28T09:30", "--json")
    told = json.loads(run(*call, "--establishment", "AT")[1])
    assert {one["policy"] for one in told} == {"US-TX", "AT"}
    file = tmp_path / "privacykit.toml"
    file.write_text(
        '[[site]]\nid = "s"\nhosts = ["s.example"]\nestablishments = ["ES"]\n'
        '[purposes.a]\nuses = ["analytics_storage"]\nretention = "1 month"\n'
    )
    told = json.loads(run(*call, "--config", file)[1])
    assert {one["policy"] for one in told} == {"US-TX", "ES"}


def test_days_of_rest_are_those_of_the_configuration(tmp_path):
    """Colombia's fifteen business days, with the feast of 8 December left out."""
    file = tmp_path / "privacykit.toml"
    file.write_text('[controller]\nname = "C"\n[requests]\nholidays = [2026-12-08]\n')
    call = ("breach", "--place", "CO", "--noticed", "2026-11-27T09:30", "--json")
    plain, ours = (json.loads(run(*call, *more)[1])[0] for more in ([], ["--config", file]))
    assert (plain["due"], ours["due"]) == ("2026-12-18T23:59:59Z", "2026-12-21T23:59:59Z")
