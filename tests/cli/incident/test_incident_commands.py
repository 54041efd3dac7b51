"""``privacykit incident``, as an operator types it."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

AWARE = ("--aware", "2026-11-27T18:00+01:00")
SATURDAY = datetime(2026, 11, 28, 9, tzinfo=UTC)
TWO_WEEKS_ON = datetime(2026, 12, 10, 9, tzinfo=UTC)
OPEN = ("incident", "open", *AWARE, "--all", "--read")


def _opened(run, *options):
    code, out, err = run(*OPEN, *options, "--json", at=SATURDAY)
    assert code == 0, err
    return json.loads(out)


def _decided_against(run, incident, *told):
    for whom in told or ("--authority", "--people"):
        decide = ("incident", "decide", incident, whom, "--not-notify", "--because", "no risk")
        assert run(*decide, at=SATURDAY)[0] == 0


# --- plan -----------------------------------------------------------------------------------------


def test_the_plan_is_written_twice_and_names_the_laws(stated, tmp_path):
    """As Markdown and as a page."""
    code, out, _ = stated("incident", "plan", "--output", str(tmp_path / "plan"))
    assert code == 0
    assert len(out.splitlines()) == 2
    text = (tmp_path / "plan" / "incident-plan.md").read_text()
    assert "72 hours from awareness" in text
    assert "A. Lead" in text
    assert "shop.customers" in text
    assert (tmp_path / "plan" / "incident-plan.html").read_text().startswith("<!doctype html>")


def test_a_public_plan_leaves_stores_keys_and_commands_out(stated):
    """It may be published."""
    code, out, _ = stated("incident", "plan", "--public")
    assert code == 0
    assert not [each for each in ("shop.customers", "subject (", "```") if each in out]


def test_a_plan_without_contacts_says_what_is_missing(run):
    """And ends with 1."""
    code, out, err = run("incident", "plan")
    assert code == 1
    assert "PK355" in err
    assert "TO FILL IN: incident.contacts" in out


# --- open, status, decide, close ------------------------------------------------------------------


def test_opening_counts_and_starts_the_clocks(stated):
    """Friday 18:00 in Berlin: Monday 17:00 UTC."""
    code, out, _ = stated(*OPEN, "--place", "BR", at=SATURDAY)
    assert code == 0
    assert "shop.customers: 2 of 2 rows; people 2" in out
    lines = out.splitlines()
    first = next(line for line in lines if "authority" in line)
    assert first.startswith("2026-11-30 18:00 CET")
    assert "BR: 3 business days from knowledge" in out
    assert "contain: privacykit hold add shop customers" in out


def test_an_incident_is_frozen(stated, tmp_path):
    """What is erased later was touched all the same."""
    incident = _opened(stated)
    with closing(sqlite3.connect(tmp_path / "shop.db")) as shop:
        shop.execute("delete from orders")
        shop.commit()
    code, out, _ = stated("incident", "show", incident["incident_id"], "--json", at=SATURDAY)
    assert code == 0
    stores = {store["name"]: store for store in json.loads(out)["inventory"]["stores"]}
    assert stores["shop.orders"]["rows"] == 3


def test_no_value_is_shown_or_kept(stated, tmp_path):
    """By no command, in no letter."""
    incident = _opened(stated, "--says", "A copy lay open.")["incident_id"]
    said = [repr(_opened(stated))]
    for command in ("status", "show", "list"):
        said += stated("incident", command, at=SATURDAY)[1:]
    for form in ("html", "csv", "json"):
        said += stated("incident", "show", "--format", form, at=SATURDAY)[1:]
    said += stated("incident", "letters", incident, "--output", str(tmp_path / "l"), at=SATURDAY)
    said += [path.read_text() for path in (tmp_path / "l").iterdir()]
    assert not [each for each in ("anna", "Anna", "again") if each in repr(said)]


def test_status_ends_with_1_when_something_is_overdue(stated):
    """Three days later."""
    _opened(stated)
    assert stated("incident", "status", at=SATURDAY)[0] == 0
    code, out, _ = stated("incident", "status", at=datetime(2026, 12, 24, tzinfo=UTC))
    assert code == 1
    assert "OVERDUE DE" in out


def test_a_notice_that_was_given_is_done_and_starts_further_clocks(stated):
    """Brazil's supplement counts from it."""
    incident = _opened(stated, "--place", "BR")["incident_id"]
    decide = ("incident", "decide", incident, "--law", "BR", "--authority", "--notify")
    told = ("--told", "2026-11-28T10:00+01:00", "--because", "accounts")
    code, out, _ = stated(*decide, *told, "--json", at=SATURDAY)
    assert code == 0
    duties = {(d["policy"], d["what"]): d for d in json.loads(out)["duties"]}
    assert duties["BR", "authority"]["state"] == "done"
    assert duties["BR", "supplement"]["due"].startswith("2026-12-25")
    assert duties["DE", "authority"]["state"] == "due"


def test_a_decision_not_to_notify_wants_its_reasons(stated):
    """The register keeps them (GDPR Art. 33(5))."""
    incident = _opened(stated)["incident_id"]
    decide = ("incident", "decide", incident, "--people", "--not-notify")
    code, _, err = stated(*decide, at=SATURDAY)
    assert (code, "--because" in err) == (2, True)
    code, out, _ = stated(*decide, "--because", "unreadable without the key", at=SATURDAY)
    assert code == 0
    assert "decided against DE" in out


def test_what_was_determined_later_moves_its_clocks(stated):
    """Texas counts from there for people."""
    incident = _opened(stated, "--place", "US-TX")["incident_id"]
    code, out, _ = stated(
        "incident", "decide", incident, "--determined", "2026-12-04T09:00+01:00", "--json",
        at=datetime(2026, 12, 5, tzinfo=UTC),
    )  # fmt: skip
    assert code == 0
    people = next(
        d for d in json.loads(out)["duties"] if (d["policy"], d["what"]) == ("US-TX", "people")
    )
    assert people["due"].startswith("2027-02-02")


def test_a_closed_incident_stays_in_the_register_for_five_years_and_no_longer(stated):
    """Brazil's duty, the longest."""
    incident = _opened(stated, "--place", "BR")["incident_id"]
    _decided_against(stated, incident)
    code, out, _ = stated("incident", "close", incident, "--remedy", "keys changed", at=SATURDAY)
    assert code == 0
    assert "until 2031-11-28" in out
    assert "Res. 15/2024" in out
    assert "closed" in stated("incident", "list", at=SATURDAY)[1]
    code, _, err = stated("incident", "close", incident, at=SATURDAY)
    assert (code, "closed" in err) == (2, True)
    later = datetime(2031, 12, 1, tzinfo=UTC)
    stated("incident", "open", *AWARE, "--all", "--lost", at=later)
    assert incident not in stated("incident", "list", at=later)[1]


def test_it_is_all_in_the_audit_log_which_verifies(stated):
    """Opened, decided, closed; no text of an operator's."""
    incident = _opened(stated, "--says", "A copy lay open.")["incident_id"]
    decide = ("incident", "decide", incident, "--authority", "--notify", "--because", "a reason")
    stated(*decide, at=SATURDAY)
    _decided_against(stated, incident)
    stated("incident", "close", incident, at=SATURDAY)
    out = stated("audit", "show", at=SATURDAY)[1]
    for action in ("incident.opened", "incident.decided", "incident.closed"):
        assert action in out
    assert "lay open" not in out
    assert "a reason" not in out
    assert stated("audit", "verify", at=SATURDAY)[0] == 0


def test_an_older_incident_that_is_overdue_is_not_hidden_by_a_newer_one(stated):
    """Cron looks at no other line than the exit code."""
    older = _opened(stated)["incident_id"]
    newer = ("incident", "open", "--aware", "2026-12-09T18:00+01:00", "--all", "--read", "--json")
    newest = json.loads(stated(*newer, at=TWO_WEEKS_ON)[1])["incident_id"]

    code, out, _ = stated("incident", "status", at=TWO_WEEKS_ON)
    told = json.loads(stated("incident", "status", "--json", at=TWO_WEEKS_ON)[1])

    assert (code, out.startswith(newest), f"\n{older}" in out) == (1, True, True)
    assert told["others_overdue"] == [older]
    assert stated("incident", "status", newest, at=TWO_WEEKS_ON)[0] == 0


def test_a_rehearsal_that_was_left_lying_presses_nobody(stated):
    """Beside an incident that is in time."""
    stated("incident", "open", "--drill", at=datetime(2026, 10, 1, tzinfo=UTC))
    _opened(stated)
    assert stated("incident", "status", at=SATURDAY)[0] == 0


@pytest.mark.parametrize("left", ["authority", "people"])
def test_an_incident_is_not_closed_while_a_notice_runs_that_nobody_decided_about(stated, left):
    """Closed, its deadline would be nobody's."""
    incident = _opened(stated)["incident_id"]
    decided = "--people" if left == "authority" else "--authority"
    _decided_against(stated, incident, decided)

    code, out, err = stated("incident", "close", incident, at=SATURDAY)

    assert (code, out, f"DE {left}" in err) == (2, "", True)
    _decided_against(stated, incident, f"--{left}")
    assert stated("incident", "close", incident, at=SATURDAY)[0] == 0


@pytest.mark.parametrize("which", ["--aware", "--determined", "--assessed"])
def test_nobody_is_aware_of_what_is_to_come(stated, which):
    """A clock from a day in the future ends too late."""
    known = () if which == "--aware" else AWARE
    when = (*known, which, "2026-12-02T09:00+00:00")

    code, _, err = stated("incident", "open", *when, "--all", "--read", at=SATURDAY)

    assert (code, "PK354" in err) == (2, True)


# --- letters --------------------------------------------------------------------------------------


def test_letters_of_its_laws_are_drafted(stated, tmp_path):
    """What only a person can state is marked."""
    incident = _opened(stated, "--place", "BR", "--place", "US-CA")["incident_id"]
    folder = tmp_path / "letters"
    code, out, _ = stated("incident", "letters", incident, "--output", str(folder), at=SATURDAY)
    assert code == 0
    names = {path.stem.partition("-")[2] for path in folder.iterdir()}
    assert names == {"anpd", "california", "gdpr33", "gdpr34"}
    assert "to fill in" in out
    text = (folder / f"{incident}-gdpr33.md").read_text()
    assert "BfDI" in text
    assert "Shop GmbH" in text
    assert "[TO FILL IN: likely consequences" in text


def test_a_form_that_is_none_is_refused(stated):
    """With those that are."""
    incident = _opened(stated)["incident_id"]
    code, _, err = stated("incident", "letters", incident, "--form", "none", at=SATURDAY)
    assert (code, "gdpr33" in err) == (2, True)


def test_the_inventory_is_a_table_and_a_page(stated):
    """As Markdown, as a page, as CSV: the same incident."""
    incident = _opened(stated)["incident_id"]
    show = ("incident", "show", incident, "--format")
    assert stated(*show, "html", at=SATURDAY)[1].startswith("<!doctype html>")
    code, out, _ = stated(*show, "csv", at=SATURDAY)
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert {row["incident"] for row in rows} == {incident}
    people = {row["store"]: row["people"] for row in rows if row["part"] == "store"}
    assert people["shop.customers"] == "2"
    assert code == stated(*show, "json", at=SATURDAY)[0]


# --- rehearsal ------------------------------------------------------------------------------------


def test_a_rehearsal_is_marked_everywhere(stated, tmp_path):
    """In its id, the list, the status, the inventory and every letter."""
    code, out, _ = stated("incident", "open", "--drill", at=SATURDAY)
    assert code == 0
    assert out.startswith("REHEARSAL ON MADE-UP DATA\ndrill-")
    incident = out.splitlines()[1].split()[0]
    for command in ("status", "show"):
        assert "REHEARSAL" in stated("incident", command, incident, at=SATURDAY)[1]
    assert "REHEARSAL" in stated("incident", "list", at=SATURDAY)[1]
    stated("incident", "letters", incident, "--output", str(tmp_path / "l"), at=SATURDAY)
    texts = [path.read_text() for path in (tmp_path / "l").iterdir()]
    assert texts
    assert all(text.count("REHEARSAL ON MADE-UP DATA") == 2 for text in texts)


def test_a_rehearsal_finds_what_is_not_stated(run):
    """That is what it is for."""
    code, _, err = run("incident", "open", "--drill", at=SATURDAY)
    assert code == 1
    assert "PK355" in err
    assert "incident.contacts" in err


def test_a_real_incident_is_meant_before_a_rehearsal(stated):
    """Where no id is given."""
    incident = _opened(stated)["incident_id"]
    stated("incident", "open", "--drill", at=SATURDAY)
    assert incident in stated("incident", "status", at=SATURDAY)[1]


def test_where_nothing_is_known_every_law_applies(run):
    """Fail closed: neither a place of people nor one of the operator."""
    from tests.cli.conftest import CONFIG

    config = CONFIG.replace('establishments = ["DE"]\n', "")
    assert config != CONFIG
    Path("privacykit.toml").write_text(config)
    duties = _opened(run)["duties"]
    assert {"DE", "BR", "US-CA", "CN", "AU"} <= {duty["policy"] for duty in duties}


# --- misuse ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("open", *AWARE, "--read"), "--store NAME"),
        (("open", *AWARE, "--all"), "--read, --changed, --lost"),
        (("open", "--all", "--read"), "--aware MOMENT"),
        (("open", "--aware", "yesterday", "--all", "--read"), "no moment"),
        ((*OPEN[1:], "--place", "Berlin"), "--place names no place"),
        ((*OPEN[1:], "--keys", "door"), "--keys names no key"),
        (("open", *AWARE, "--store", "shop.gone", "--read"), "PK353"),
        ((*OPEN[1:], "--determined", "2026-11-26T09:00+01:00"), "PK354"),
        (("status",), "no such incident"),
        (("decide", "x"), "say what is decided"),
        (("decide", "x", "--authority"), "one of --notify and --not-notify"),
    ],
)
def test_misuse_is_said(stated, arguments, says):
    """In a line, with an exit code of its own."""
    code, _, err = stated("incident", *arguments, at=SATURDAY)
    assert code == 2
    assert says in err


def test_a_law_that_is_none_of_its_own_is_refused(stated):
    """A misspelt one would stay due, unseen."""
    incident = _opened(stated)["incident_id"]
    decide = ("incident", "decide", incident, "--law", "XY", "--authority", "--notify")
    code, _, err = stated(*decide, "--because", "x", at=SATURDAY)
    assert (code, "no law of this incident" in err) == (2, True)


def test_no_incident_was_opened_yet(stated):
    """Looking makes none."""
    assert "no incident was opened yet" in stated("incident", "list")[1]
