"""After an erasure no byte of what was erased is in a SQLite file that we wrote to."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest

PERSON = ("--email", "anna@shop.example", "--place", "DE")
PROVEN = ("--place", "DE", "--proof", "logged_in")


@pytest.fixture
def shop(tmp_path):
    """Open the shop as its application does; it stays open while privacykit works."""
    with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as connection:
        yield connection


@pytest.fixture
def records(tmp_path):
    """Open the records as a server does that runs beside the commands."""

    def opened():
        return sqlite3.connect(tmp_path / "privacykit-records.db", isolation_level=None)

    return opened


def _holding(folder):
    """Return the files of databases that hold an address of Anna's."""
    files = [file for file in folder.iterdir() if ".db" in file.name]
    return sorted(file.name for file in files if b"anna@shop" in file.read_bytes().lower())


def _erased(run):
    """Plan an erasure and carry it out; give code, output and errors."""
    told = run("subject", "erase", *PERSON)[1]
    plan, digest = re.search(r"--plan (\S+) --digest (\S+)", told).groups()
    return run("subject", "erase", *PROVEN, "--plan", plan, "--digest", digest)


@pytest.fixture
def alone(run, tmp_path):  # noqa: ARG001 - the map is there
    """Have nobody who would have to be told of an erasure."""
    place = tmp_path / "datamap.toml"
    place.write_text(place.read_text().replace('recipients = ["mailer", "printer"]', ""))


def _reach(folder, effect):
    place, table = folder / "datamap.toml", "[datasets.shop]\n"
    place.write_text(place.read_text().replace(table, f'{table}effect = "{effect}"\n'))


@pytest.mark.parametrize("effect", ["logical", "erased"])
@pytest.mark.parametrize("journal", ["wal", "delete", "persist", "truncate"])
@pytest.mark.usefixtures("alone")
def test_no_file_keeps_what_was_erased(run, tmp_path, shop, records, journal, effect):
    """Whatever the level and the application's journal, and with a server beside it."""
    _reach(tmp_path, effect)
    shop.execute(f"pragma journal_mode={journal}")
    shop.execute("update customers set name = 'Anne' where id = 1")
    run("subject", "erase", *PERSON)  # another plan, which nobody carries out
    with closing(records()) as server:
        server.execute("select count(*) from plans").fetchall()
        code, out, err = _erased(run)
        left = _holding(tmp_path)
    assert (code, left, "anna" in out + err) == (0, [], False)


def test_a_reader_of_the_application_is_told_of(run, tmp_path, shop, monkeypatch):
    """Its write-ahead log cannot be emptied while somebody reads the old pages."""
    monkeypatch.setattr("privacykit.connectors.sql.database.LOCK_SECONDS", 0)
    shop.execute("pragma journal_mode=wal")
    shop.execute("update customers set name = 'Anne' where id = 1")
    with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as reader:
        reader.execute("begin")
        reader.execute("select * from customers").fetchall()
        code, out, _ = _erased(run)
    assert code == 0
    assert "another connection reads the database" in " ".join(out.split())


@pytest.mark.usefixtures("alone")
def test_a_reader_of_the_records_is_told_of(run, records, monkeypatch):
    """Ours is a file like another: who reads it keeps what is in its journal."""
    monkeypatch.setattr("privacykit.stores.database.sqlite.BUSY_SECONDS", 0)
    run("subject", "erase", *PERSON)
    with closing(records()) as reader:
        reader.execute("begin")
        reader.execute("select count(*) from plans").fetchall()
        code, _, err = _erased(run)
    assert code == 0
    assert "another connection reads privacykit-records.db" in " ".join(err.split())


@pytest.mark.usefixtures("alone")
def test_another_open_request_is_told_of(run, filed, tmp_path):
    """Its own record of who asked stays, and says why."""
    filed("access")
    code, _, err = _erased(run)
    assert (code, _holding(tmp_path)) == (0, ["privacykit-records.db"])
    assert "another request of this person is open" in " ".join(err.split())


def test_who_has_to_be_told_is_waited_for(run, tmp_path):
    """Their notices name the person until they have answered, and no longer."""
    _, out, err = _erased(run)
    waiting = _holding(tmp_path)
    id_ = re.search(r"request receipt (\S+)", out)[1]
    run("request", "send", "--request", id_, "--answered", "printer")
    assert "until printer answered, the notices in [records] name" in " ".join(err.split())
    assert (waiting, _holding(tmp_path)) == (["privacykit-records.db"], [])


def test_a_plan_that_finds_nothing_does_not_wait(run, tmp_path, records):
    """Nobody has to remember it, and it does not keep the address for a day."""
    code, out, _ = run("subject", "erase", "--email", "anna@shop.example.org", "--place", "DE")
    with closing(records()) as server:
        plans = server.execute("select count(*) from plans").fetchall()
    assert (code, plans, "--plan" in out) == (0, [(0,)], False)
    assert "no plan waits" in out
    assert _holding(tmp_path) == ["shop.db"]


def test_a_receipt_is_had_without_anything_found(run):
    """Who was never there is kept from being collected, if that is asked for."""
    code, out, _ = run("subject", "erase", "--email", "never.seen@shop.example", *PROVEN, "--yes")
    assert (code, "the signed receipt" in out) == (0, True)
