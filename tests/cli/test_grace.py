"""An approved erasure waits, so that a person may change their mind; two operators may be asked."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import pytest

from privacykit.errors import StoreError
from privacykit.operate.approval import Approval
from privacykit.pseudonym.subject import subject_reference
from privacykit.stores.database.engine import open_engine
from privacykit.stores.keys import load_keys
from privacykit.stores.records.consents import SqlConsentStore
from privacykit.stores.records.requests import SqlRequests

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=14, minutes=1)
ANNA, BEN = "anna@shop.example", "ben@shop.example"


def _with(tmp_path, line):
    config = tmp_path / "privacykit.toml"
    config.write_text(config.read_text() + f"[requests]\n{line}\n")


@pytest.fixture
def suppressed(tmp_path):
    """Read the orders as a server reads them."""
    key = load_keys(tmp_path / "privacykit.keys").current("subject").value

    def suppressed(name):
        engine = open_engine(f"sqlite:///{tmp_path}/privacykit-records.db", kind="records")
        orders = SqlConsentStore(engine).suppressed()
        engine.dispose()
        reference = subject_reference(key, name)
        return orders.closing([reference]), orders.since(reference, "analytics") is not None

    return suppressed


@pytest.fixture
def waiting(run, filed, tmp_path):
    """An erasure of Anna's, approved and waiting for 14 days; gives its id and its token."""
    _with(tmp_path, 'grace = "14 days"')
    request = filed("erasure", approve=False)
    run("request", "prove", request, "--method", "logged_in")
    code, out, err = run("request", "approve", request, "--json")
    assert code == 0, err
    return request, json.loads(out)["token"]


def test_an_erasure_waits_and_its_person_is_restricted_at_once(run, waiting, suppressed, rows):
    """Nothing is collected about them, nothing of theirs is gone."""
    code, _, err = run("request", "run", waiting[0], "--yes")

    assert (code, "waits until 2026-12-05 12:00 UTC" in err) == (2, True)
    assert suppressed(ANNA) == (True, True)
    assert suppressed(BEN) == (False, False)
    assert len(rows("customers")) == 2


def test_a_person_takes_an_erasure_back_by_their_token(run, waiting, suppressed, rows):
    """Once; collection goes on, and nothing finds them in the ledger any more."""
    code, out, err = run("request", "cancel", "--token", stdin=waiting[1])
    again = run("request", "cancel", "--token", stdin=waiting[1])

    assert (code, "cancelled" in out) == (0, True), err
    assert (again[0], "takes nothing back" in again[2]) == (2, True)
    assert suppressed(ANNA) == (False, False)
    assert json.loads(run("request", "show", waiting[0], "--json")[1])["identities"] == []
    assert len(rows("customers")) == 2


def test_a_token_outlives_a_store_that_fails(run, waiting, suppressed, monkeypatch):
    """The code takes the erasure back the next time: it is the only one that the person has."""
    with monkeypatch.context() as failing:
        failing.setattr(SqlRequests, "replace", Mock(side_effect=StoreError("away")))
        assert run("request", "cancel", "--token", stdin=waiting[1])[0] == 1

    assert run("request", "cancel", "--token", stdin=waiting[1])[0] == 0
    assert suppressed(ANNA) == (False, False)


def test_taking_back_lifts_no_other_order(run, waiting, suppressed):
    """Who objected before has objected still."""
    arguments = ("subject", "object", "--email", ANNA, "--place", "DE", "--yes")
    assert run(*arguments)[0] in {0, 3}

    run("request", "cancel", "--token", stdin=waiting[1])

    assert suppressed(ANNA) == (False, True)


def test_an_erasure_that_was_waited_for_is_pressed_and_run(run, waiting, suppressed, rows):
    """Cron names it; the person stays stopped and is no longer closing."""
    assert run("request", "remind")[0] == 0
    code, out, _ = run("request", "remind", at=LATER)
    ran = run("request", "run", waiting[0], "--yes", at=LATER)

    assert (code, "has waited: run it" in out) == (1, True)
    assert ran[0] == 0, ran
    assert [row[1] for row in rows("customers")] == [BEN]
    assert suppressed(ANNA) == (False, True)


def test_a_token_is_good_while_the_erasure_waits_only(run, waiting):
    """Afterwards rows may be gone at any moment."""
    assert run("request", "cancel", "--token", stdin=waiting[1], at=LATER)[0] == 2
    assert run("request", "cancel", waiting[0], at=LATER)[0] == 0


def test_a_token_is_kept_nowhere_and_proves_nothing(run, waiting, tmp_path):
    """Only its hash lies in the records."""
    assert run("request", "confirm", stdin=waiting[1])[0] == 2
    for file in tmp_path.glob("privacykit*"):
        assert waiting[1].encode() not in file.read_bytes(), file.name
    assert run("request", "cancel", "--token", stdin=waiting[1])[0] == 0


def test_an_erasure_waits_never_past_its_deadline(run, filed, tmp_path):
    """A day is left to run it."""
    _with(tmp_path, 'grace = "3 months"')
    request = filed("erasure", approve=False)
    run("request", "prove", request, "--method", "logged_in")
    approved = json.loads(run("request", "approve", request, "--json")[1])
    due = json.loads(run("request", "show", request, "--json")[1])["due_at"]

    assert approved["closes_at"] == due - 86_400


def test_an_erasure_that_is_late_does_not_wait(run, filed, tmp_path):
    """The law is the longer patience."""
    _with(tmp_path, 'grace = "14 days"')
    request = filed("erasure", "--received", "2026-10-20", approve=False)
    run("request", "prove", request, "--method", "logged_in")
    run("request", "approve", request)

    assert run("request", "run", request, "--yes")[0] == 0


def test_what_is_no_erasure_does_not_wait(run, filed, tmp_path):
    """A copy is given at once."""
    _with(tmp_path, 'grace = "14 days"')

    assert run("request", "run", filed("access"), "--output", "anna.zip")[0] == 0


def test_a_yes_that_is_refused_restricts_nobody(run, filed, tmp_path, suppressed):
    """The proof is missing."""
    _with(tmp_path, 'grace = "14 days"')

    assert run("request", "approve", filed("erasure", approve=False))[0] == 2
    assert suppressed(ANNA) == (False, False)


def test_another_erasure_of_the_same_person_goes_on_waiting(run, waiting, filed, suppressed):
    """One was taken back, the other was not."""
    filed("erasure")

    run("request", "cancel", "--token", stdin=waiting[1])

    assert suppressed(ANNA) == (True, True)


@pytest.fixture
def numbered(run, tmp_path):
    """The application calls people by their number, too."""
    datamap = tmp_path / "datamap.toml"
    known = '{ category = "user.unique_id", identity = "customers.id" }'
    datamap.write_text(datamap.read_text().replace('{ exclude = "a number" }', known, 1))
    assert run("datamap", "check")[0] == 0


@pytest.mark.usefixtures("numbered")
@pytest.mark.parametrize("ending", ["reject --ground legal_claims", "cancel"])
def test_whatever_ends_the_waiting_lifts_its_order(run, waiting, suppressed, tmp_path, ending):
    """Though the application changed meanwhile what finds the person."""
    with closing(sqlite3.connect(tmp_path / "shop.db")) as shop, shop:
        shop.execute("update customers set email = 'anne@shop.example' where id = 1")
    before = suppressed("1")
    word, *options = ending.split()

    code, _, err = run("request", word, waiting[0], *options)

    assert (code, before) == (0, (True, True)), err
    assert (suppressed(ANNA), suppressed("1")) == ((False, False), (False, False))


@pytest.mark.parametrize("ending", ["reject --ground legal_claims", "cancel"])
def test_a_crash_after_the_decision_leaves_nobody_restricted(
    run, waiting, suppressed, monkeypatch, ending
):
    """The order is lifted by the next sweep, and that of another erasure stays."""
    word, *options = ending.split()
    with monkeypatch.context() as patch:
        patch.setattr(Approval, "_ended", lambda *_: _die())
        run("request", word, waiting[0], *options)
    assert suppressed(ANNA) == (True, True)

    assert run("request", "send")[0] == 0
    assert suppressed(ANNA) == (False, False)


def _die():
    raise StoreError("gone")


def test_an_erasure_at_once_waits_too(run, tmp_path, rows):
    """It is filed and approved, says until when, and ends with 3."""
    _with(tmp_path, 'grace = "14 days"')
    plan = json.loads(run("subject", "erase", "--email", ANNA, "--json")[1])
    shown = ("--plan", plan["plan_id"], "--digest", plan["targets_digest"])

    code, out, err = run("subject", "erase", *shown, "--proof", "logged_in", "--place", "DE")

    assert (code, "waits until 2026-12-05" in out, "takes it back" in err) == (3, True, True)
    assert len(rows("customers")) == 2


def test_two_operators_approve_before_a_run(run, filed, tmp_path, rows):
    """The same one twice is one."""
    _with(tmp_path, "approvals = 2")
    request = filed("erasure", approve=False)
    run("request", "prove", request, "--method", "logged_in")
    first = run("request", "approve", request, "--operator", "anna")
    again = run("request", "approve", request, "--operator", "anna")
    early = run("request", "run", request, "--yes", "--operator", "anna")
    second = run("request", "approve", request, "--operator", "ben")

    assert [first[0], again[0], early[0], second[0]] == [0, 2, 2, 0]
    assert "another has to, too" in first[1]
    assert "you said yes already" in again[2]
    assert len(rows("customers")) == 2
    assert run("request", "run", request, "--yes", "--operator", "anna")[0] == 0
    assert len(rows("customers")) == 1


@pytest.mark.parametrize("typed", ["olga", " OLGA ", "Ｏlga"])
@pytest.mark.parametrize("rotations", [0, 1, 2])
def test_one_operator_is_one_however_known(run, filed, tmp_path, typed, rotations):
    """Neither another spelling nor a rotated key makes two of one."""
    _with(tmp_path, "approvals = 2")
    request = filed("erasure", approve=False)
    run("request", "prove", request, "--method", "logged_in")
    run("request", "approve", request, "--operator", "olga")
    for _ in range(rotations):
        run("keys", "rotate", "audit")

    again = run("request", "approve", request, "--operator", typed)

    assert (again[0], "you said yes already" in again[2]) == (2, True)
    assert run("request", "approve", request, "--operator", "ben")[0] == 0


def test_an_erasure_waits_from_the_second_yes(run, filed, tmp_path, suppressed):
    """The first one restricts nobody."""
    _with(tmp_path, 'approvals = 2\ngrace = "14 days"')
    request = filed("erasure", approve=False)
    run("request", "prove", request, "--method", "logged_in")
    first = json.loads(run("request", "approve", request, "--operator", "a", "--json")[1])
    between = suppressed(ANNA)
    second = json.loads(run("request", "approve", request, "--operator", "b", "--json")[1])

    assert ("token" in first, between) == (False, (False, False))
    assert ("token" in second, suppressed(ANNA)) == (True, (True, True))


def test_a_plan_is_carried_out_by_the_second_operator(run, tmp_path, rows):
    """The first one's yes files the request, and ends with 3."""
    _with(tmp_path, "approvals = 2")
    plan = json.loads(run("subject", "erase", "--email", ANNA, "--json")[1])
    shown = ("subject", "erase", "--plan", plan["plan_id"], "--digest", plan["targets_digest"])
    carry = (*shown, "--proof", "logged_in", "--operator")

    assert run(*carry, "anna")[0] == 3
    assert run(*carry, "anna")[0] == 2
    assert len(rows("customers")) == 2
    assert run(*carry, "ben")[0] == 0
    assert len(rows("customers")) == 1


def _held(run):
    added = run(
        "hold", "add", "shop", "orders", "--where", "id = 3", "--basis", "claim",
        "--review", "2027-01-01",
    )  # fmt: skip
    assert added[0] == 0


def test_what_a_hold_refused_is_in_the_audit_log(run, filed):
    """How many rows, and where; nothing of the person."""
    _held(run)
    request = filed("erasure")
    run("request", "run", request, "--yes")

    log = json.loads(run("audit", "show", "--request", request, "--json")[1])

    refused = [entry["detail"] for entry in log if entry["action"] == "hold.refused"]
    assert refused == [{"rows": {"shop.orders": 1}}]
    assert run("audit", "verify")[0] == 0


def test_a_hold_survives_a_restore_of_the_data(run, filed, tmp_path, rows):
    """It lies in [records]: what a backup brings back is held as before."""
    backup = tmp_path / "backup.db"
    shutil.copy(tmp_path / "shop.db", backup)
    _held(run)
    request = filed("erasure")
    run("request", "run", request, "--yes")
    shutil.copy(backup, tmp_path / "shop.db")

    code, _, err = run("erasure", "reapply", "--since", "2026-11-20", "--yes")

    assert code == 3, err
    assert [row[0] for row in rows("orders")] == [2, 3]
    log = json.loads(run("audit", "show", "--json")[1])
    assert log[-1]["detail"]["held"] == {"shop.orders": 1}


def test_a_token_needs_no_id(run, waiting):
    """Two answers to one question may differ."""
    assert run("request", "cancel", waiting[0], "--token", stdin=waiting[1])[0] == 2
    assert run("request", "cancel", "--token", stdin=waiting[1])[0] == 0


def test_what_does_not_wait_is_left_alone_by_taking_back(run, waiting, filed, suppressed):
    """An approved copy restricts nobody."""
    filed("access")

    run("request", "cancel", "--token", stdin=waiting[1])

    assert suppressed(ANNA) == (False, False)


def test_a_hold_whose_review_is_over_is_told_at_once(run):
    """A year mistyped is found when it is typed."""
    placed = ("hold", "add", "shop", "orders", "--basis", "legal_claims", "--review")

    assert "its review is over already" in run(*placed, "2025-11-21")[2]
    assert "review" not in run(*placed, "2027-11-21")[2]
