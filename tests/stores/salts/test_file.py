"""Promise P3 on SQLite: after midnight no byte of a salt is in any file, and that is looked for."""

from __future__ import annotations

import base64
import os
import sqlite3
import time
from datetime import UTC, datetime

import pytest

from privacykit.errors import ConfigurationError, StoreError
from privacykit.pseudonym.visitor import DaySalt, visitor_id
from privacykit.stores.database.engine import open_engine
from privacykit.stores.salts import file as salts_file
from privacykit.stores.salts.file import SaltFile, fingerprint, search
from privacykit.stores.salts.open import open_salts
from privacykit.stores.salts.sql import KEEP_TOMBS_SECONDS

DAY = 86_400


@pytest.fixture
def midnight():
    """The next midnight in UTC."""
    return (time.time() // DAY + 1) * DAY


@pytest.fixture
def path(tmp_path):
    """Where the file is."""
    return tmp_path / "salts.db"


@pytest.fixture
def store(path):
    """A salt store in a file."""
    return open_salts(f"sqlite:///{path}")


def _date(midnight):
    return datetime.fromtimestamp(midnight - 1, UTC).date().isoformat()


def _files(path):
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


def _spellings(salt):
    encoded = base64.b64encode(salt).rstrip(b"=")
    return salt, salt.hex().encode(), encoded, base64.urlsafe_b64encode(salt).rstrip(b"=")


def test_after_midnight_no_byte_of_the_salt_is_in_any_file(store, path, midnight):
    """Neither raw nor in hexadecimal nor in base64, in the file or its journal."""
    salts = [
        store.get_or_create(f"site{i}", _date(midnight), os.urandom(32), midnight, midnight - 60)
        for i in range(40)
    ]
    assert salts[0] in _files(path)

    destroyed = store.destroy_expired(midnight)

    after = _files(path)
    assert destroyed == 40
    assert [salt for salt in salts for said in _spellings(salt) if said in after] == []


def test_no_salt_stays_in_the_journal_while_it_lives(store, path, midnight):
    """What a transaction wrote beside the file is zeros when it is over."""
    for i in range(3):
        store.get_or_create(f"site{i}", _date(midnight), os.urandom(32), midnight, midnight - 60)

    journal = path.with_name("salts.db-journal").read_bytes()

    assert len(journal) > 512
    assert journal.strip(b"\0") == b""


def test_a_restart_finds_the_salt_of_the_day(store, path, midnight):
    """Visitors of the day keep their ids."""
    date = _date(midnight)
    salt = store.get_or_create("shop", date, os.urandom(32), midnight, midnight - 60)

    again = open_salts(f"sqlite:///{path}")

    assert again.get_or_create("shop", date, os.urandom(32), midnight, midnight - 30) == salt


def test_ids_of_yesterday_cannot_be_computed_again(store, midnight):
    """Whoever asks again gets another salt or none, so another id or none."""
    date = _date(midnight)
    salt = store.get_or_create("shop", date, os.urandom(32), midnight, midnight - 60)
    visit = b"\x05\x06\x07\x08", b"\0", midnight - 1
    yesterday = visitor_id(DaySalt(salt, "shop", date, midnight), *visit)
    store.destroy_expired(midnight)

    with pytest.raises(StoreError, match="PK140"):
        store.get_or_create("shop", date, os.urandom(32), midnight, midnight)
    again = store.get_or_create("shop", date, os.urandom(32), midnight, midnight - 1)

    assert visitor_id(DaySalt(again, "shop", date, midnight), *visit) != yesterday


def test_a_row_that_outlived_its_midnight_is_refused(store, midnight):
    """A site whose time zone moved does not get yesterday's salt for a longer day."""
    date = _date(midnight)
    store.get_or_create("shop", date, os.urandom(32), midnight, midnight - 60)

    with pytest.raises(StoreError, match="PK143"):
        store.get_or_create("shop", date, os.urandom(32), midnight + 3600, midnight)


def test_a_restored_backup_does_not_bring_a_day_back(store, path, midnight):
    """Its dead salts are refused, and destroyed again at the next start."""
    date = _date(midnight)
    salt = store.get_or_create("shop", date, os.urandom(32), midnight, midnight - 60)
    backup = path.read_bytes()
    store.destroy_expired(midnight)
    path.write_bytes(backup)
    restarted = open_salts(f"sqlite:///{path}")

    with pytest.raises(StoreError, match="PK143"):
        restarted.get_or_create("shop", date, os.urandom(32), midnight + 60, midnight)
    assert restarted.audit(midnight).overdue == 1
    assert restarted.destroy_expired(midnight) == 1
    assert salt not in _files(path)


def test_bytes_that_deletion_left_are_found_and_erased(store, path, midnight):
    """A row deleted without overwriting stays; the audit says so, the next start mends it."""
    salt = store.get_or_create("shop", _date(midnight), os.urandom(32), midnight, midnight - 60)
    with sqlite3.connect(path) as connection:
        connection.execute("pragma secure_delete = off")
        connection.execute(
            "insert into destroyed_salts values (?, ?)", (fingerprint(salt), midnight)
        )
        connection.execute("delete from salts")
    connection.close()
    assert salt in _files(path)

    before = store.audit(midnight)
    open_salts(f"sqlite:///{path}").destroy_expired(midnight)
    after = store.audit(midnight)

    assert (before.level, before.found, before.searched) == ("logical", 1, True)
    assert (after.level, after.found) == ("erased", 0)
    assert salt not in _files(path)


@pytest.mark.parametrize("ending", ["", "-journal", "-wal"])
def test_bytes_in_and_beside_the_file_are_found(path, ending):
    """A journal that a killed process left is searched too."""
    salt = os.urandom(32)
    path.touch()
    path.with_name(path.name + ending).write_bytes(b"\0" * 600 + salt)

    found = SaltFile(open_engine(f"sqlite:///{path}", kind="salts")).find({fingerprint(salt)})

    assert found == {fingerprint(salt)}


def test_a_journal_that_a_killed_process_left_is_overwritten(store, path, midnight):
    """Destroying nothing is enough to clean up."""
    salt = store.get_or_create("shop", _date(midnight), os.urandom(32), midnight, midnight - 60)
    store.destroy_expired(midnight)
    path.with_name("salts.db-journal").write_bytes(b"\0" * 600 + salt)

    store.destroy_expired(midnight)

    assert (store.audit(midnight).found, salt in _files(path)) == (0, False)


def test_a_search_that_failed_is_repeated(store, midnight, monkeypatch):
    """The next run looks again, though it destroys nothing itself."""
    salt = store.get_or_create("shop", _date(midnight), os.urandom(32), midnight, midnight - 60)
    with monkeypatch.context() as patch:
        patch.setattr(SaltFile, "find", lambda *_: {fingerprint(salt)})
        with pytest.raises(StoreError, match="PK147"):
            store.destroy_expired(midnight)
    asked = []
    monkeypatch.setattr(SaltFile, "find", lambda _, wanted: asked.append(wanted) or set())

    counts = [store.destroy_expired(midnight) for _ in range(3)]

    assert (counts, asked) == ([0, 0, 0], [{fingerprint(salt)}])


def test_bytes_that_stay_are_an_error(store, path, midnight, monkeypatch):
    """We do not say erased when it is not so."""
    salt = store.get_or_create("shop", _date(midnight), os.urandom(32), midnight, midnight - 60)
    path.with_name("salts.db-journal").write_bytes(b"\0" * 600 + salt)
    monkeypatch.setattr(SaltFile, "scrub", lambda _: None)
    monkeypatch.setattr(salts_file, "vacuum", lambda _: None)

    with pytest.raises(StoreError, match="PK147"):
        store.destroy_expired(midnight)


def test_a_reader_does_not_hinder_erasing(store, path, midnight):
    """Somebody who looks at the file with a tool delays destruction and does not prevent it."""
    salt = store.get_or_create("shop", _date(midnight), os.urandom(32), midnight, midnight - 60)
    with sqlite3.connect(path) as looker:
        looker.execute("select count(*) from salts").fetchall()

        store.destroy_expired(midnight)

    looker.close()
    assert salt not in _files(path)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_search_drops_no_lock_of_this_process(store, path, midnight):
    """A transaction that is open while we read the file's bytes still excludes other processes."""
    store.get_or_create("shop", _date(midnight), os.urandom(32), midnight, midnight - 60)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("begin immediate")
    store.audit(midnight)

    child = os.fork()
    if child == 0:
        other = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            other.execute("begin immediate")
        except sqlite3.OperationalError:
            os._exit(3)
        os._exit(0)
    holder.execute("rollback")

    locked_out = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    holder.close()
    assert locked_out == 3


def test_fingerprints_are_forgotten(store, path, midnight):
    """A destroyed salt is searched for as long as copies may turn up, not for ever."""
    store.get_or_create("shop", _date(midnight), os.urandom(32), midnight, midnight - 60)
    store.destroy_expired(midnight)
    later = midnight + KEEP_TOMBS_SECONDS + DAY
    store.get_or_create("shop", _date(later), os.urandom(32), later, later - 60)
    store.destroy_expired(later)

    with sqlite3.connect(path) as connection:
        count = connection.execute("select count(*) from destroyed_salts").fetchone()
    connection.close()
    assert count == (1,)


def test_a_file_that_others_can_read_is_refused(store, path, midnight):
    """The salts of living days are nobody else's business."""
    path.touch(mode=0o600)
    path.chmod(0o640)

    with pytest.raises(ConfigurationError, match="PK146"):
        store.prepare()
    with pytest.raises(StoreError, match="PK146"):
        store.get_or_create("shop", _date(midnight), os.urandom(32), midnight, midnight - 60)


def test_a_replaced_file_is_searched_anew(path):
    """The search follows the path, not a file that was there once."""
    file = SaltFile(open_engine(f"sqlite:///{path}", kind="salts"))
    salt = os.urandom(32)
    path.write_bytes(b"nothing")
    before = file.find({fingerprint(salt)})
    path.rename(path.with_name("moved"))
    path.write_bytes(b"something" + salt)

    assert (before, file.find({fingerprint(salt)})) == (set(), {fingerprint(salt)})


def test_a_search_finds_a_salt_at_every_offset():
    """Rows are not aligned to anything."""
    salt = os.urandom(32)

    found = [search(b"x" * i + salt + b"y" * (9 - i), {fingerprint(salt)}) for i in range(10)]

    assert found == [{fingerprint(salt)}] * 10


def test_a_server_says_what_keeps_copies(postgres_url, mariadb_url):
    """There destruction is logical, and the operator learns what to look at."""
    audits = [open_salts(url).audit(0) for url in (postgres_url, mariadb_url)]

    assert [(audit.level, audit.searched) for audit in audits] == [("logical", False)] * 2
    assert any("write-ahead log" in note for note in audits[0].notes)
    assert any(note.startswith("Binary log: ") for note in audits[1].notes)
