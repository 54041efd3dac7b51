"""What somebody takes out of our own records with a database client is missed by whoever asks."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import chdir, closing

import pytest
from typer.testing import CliRunner

from privacykit.cli.main import app

MAP = """
version = 1
[datasets.shop]
url = "sqlite:///shop.db"
[collections.shop.customers]
subject = true
[collections.shop.customers.fields]
id = { category = "user.unique_id", identity = "customers.id" }
email = { category = "user.contact.email", identity = "email" }
"""
HOLD = ("shop", "customers", "--where", "id = 9", "--basis", "claims", "--review", "2099-01-01")
PROOF = ("--proof", "email_link", "--yes")


def do(*command, code=0):
    """Run a command; return what it says."""
    done = CliRunner().invoke(app, [*command])
    assert done.exit_code == code, (done.stdout, done.stderr, done.exception)
    return done.stdout


def sql(*statements, file="privacykit-records.db"):
    """Do what a database client does."""
    with closing(sqlite3.connect(file)) as store:
        changed = [store.execute(statement).rowcount for statement in statements]
        store.commit()
    return changed


CONFIG = (
    '[[site]]\nid = "shop"\nhosts = ["shop.example"]\ntimezone = "Europe/Berlin"\n'
    'establishments = ["DE"]\n[events]\nurl = "sqlite:///privacykit-events.db"\n'
    '[purposes.analytics]\nuses = ["analytics_no_storage"]\nretention = "13 months"\n'
)
"""A shop that collects, so that there are orders to stop."""


@pytest.fixture(scope="module")
def emptied(tmp_path_factory):
    """Two people erased, of whom one objected before, and two holds of which one is released."""
    folder = tmp_path_factory.mktemp("emptied")
    (folder / "privacykit.toml").write_text(CONFIG)
    (folder / "datamap.toml").write_text(MAP)
    people = [(n, f"p{n}@home.example") for n in range(1, 10)]
    with chdir(folder):
        with closing(sqlite3.connect("shop.db")) as made:
            made.execute("create table customers (id integer primary key, email text)")
            made.executemany("insert into customers values (?, ?)", people)
            made.commit()
        do("keys", "init")
        for n in (1, 2):
            do("subject", "erase", "--email", f"p{n}@home.example", *PROOF)
            do("hold", "add", *HOLD)
        do("hold", "release", "--last")
    return folder


@pytest.fixture(autouse=True)
def shop(tmp_path, monkeypatch, emptied):
    """A copy of it for each test."""
    shutil.copytree(emptied, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)


def lacking(code):
    """Return what `audit verify` misses."""
    return json.loads(do("audit", "verify", "--json", code=code))["lacking"]


def test_nothing_is_missed_where_nothing_was_taken_out():
    """Whatever was placed, released, asked and answered."""
    assert lacking(0) == {}
    assert "not in [records]" not in do("audit", "verify")
    do("erasure", "reapply", "--since", "2020-01-01")


ONE = "(select rowid from {0} order by rowid limit 1)"
TAKEN = {
    "a request": (
        "delete from subject_requests where rowid = " + ONE.format("subject_requests"),
        "requests",
    ),
    "every request": ("delete from subject_requests", "requests"),
    "a hold": ("delete from holds where released_at is null", "holds"),
    "the end of a hold": (
        "update holds set released_at = 1 where released_at is null",
        "ends of holds",
    ),
    "a suppression": (
        "delete from suppressions where rowid = " + ONE.format("suppressions"),
        "suppressions",
    ),
    "every suppression": ("delete from suppressions", "suppressions"),
    "an order to stop": (
        "delete from stops where rowid = " + ONE.format("stops"),
        "orders to stop",
    ),
    "every order to stop": ("delete from stops", "orders to stop"),
    "what was counted": (
        """delete from audit_details where seq in
            (select seq from audit_entries where action = 'records.counted')""",
        "counts",
    ),
}


@pytest.mark.parametrize("more", [False, True], ids=["at once", "after others came"])
@pytest.mark.parametrize("case", TAKEN)
def test_what_was_taken_out_is_missed(case, more):
    """However many, and whatever came since."""
    statement, what = TAKEN[case]
    (number,) = sql(statement)
    assert number > 0
    if more and "suppression" not in case:
        do("subject", "erase", "--email", "p3@home.example", *PROOF)
        do("hold", "add", *HOLD)
    elif more:
        do("subject", "erase", "--email", "p3@home.example", *PROOF)
    assert lacking(1) == {what: number}
    assert "PK445" in do("audit", "verify", code=1)


def test_who_is_not_known_any_more_is_not_called_gone():
    """Whom suppressions that are gone kept away nobody can tell: the command refuses."""
    sql(TAKEN["a suppression"][0])
    done = CliRunner().invoke(app, ["erasure", "reapply", "--since", "2020-01-01"])
    assert "PK444 1 suppressions" in str(done.exception)


def test_verify_finds_it_too():
    """It asks for whom it would miss."""
    sql(TAKEN["a hold"][0])
    told = json.loads(do("verify", "--claim", "audit", "--json", code=1))
    assert "records: holds" in json.dumps(told)
