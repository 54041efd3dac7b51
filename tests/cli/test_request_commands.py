"""``privacykit request`` and ``privacykit audit`` as an operator sees them."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import create_engine, text

from privacykit.cli.main import main

CONFIG = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
timezone = "Europe/Berlin"
establishments = ["DE"]
[purposes.analytics]
uses = ["analytics_no_storage"]
"""
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ANNA = "anna@shop.example"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command at a time of our choice; gives exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "privacykit.toml").write_text(CONFIG)

    def run(*arguments, at=NOW, stdin=""):
        monkeypatch.setattr(sys, "argv", ["privacykit", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with time_machine.travel(at, tick=False), pytest.raises(SystemExit) as ended:
            main()
        return (ended.value.code or 0, *capsys.readouterr())

    assert run("keys", "init")[0] == 0
    return run


@pytest.fixture
def erasure(run):
    """The id of a request of Anna's to be erased."""
    code, out, _ = run("request", "new", "erasure", "--email", ANNA, "--place", "DE", "--json")
    assert code == 0
    return json.loads(out)["id"]


def _alter(tmp_path, statement):
    engine = create_engine(f"sqlite:///{tmp_path}/privacykit-records.db")
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_new_request_says_when_and_why_it_is_due(run):
    """A calendar month by the law of Germany, in the site's own day."""
    code, out, _ = run("request", "new", "access", "--email", ANNA, "--place", "DE")

    assert code == 0
    assert "due 2026-12-21 22:59 UTC, in 30.5 days (DE GDPR (Reg. (EU) 2016/679) Art. 12(3))" in out
    assert ANNA not in out


def test_place_nobody_knows_is_answered_by_the_strictest_law(run):
    """Unknown is never looser than any: 72 hours."""
    _, out, _ = run("request", "new", "access", "--email", ANNA, "--place", "ZZ", "--json")

    assert json.loads(out)["due_at"] - NOW.timestamp() == 72 * 3600


def test_right_that_no_law_grants_is_said(run):
    """What we do without a duty is said to be so."""
    _, out, _ = run("request", "new", "opt_out_sale_sharing", "--email", ANNA, "--place", "DE")

    assert "no applicable law grants this right" in out


def test_same_wish_of_the_same_person_is_noticed(run, erasure):
    """Two requests for one thing are told of each other."""
    _, out, _ = run("request", "new", "erasure", "--email", "Anna@Shop.example", "--place", "DE")

    assert f"already asks for this: {erasure[:8]}" in out


def test_identity_comes_from_standard_input(run):
    """Nothing needs to stand in the shell's history."""
    code, out, _ = run(
        "request", "new", "access", "--identity", "-", "--json", stdin=f"email={ANNA}\n"
    )

    assert (code, json.loads(out)["status"]) == (0, "initiated")


@pytest.mark.parametrize(
    "arguments",
    [
        ["access"],
        ["access", "--identity", "ip_address=203.0.113.7"],
        ["access", "--identity", "nobody"],
        ["access", "--identity", "email:rot13=x"],
        ["access", "--email", ANNA, "--received", "2026-11-22"],
        ["access", "--email", ANNA, "--received", "yesterday"],
        ["everything", "--email", ANNA],
    ],
    ids=["nobody", "address", "shape", "format", "future", "date", "type"],
)
def test_request_that_makes_no_sense_is_a_misuse(run, arguments):
    """Exit code 2, and no value in the message."""
    code, _, err = run("request", "new", *arguments)

    assert code == 2
    assert "203.0.113.7" not in err
    assert ANNA not in err


def test_letter_that_lay_about_is_counted_from_its_day(run):
    """The clock started when the letter came."""
    _, out, _ = run(
        "request", "new", "access", "--email", ANNA, "--place", "DE", "--received", "2026-11-01"
    )

    assert "due 2026-12-01" in out


def test_list_puts_what_is_due_first_and_says_what_is_overdue(run, erasure):
    """Overdue is a word, and red on a terminal."""
    run("request", "new", "access", "--email", ANNA, "--place", "BR")

    _, out, _ = run("request", "list", at=datetime(2026, 12, 10, tzinfo=UTC))

    first, second = out.splitlines()
    assert "OVERDUE by 3.0 days" in first
    assert erasure[:8] in second


def test_list_is_red_on_a_terminal_only(monkeypatch):
    """Colour where it helps; NO_COLOR is honoured."""
    from privacykit.cli.terminal import words

    class _Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(words.sys, "stdout", _Terminal())
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert words.red("x") == "\x1b[31mx\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert words.red("x") == "x"


def test_no_requests_are_said(run):
    """An empty list is a sentence."""
    assert run("request", "list")[1] == "no open requests\n"
    assert run("request", "list", "--all")[1] == "no requests\n"


def test_show_keeps_the_person_to_itself(run, erasure):
    """Identities show only when asked for, and then that is on record."""
    _, plain, _ = run("request", "show", erasure)
    _, revealed, _ = run("request", "show", erasure, "--reveal")
    _, again, _ = run("request", "show", erasure, "--json")

    assert ANNA not in plain
    assert f"known by email: {ANNA}" in revealed
    assert [item["action"] for item in json.loads(again)["history"]] == [
        "request.received",
        "request.revealed",
    ]


def test_person_is_proven_by_a_link_and_the_request_approved(run, erasure):
    """The token goes out once, comes back once, and opens the way."""
    _, token, _ = run("request", "ask", erasure)
    assert run("request", "approve", erasure)[0] == 2

    code, out, _ = run("request", "confirm", stdin=token)
    again = run("request", "confirm", stdin=token)
    approved = run("request", "approve", erasure)

    assert (code, again[0], approved[0]) == (0, 2, 0)
    assert "acknowledged" in out
    assert "accepted" in approved[1]


def test_operator_proves_a_person(run, erasure):
    """A document seen proves more than is needed; only the method is kept."""
    run("request", "prove", erasure, "--method", "document_seen", "--level", "substantial")

    assert "identity: substantial (document_seen)" in run("request", "show", erasure)[1]


def test_refusal_names_a_ground(run, erasure):
    """No ground, no refusal."""
    wrong = run("request", "reject", erasure, "--ground", "busy")
    right = run("request", "reject", erasure, "--ground", "manifestly_unfounded")

    assert (wrong[0], right[0]) == (2, 0)
    assert "legal_claims" in wrong[2]
    assert "rejected" in right[1]
    assert "JustificationA12ManifestlyUnfounded" in run("request", "show", erasure)[1]


def test_extension_is_told_first(run, erasure):
    """Without word to the person the deadline stands."""
    silent = run("request", "extend", erasure, "--ground", "complexity")
    told = run("request", "extend", erasure, "--ground", "complexity", "--told")

    assert (silent[0], told[0]) == (2, 0)
    assert "not_told" in silent[2]
    assert "delayed, due 2027-02-21" in told[1]


def test_acknowledgement_that_is_late_is_said(run):
    """California wants receipt confirmed within ten business days."""
    _, out, _ = run("request", "new", "access", "--email", ANNA, "--place", "US-CA", "--json")
    request = json.loads(out)["id"]
    late = datetime(2026, 12, 6, tzinfo=UTC)

    assert "to be acknowledged by 2026-12-04" in run("request", "list", at=late)[1]
    run("request", "acknowledge", request)
    assert "to be acknowledged" not in run("request", "list", at=late)[1]


def test_cancelled_request_forgets_the_person(run, erasure):
    """What finds the person is gone; the trace is not."""
    run("request", "cancel", erasure)

    _, out, _ = run("request", "show", erasure, "--json")
    shown = json.loads(out)
    assert (shown["status"], shown["identities"]) == ("cancelled", [])
    assert run("audit", "verify")[0] == 0


def test_receipt_exists_after_a_run_only(run, erasure):
    """Nothing was done, so nothing is certified."""
    assert run("request", "receipt", erasure)[0] == 1
    assert run("request", "receipt", "0000")[0] == 2


@pytest.mark.parametrize("command", ["show", "approve", "acknowledge", "cancel"])
def test_unknown_request_is_a_misuse(run, command):
    """An id that is none is said."""
    code, _, err = run("request", command, "0000")

    assert (code, err) == (2, "there is no such request\n")


def test_audit_shows_who_did_what(run, erasure):
    """Operators are key ids; details are codes and counts."""
    run("request", "acknowledge", erasure, "--operator", "anna")
    run("request", "cancel", erasure, "--operator", "ben")

    _, everything, _ = run("audit", "show")
    _, of_anna, _ = run("audit", "show", "--by", "anna")
    _, of_request, _ = run("audit", "show", "--request", erasure, "--newest", "1", "--json")

    assert '"type":"erasure"' in everything
    assert "anna" not in everything
    assert [line.split()[4] for line in of_anna.splitlines()] == ["request.acknowledged"]
    assert [item["action"] for item in json.loads(of_request)] == ["request.forgotten"]


def test_log_is_whole_with_the_checkpoint_kept_apart(run, erasure):
    """Every changing command renews the checkpoint file."""
    code, out, _ = run("audit", "verify")

    assert (code, out.splitlines()[0][:22]) == (0, "The audit log is whole")
    assert erasure


def test_log_without_its_checkpoint_is_consistent_only(run, erasure, tmp_path):
    """Whoever removed the file is told what is missing."""
    (tmp_path / "privacykit.checkpoint").unlink()

    code, out, _ = run("audit", "verify")

    assert code == 0
    assert "no checkpoint kept apart vouches" in out
    assert erasure


def test_edited_log_is_broken(run, erasure, tmp_path):
    """An edit is named with its place."""
    _alter(tmp_path, "update audit_entries set action = 'a.b' where seq = 1")

    code, out, _ = run("audit", "verify")

    assert (code, "entry 1 was edited" in out) == (1, True)
    assert erasure


def test_restored_older_database_is_refused(run, erasure, tmp_path):
    """After a restore nothing is called whole, and nothing is changed."""
    records = tmp_path / "privacykit-records.db"
    backup = records.read_bytes()
    (tmp_path / "privacykit-records.db-wal").unlink(missing_ok=True)
    run("request", "acknowledge", erasure)
    records.write_bytes(backup)
    (tmp_path / "privacykit-records.db-wal").unlink(missing_ok=True)

    verified = run("audit", "verify")
    changed = run("request", "cancel", erasure)

    assert (verified[0], "OLDER" in verified[1]) == (1, True)
    assert (changed[0], "PK253" in changed[2]) == (1, True)


def test_exported_log_is_checked_with_the_public_key_alone(run, erasure, tmp_path):
    """Another party needs the files and the key, nothing of ours."""
    code, out, _ = run("audit", "export", "log.jsonl", "--json")
    key = json.loads(out)["key"]
    (tmp_path / "privacykit.toml").unlink()
    (tmp_path / "privacykit.keys").unlink()

    assert code == 0
    assert run("audit", "verify", "--export", "log.jsonl", "--key", key)[0] == 0
    text = (tmp_path / "log.jsonl").read_text().replace("request.received", "request.approved")
    (tmp_path / "log.jsonl").write_text(text)
    code, out, _ = run("audit", "verify", "--export", "log.jsonl", "--key", key, "--json")
    assert (code, json.loads(out)["whole"]) == (1, False)
    assert erasure


def test_file_that_is_not_there_is_a_misuse(run):
    """A missing file is said, without a traceback."""
    for option in ("--receipt", "--export", "--checkpoint"):
        code, _, err = run("audit", "verify", option, "nothing")
        assert (code, "cannot be read" in err) == (2, True)
    assert run("audit", "export", "no/where")[0] == 2


def test_json_of_a_check_is_the_report(run, erasure):
    """Machines get everything."""
    _, out, _ = run("audit", "verify", "--json")

    assert json.loads(out)["standing"] == "whole"
    assert erasure


@pytest.mark.parametrize(
    ("edit", "code", "said"),
    [
        ("update audit_head set size = -1", 1, "the end of the log is not as we left it"),
        ("update audit_head set size = 9223372036854775807", 1, "the end of the log"),
        ("update audit_head set seal = ''", 1, "the end of the log"),
        ("delete from audit_head", 1, "the end of the log"),
        ("update audit_entries set seq = 99 where seq = 2", 1, "1 entry missing"),
        ("delete from audit_entries where seq = 1", 1, "1 entry missing"),
        ("update audit_entries set at = 9223372036854775807 where seq = 2", 1, ""),
        ("update audit_entries set at = -9223372036854775808 where seq = 1", 1, ""),
        ("update audit_entries set at = at", 0, ""),
    ],
)
def test_show_and_verify_say_the_same_of_an_edited_log(run, filed, tmp_path, edit, code, said):
    """Neither is silent where the other is not, and no number is too large to be named."""
    filed("erasure")
    with closing(sqlite3.connect(tmp_path / "privacykit-records.db")) as records, records:
        records.execute(edit)

    shown, checked = run("audit", "show"), run("audit", "verify")

    assert (shown[0], checked[0]) == (code, code)
    assert said in shown[2]
    assert "PK007" not in shown[2] + checked[2]
