"""What a command asks of somebody who sits at a terminal."""

from __future__ import annotations

import getpass
import json
import re
import sys

import pyrage
import pytest

from privacykit.operate import process
from privacykit.operate.fulfil import Fulfilment

ANNA = "anna@shop.example"


@pytest.mark.parametrize(("answer", "left"), [("y", 1), ("n", 2), ("", 2)])
def test_a_plan_is_asked_about_at_a_terminal(run, filed, rows, answer, left):
    """Whoever says yes types no digest."""
    run("request", "run", filed("erasure"), stdin=f"{answer}\n", terminal=True)

    assert len(rows("customers")) == left


@pytest.mark.parametrize(("proof", "left"), [(("--proof", "logged_in"), 1), ((), 2)])
def test_nobody_is_asked_who_gave_no_proof(run, rows, proof, left):
    """It could not be carried out."""
    run("subject", "erase", "--email", ANNA, *proof, stdin="y\n", terminal=True)

    assert len(rows("customers")) == left


def test_a_plan_with_problems_is_shown_only(run, rows, tmp_path):
    """Accepting them is a decision of its own."""
    text = (tmp_path / "datamap.toml").read_text()
    capped = text.replace("[datasets.shop]\n", "[datasets.shop]\nmax_rows = 1\n")
    (tmp_path / "datamap.toml").write_text(capped)
    asked = ("subject", "erase", "--email", ANNA, "--proof", "logged_in")

    code, out, _ = run(*asked, stdin="y\n", terminal=True)
    at_once = run(*asked, "--yes")

    assert (code, "--accept-problems" in out) == (1, True)
    assert (at_once[0], "--accept-problems" in at_once[2]) == (2, True)
    assert len(rows("customers")) == 2
    accepted = re.search(r"--accept-problems (\w+)", out)[1]
    assert run(*asked, "--yes", "--accept-problems", accepted)[0] == 0


def test_a_passphrase_is_typed_unseen(run, tmp_path, monkeypatch):
    """Twice, so that it opens the package later."""
    monkeypatch.setattr(getpass, "getpass", lambda *_, **__: "correct horse battery")
    asked = ("subject", "export", "--email", ANNA, "-o", "a.age", "--proof", "logged_in")

    code, out, err = run(*asked, "--passphrase-file", "-", terminal=True)

    assert code == 0, out + err
    sealed = (tmp_path / "a.age").read_bytes()
    assert pyrage.passphrase.decrypt(sealed, "correct horse battery")[:2] == b"PK"


def test_a_passphrase_is_the_first_line_of_a_file(run, tmp_path):
    """What comes after it is a note."""
    (tmp_path / "word").write_text("correct horse battery\nfor Anna\n")
    asked = ("subject", "export", "--email", ANNA, "-o", "a.age", "--proof", "logged_in")

    assert run(*asked, "--passphrase-file", "word")[0] == 0
    sealed = (tmp_path / "a.age").read_bytes()
    assert pyrage.passphrase.decrypt(sealed, "correct horse battery")[:2] == b"PK"


def test_a_copy_is_told_as_json(run):
    """The receipt, as of every right."""
    asked = ("subject", "export", "--email", ANNA, "-o", "a.zip", "--proof", "logged_in", "--json")
    receipt = json.loads(run(*asked)[1])

    assert (receipt["status"], len(receipt["package_sha256"])) == ("fulfilled", 64)


def test_a_plan_of_another_right_is_refused(run):
    """An erasure is no restriction."""
    plan = json.loads(run("subject", "erase", "--email", ANNA, "--json")[1])
    shown = ("--plan", plan["plan_id"], "--digest", plan["targets_digest"])

    code, _, err = run("subject", "restrict", *shown, "--proof", "knowledge")

    assert (code, "not for restriction" in err) == (2, True)


def test_a_run_that_was_interrupted_is_gone_on_with_by_the_same_command(run, rows, monkeypatch):
    """The approved request and its plan are there."""
    plan = json.loads(run("subject", "erase", "--email", ANNA, "--json")[1])
    shown = ("--plan", plan["plan_id"], "--digest", plan["targets_digest"])
    carry = ("subject", "erase", *shown, "--proof", "logged_in")
    with monkeypatch.context() as patch:
        patch.setattr(Fulfilment, "_write_notices", lambda *_: sys.exit(9))
        assert run(*carry)[0] == 9

    assert run(*carry)[0] == 0
    assert len(rows("customers")) == 1


def test_without_proc_nobody_is_said_to_be_gone(tmp_path, monkeypatch):
    """On macOS and Windows leases end by themselves."""
    name = process.process_name()
    process._machine.cache_clear()
    monkeypatch.setattr(process, "_PROC", tmp_path)
    nameless = process.process_name()
    gone = process.is_gone(name), process.is_gone(nameless)
    process._machine.cache_clear()

    assert gone == (False, False)


def test_a_letter_is_told_as_json(run, filed):
    """Its parts, and its text."""
    told = json.loads(run("request", "letter", filed("erasure"), "--json")[1])

    assert (told["type"], told["outcome"]) == ("erasure", "open")
    assert told["text"].startswith("21 November 2026")


def test_a_request_shows_who_was_told(run, filed):
    """And what they answered."""
    request = filed("erasure")
    run("request", "run", request, "--yes")

    shown = run("request", "show", request)[1]

    assert "  mailer: acknowledged" in shown
    assert "  printer: pending" in shown


def test_a_filed_request_that_was_interrupted_is_gone_on_with(run, filed, rows, monkeypatch):
    """Its approved plan needs no second yes."""
    request = filed("erasure")
    with monkeypatch.context() as patch:
        patch.setattr(Fulfilment, "_write_notices", lambda *_: sys.exit(9))
        assert run("request", "run", request, "--yes")[0] == 9

    assert run("request", "run", request)[0] == 0
    assert len(rows("customers")) == 1


def test_finding_with_problems_ends_with_1(run, tmp_path):
    """So that a script notices."""
    text = (tmp_path / "datamap.toml").read_text()
    capped = text.replace("[datasets.shop]\n", "[datasets.shop]\nmax_rows = 1\n")
    (tmp_path / "datamap.toml").write_text(capped)

    assert run("subject", "find", "--email", ANNA)[0] == 1
