"""What a command says no with: where things stand, until when, and what to do. Never a value."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from privacykit.cli import subject
from privacykit.cli.terminal.console import failed
from privacykit.errors import InputError, StoreError
from privacykit.govern.records import RequestStatus, RequestType, SubjectRequest
from privacykit.govern.requests.lifecycle import MOVES, moved, stands
from privacykit.operate import intake
from privacykit.operate.intake import RequestIntake
from privacykit.operate.process import is_gone, process_name

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ANNA = "anna@shop.example"
PROVEN = ("--proof", "logged_in")


@pytest.fixture
def erase(run):
    """Plan an erasure that nobody filed; gives the command that carries it out."""
    code, out, err = run("subject", "erase", "--email", ANNA, "--json")
    assert code == 0, err
    plan = json.loads(out)
    options = ("--plan", plan["plan_id"], "--digest", plan["targets_digest"])
    return ("subject", "erase", *options, *PROVEN)


def _lease(tmp_path, owner, until):
    with closing(sqlite3.connect(tmp_path / "privacykit-records.db")) as records:
        records.execute("update plans set owner = ?, leased_until = ?", (owner, until))
        records.commit()


def test_two_operators_on_one_plan_file_one_request(run, erase, monkeypatch):
    """Whoever comes second, between looking and filing, is told so; then it goes on."""
    second = []

    class Overtaken(RequestIntake):
        def _receive(self, *arguments):
            first = super()._receive(*arguments)
            with pytest.raises(StoreError) as refused:
                super()._receive(*arguments)
            second.append(str(refused.value))
            return first

    monkeypatch.setattr(intake, "RequestIntake", Overtaken)
    code, out, err = run(*erase)

    assert code == 0, out + err
    assert second == ["PK251 somebody else just filed this request; look again"]
    assert len(json.loads(run("request", "list", "--all", "--json")[1])) == 1


def test_a_request_that_was_filed_half_is_filed_whole(run, erase, monkeypatch):
    """Killed between receipt and approval: the same command goes on."""
    with monkeypatch.context() as patch:
        patch.setattr(RequestIntake, "_approve", lambda *_: sys.exit(9))
        assert run(*erase)[0] == 9

    assert run(*erase)[0] == 0


def test_a_plan_that_is_over_says_how_it_ended(run, erase):
    """The second operator learns that there is nothing to do."""
    run(*erase)

    code, _, err = run(*erase)

    assert (code, "the plan is over" in err, "plan again" in err) == (2, True, True)


def test_an_expired_plan_files_nothing(run, erase):
    """Until when it was good, and what to do; no approved request is left open."""
    code, _, err = run(*erase, at=NOW + timedelta(days=2))

    assert code == 2
    assert "expired at 2026-11-22 12:00 UTC" in err
    assert "plan again" in err
    assert run("request", "list", "--all") == (0, "no requests\n", "")


def test_an_expired_plan_of_a_filed_request_says_how_to_go_on(run, filed, shown):
    """The approved request stays, and its command is named."""
    request = filed("erasure")
    plan = shown(request)

    code, _, err = run("request", "run", request, *plan, at=NOW + timedelta(days=2))

    assert code == 2
    assert f"plan again with `privacykit request run {request[:8]}`" in err
    again = run("request", "run", request, "--yes", at=NOW + timedelta(days=2))
    assert again[0] == 0


def test_a_plan_of_another_request_is_refused(run, filed, shown):
    """A digest binds rows, an id binds the request."""
    plan = shown(filed("erasure"))

    assert run("request", "run", filed("erasure"), *plan)[0] == 2


def test_a_run_that_lives_is_waited_for(run, filed, shown, tmp_path):
    """Until when, and what then."""
    request = filed("erasure")
    plan = shown(request)
    _lease(tmp_path, process_name(), NOW.timestamp() + 90)

    code, _, err = run("request", "run", request, *plan)

    assert code == 2
    assert "do the same again after 12:01:30 UTC" in err
    assert run("request", "show", request, "--json")[1].find('"accepted"') > 0


def test_a_run_that_is_gone_is_not_waited_for(run, filed, shown, tmp_path):
    """Its process has ended: nobody can go on with it."""
    code = "from privacykit.operate.process import process_name; print(process_name())"
    command = [sys.executable, "-c", code]
    dead = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    request = filed("erasure")
    plan = shown(request)
    _lease(tmp_path, dead, NOW.timestamp() + 90)

    assert run("request", "run", request, *plan)[0] == 0


def _named(**changes):
    machine, pid, start, rest = process_name().split(".")
    parts = {"machine": machine, "pid": pid, "start": start, "rest": rest} | changes
    return ".".join(parts.values())


@pytest.mark.parametrize(
    ("name", "gone"),
    [
        (_named(), False),
        (_named(start="1"), True),
        (_named(pid=str(os.getppid()), start="1"), True),
        (_named(machine="0" * 16, start="1"), False),
        (_named(machine="", start="1"), False),
        (_named(start=""), False),
        (_named(pid="x"), False),
        ("0f0f0f0f", False),
        ("", False),
    ],
    ids=["me", "number again", "another", "machine", "no proc", "no start", "odd", "old", "none"],
)
def test_only_a_process_of_this_machine_is_said_to_be_gone(name, gone):
    """In another container the same number is another process."""
    assert is_gone(name) is gone


@pytest.mark.parametrize(
    ("before", "after"),
    [(a, b) for a in RequestStatus for b in RequestStatus if b not in MOVES[a]],
    ids=lambda status: status.value,
)
def test_a_step_that_does_not_follow_is_refused_in_words(before, after):
    """No state of ours is quoted, and something to do is said."""
    request = SubjectRequest("r", RequestType.ERASURE, (), "DE", before, "DE", 0.0, "ref")

    with pytest.raises(InputError) as refused:
        moved(request, after, at=0.0, ground="x")

    words = str(refused.value)
    assert words.endswith(stands(before))
    assert not any(status.value in words for status in RequestStatus if "_" in status.value)


def test_a_run_that_does_it_at_once_says_what_it_did(run, filed):
    """Not that nothing was done."""
    _, out, _ = run("request", "run", filed("erasure"), "--yes")

    assert "nothing" not in out
    assert "shop.orders     delete        2 of 2" in out


@pytest.mark.parametrize("option", ["--email", "--phone", "--customer"])
@pytest.mark.parametrize("value", ["", " ", "\t"])
def test_nothing_names_nobody(run, option, value):
    """An empty variable of a script is no identity."""
    code, _, err = run("subject", "find", option, value)

    assert (code, "empty" in err) == (2, True)


@pytest.mark.parametrize(
    "number",
    ["99999999999999999999", "-99999999999999999999", "1e400", "1e999999999", "NaN", "inf"],
)
def test_a_number_no_column_holds_finds_nobody(run, tmp_path, number):
    """And ends in words: nobody is known so, or no such value names a person."""
    text = (tmp_path / "datamap.toml").read_text()
    mapped = text.replace(
        '[collections.shop.customers.fields]\nid = { exclude = "a number" }',
        "[collections.shop.customers.fields]\n"
        'id = { category = "user.unique_id", identity = "controller_customer_id" }',
    )
    (tmp_path / "datamap.toml").write_text(mapped)

    code, _, err = run("subject", "find", f"--customer={number}")

    refused = code == 2 and "privacykit failed" not in err
    assert refused or (code == 0 and "nobody is known by this" in err)
    assert number not in err


def test_a_failure_of_ours_is_no_traceback(run, monkeypatch):
    """A traceback quotes values; a line with a place is what we can use."""

    def broken(*_, **__):
        raise RuntimeError(ANNA)

    monkeypatch.setattr(subject, "draft", broken)
    code, out, err = run("subject", "find", "--email", ANNA)

    assert (code, out) == (1, "")
    assert err.startswith("PK007 privacykit failed (RuntimeError at cli/subject.py:")
    assert ANNA not in err


def test_a_folder_that_is_called_like_us_is_not_ours(capsys):
    """Of a project in such a folder no file is named as one of ours."""
    theirs = compile("def broken():\n    raise KeyError('x')", "/srv/privacykit/app.py", "exec")
    found = {}
    exec(theirs, found)  # the code above
    try:
        found["broken"]()
    except KeyError as error:
        failed(error)
    assert capsys.readouterr().err == (
        "PK007 privacykit failed (KeyError at cli/terminal/console.py): report this\n"
    )
