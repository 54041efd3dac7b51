"""Periods of the event store on SQLite: a file each, private, and gone without a byte."""

import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime

import pytest

from privacykit.errors import StoreError
from privacykit.stores.database.engine import open_engine
from privacykit.stores.database.looking import open_to_look
from privacykit.stores.events import event_periods
from privacykit.stores.events.event_tables import HeldBy
from privacykit.stores.events.events import EventStore
from privacykit.stores.events.period_files import PeriodFiles
from privacykit.stores.events.periods import Period
from privacykit.testing.samples import LATER, NOW, ids, row

FEBRUARY = int(datetime(2027, 2, 10, tzinfo=UTC).timestamp())
MARCH = int(datetime(2027, 3, 1, tzinfo=UTC).timestamp())


@pytest.fixture
def engine(tmp_path):
    """An engine on a main file."""
    engine = open_engine(f"sqlite:///{tmp_path}/events.db", kind="events")
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine):
    """A store with room for three months."""
    store = EventStore(engine)
    store.ensure_periods(NOW, 3)
    return store


def files(folder, what="events_*.db"):
    """Return the names of the files of periods."""
    return sorted(file.name for file in folder.glob(what))


def bytes_in(folder):
    """Return every byte of every file."""
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def kept(store):
    """Return the ids of living events."""
    return [event.id for event in store.select(NOW)]


def test_each_month_is_a_private_file_beside_the_main_one(store, tmp_path):
    """Nobody else may read them, and nothing unfinished lies about."""
    assert files(tmp_path) == [f"events_2027_0{month}.db" for month in (1, 2, 3, 4)]
    store.add([row(1)], NOW)
    modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert (modes, files(tmp_path, ".*")) == ({0o600}, [])


def test_a_person_looks_with_sqlite3(store, tmp_path):
    """A month's file has the view."""
    store.add([row(1)], NOW)
    with closing(sqlite3.connect(tmp_path / "events_2027_04.db")) as database:
        assert database.execute("select id, page from events").fetchall() == [(ids(1)[0], "/")]


@pytest.mark.parametrize("holds", [(), (HeldBy("subject", "subject-2"),)], ids=["none", "one"])
def test_no_byte_is_found_after_a_drop(engine, store, tmp_path, holds):
    """Of what was held, and nothing else, a copy is in the main file."""
    store.add([row(number, expires_at=FEBRUARY) for number in (1, 2)], NOW)
    assert b"subject-1" in bytes_in(tmp_path)
    assert store.drop_expired(MARCH, holds).held == len(holds)
    assert files(tmp_path) == ["events_2027_03.db", "events_2027_04.db"]
    engine.dispose()
    left = bytes_in(tmp_path)
    found = (b"subject-1" in left, row(1).body in left, b"subject-2" in left)
    assert found == (False, False, bool(holds))


def test_a_crash_between_copy_and_drop_holds_once(store, monkeypatch):
    """What is held is committed first; the next time it is copied to where it is already."""
    store.add([row(number, expires_at=FEBRUARY) for number in range(3)], NOW)
    holds = [HeldBy("site", "shop")]
    with monkeypatch.context() as crash:
        crash.setattr(event_periods, "delete", None)
        with pytest.raises(TypeError):
            store.drop_expired(MARCH, holds)
    assert store.drop_expired(MARCH, holds).held == 3
    assert [event.id for event in store.of_subject("subject", "subject-1")] == ids(1)
    assert store.drop_released(MARCH, ()) == 3


def test_a_failure_while_a_file_goes_hides_none(store, tmp_path):
    """That which tells of the month goes last, so that the next drop finds the rest."""
    store.add([row(1, expires_at=FEBRUARY)], NOW)
    stuck = tmp_path / "events_2027_01.db-shm"
    stuck.mkdir()
    with pytest.raises(StoreError):
        store.drop_expired(MARCH)
    assert len(files(tmp_path)) == 4
    stuck.rmdir()
    store.drop_expired(MARCH)
    assert files(tmp_path) == ["events_2027_03.db", "events_2027_04.db"]


def test_who_still_has_a_dropped_file_open_does_not_write_to_it(store, tmp_path):
    """The batch is sent again, and then it is said that its month is missing."""
    store.add([row(1)], NOW)
    other = open_engine(f"sqlite:///{tmp_path}/events.db", kind="events")
    PeriodFiles(other).drop(Period.of(LATER), None)
    with pytest.raises(StoreError, match="PK152"):
        store.add([row(2)], NOW)
    assert store.add([row(2)], NOW).early == tuple(ids(2))
    store.ensure_periods(NOW, 3)
    store.add([row(3)], NOW)
    assert kept(store) == ids(3)
    other.dispose()


def test_a_file_that_another_took_the_place_of_is_opened_anew(store, tmp_path):
    """A restored backup, say."""
    store.add([row(1)], NOW)
    month = tmp_path / "events_2027_04.db"
    month.unlink()
    for journal in ("-wal", "-shm"):
        (tmp_path / (month.name + journal)).unlink(missing_ok=True)
    store.ensure_periods(NOW, 3)
    store.add([row(2)], NOW)
    assert kept(store) == ids(2)


@pytest.mark.parametrize("planted", ["link", "folder", "open to all"])
def test_what_is_none_of_ours_is_never_opened(engine, tmp_path, planted):
    """A link, a folder, or a file that others may read: it is said which, and nothing is kept."""
    EventStore(engine).ensure_periods(NOW, 0)
    place, victim = tmp_path / "events_2027_04.db", tmp_path / "victim"
    victim.write_bytes(b"")
    if planted == "link":
        place.symlink_to(victim)
    elif planted == "folder":
        place.mkdir()
    else:
        place.touch(0o600)
        place.chmod(0o644)
    store = EventStore(engine)
    store.ensure_periods(NOW, 3)
    with pytest.raises(StoreError, match=r"PK137 events_2027_04\.db"):
        store.add([row(1)], NOW)
    assert victim.read_bytes() == b""


def test_making_a_month_never_takes_the_place_of_one(store, tmp_path):
    """Two processes may make the same one; what is in it stays."""
    store.add([row(1)], NOW)
    PeriodFiles(store._engine).create(Period.of(LATER))
    assert (kept(store), files(tmp_path, ".*")) == (ids(1), [])


def test_erasing_a_person_touches_each_month(store, tmp_path):
    """And leaves no byte of theirs in any file."""
    both = [row(1, expires_at=FEBRUARY), row(2)]
    theirs = [type(one)(type(one.envelope)(
        one.envelope.id, "shop", "analytics", one.envelope.expires_at, ("events",),
        subject="somebody"), one.body) for one in both]  # fmt: skip
    store.add([*theirs, row(3)], NOW)
    assert (store.forget("subject", "somebody"), kept(store)) == (2, ids(3))
    assert b"somebody" not in bytes_in(tmp_path)


def test_who_only_looks_makes_and_writes_nothing(store, engine, tmp_path):
    """Not even in the files of months."""
    store.add([row(1)], NOW)
    engine.dispose()
    before = files(tmp_path, "*")
    looking = open_to_look(f"sqlite:///{tmp_path}/events.db", kind="events")
    assert kept(EventStore(looking)) == ids(1)
    with pytest.raises(StoreError):
        EventStore(looking).forget("subject", "subject-1")
    looking.dispose()
    assert files(tmp_path, "*") == before
