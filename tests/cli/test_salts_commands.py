"""``privacykit salts`` as a user sees it."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
from datetime import UTC, datetime

import pytest

from privacykit.cli.main import main
from privacykit.stores.salts.file import fingerprint
from privacykit.stores.salts.open import open_salts

DAY = 86_400
CONFIG = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
[purposes.analytics]
uses = ["analytics_no_storage"]
[salts]
url = "{url}"
"""


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command in a folder of this test's own; gives exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "privacykit.toml").write_text(CONFIG.format(url="sqlite:///salts.db"))

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["privacykit", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return (ended.value.code or 0, *capsys.readouterr())

    return run


@pytest.fixture
def store(tmp_path):
    """The store of the configuration."""
    return open_salts(f"sqlite:///{tmp_path}/salts.db")


def _salt(store, midnight):
    """Make a salt for the UTC day that *midnight* ends, an hour before it."""
    day = datetime.fromtimestamp(midnight - 1, UTC).date().isoformat()
    return store.get_or_create("shop", day, os.urandom(32), midnight, midnight - 3600), day


@pytest.fixture
def today():
    """The midnight that ends this day in UTC."""
    return (time.time() // DAY + 1) * DAY


def test_status_lists_salts_without_telling_them(run, store, today):
    """Site, day and times; the dead are marked."""
    alive, day = _salt(store, today)
    dead, yesterday = _salt(store, today - DAY)

    code, out, _ = run("salts", "status")

    lines = out.splitlines()
    assert code == 0
    assert f"shop  {yesterday}" in lines[0]
    assert "DEAD since" in lines[0]
    assert f"shop  {day}" in lines[1]
    assert not any(salt.hex() in out for salt in (alive, dead))


def test_status_of_an_empty_store_says_so(run, store):
    """An empty answer would look like a failure."""
    store.prepare()

    assert run("salts", "status")[1] == "There are no salts.\n"


def test_status_answers_as_json(run, store, today):
    """One document with a row for each salt."""
    _, day = _salt(store, today)

    answer = json.loads(run("salts", "status", "--json")[1])

    assert answer["salts"] == [
        {"site": "shop", "day": day, "made_at": today - 3600, "not_after": today}
    ]


def test_the_audit_of_a_clean_store_passes(run, store, today):
    """What it looked at is said."""
    _salt(store, today)

    code, out, err = run("salts", "audit")

    assert (code, err) == (0, "")
    assert out.splitlines()[:4] == [
        "alive     1",
        "overdue   0",
        "level     erased",
        "searched  yes, 0 found",
    ]


def test_the_audit_fails_while_a_dead_salt_stands_and_rotate_mends_it(run, store, today):
    """Exit code 1, what to do, and it is so."""
    _salt(store, today - DAY)
    before = run("salts", "audit")
    rotated = run("salts", "rotate")
    after = run("salts", "audit")

    assert (before[0], rotated[0], after[0]) == (1, 0, 0)
    assert "run `privacykit salts rotate`" in before[2]
    assert rotated[1] == "Destroyed 1; level erased, searched.\n"


def test_the_audit_fails_while_bytes_are_left(run, store, tmp_path, today):
    """A row that something deleted without overwriting."""
    salt, _ = _salt(store, today)
    with sqlite3.connect(tmp_path / "salts.db") as connection:
        connection.execute("pragma secure_delete = off")
        connection.execute("insert into destroyed_salts values (?, 0)", (fingerprint(salt),))
        connection.execute("delete from salts")
    connection.close()

    code, out, _ = run("salts", "audit", "--json")

    answer = json.loads(out)
    assert (code, answer["found"], answer["level"]) == (1, 1, "logical")
    assert run("salts", "rotate")[0] == 0
    assert run("salts", "audit")[0] == 0


def test_rotate_leaves_today_alone_unless_told(run, store, today):
    """With --today the day begins anew, and the servers have to be restarted."""
    salt, _ = _salt(store, today)
    kept = json.loads(run("salts", "rotate", "--json")[1])
    same = _salt(store, today)[0]
    code, out, _ = run("salts", "rotate", "--today")

    assert (kept["destroyed"], same, code) == (0, salt, 0)
    assert "Restart every server process" in out
    assert _salt(store, today)[0] != salt


def test_a_store_that_is_not_there_is_not_made(run, tmp_path):
    """It would belong to whoever ran the command."""
    code, _, err = run("salts", "audit")

    assert code == 1
    assert err.startswith("PK139")
    assert not (tmp_path / "salts.db").exists()


def test_memory_cannot_be_looked_at(run, tmp_path):
    """It is another process's."""
    (tmp_path / "privacykit.toml").write_text(CONFIG.format(url="memory://"))

    code, _, err = run("salts", "status")

    assert code == 2
    assert "memory of the server" in err


def test_a_server_is_audited_as_logical(run, tmp_path, postgres_url):
    """The notes say what keeps copies."""
    (tmp_path / "privacykit.toml").write_text(CONFIG.format(url=postgres_url))

    code, out, _ = run("salts", "audit")

    assert code == 0
    assert "level     logical" in out
    assert "searched  no" in out
    assert "write-ahead log" in out
