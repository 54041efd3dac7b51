"""The store of data keys: one for each person and purpose, wrapped, found by index, destroyed."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, text, update

from privacykit.errors import StoreError
from privacykit.govern.audit.chain import AuditKey
from privacykit.sealing.seal import Sealed
from privacykit.stores.database.engine import open_engine
from privacykit.stores.database.sqlite import sqlite_path
from privacykit.stores.key_file import Key
from privacykit.stores.records.audit import AuditLog
from privacykit.stores.sealing.destroyed import SERVER
from privacykit.stores.sealing.keys import SqlSealingKeys
from privacykit.stores.sealing.rotation import wrap_anew
from privacykit.stores.sealing.tables import KEYS

AT = datetime(2026, 11, 1, tzinfo=UTC)
OLD, NEW = (Key(name, "sealing", AT, bytes([n]) * 32) for n, name in ((1, "old"), (2, "new")))
SUBJECT = [Key(f"s{n}", "subject", AT, bytes(range(n, n + 32))) for n in (1, 2)]
OP = "system"
ANNA = Sealed("email", "anna.mark@seal.example", "orders")


@pytest.fixture
def engine(sql_url):
    """A database of records."""
    made = open_engine(sql_url, kind="records")
    yield made
    made.dispose()


def store(engine, *wrapping, subject=SUBJECT, suppressed=lambda *_: False):
    """Return the key store."""
    return SqlSealingKeys(engine, wrapping or [OLD], subject, suppressed, lambda: 1.0)


def audit(engine):
    """Return an audit log."""
    return AuditLog(engine, [AuditKey(bytes(range(32)))], origin="x/privacykit")


def test_a_person_and_purpose_has_one_key(engine):
    """Found again by name, by another process, and after the subject key was rotated."""
    made = store(engine).key_for(ANNA)
    again = store(engine).key_for(ANNA._replace(value=" Anna.Mark@seal.EXAMPLE"))
    rotated = store(engine, subject=[*reversed(SUBJECT)]).key_for(ANNA)
    assert {made.kid, again.kid, rotated.kid, store(engine).key(made.kid).kid} == {made.kid}
    others = [
        ANNA._replace(purpose="x"),
        ANNA._replace(period="2026-11"),
        ANNA._replace(value="b@x.y"),
    ]
    assert len({store(engine).key_for(other).kid for other in others} | {made.kid}) == 4
    assert store(engine).key(b"\0" * 16) is None


def test_two_processes_at_once_get_one_key(engine):
    """Whoever comes second finds the first one's."""
    store(engine)
    kids, gate = [], threading.Barrier(4)

    def ask():
        keys = store(engine)
        gate.wait()
        kids.append(keys.key_for(ANNA).kid)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(kids), len(set(kids))) == (4, 1)


def test_no_key_for_whom_nothing_may_be_collected(engine):
    """Asked before the key."""
    keys = store(engine, suppressed=lambda whom: whom == ANNA)
    assert keys.key_for(ANNA) is None
    assert keys.counted() == []


def test_a_destroyed_key_is_in_no_byte_of_the_file(engine):
    """All purposes, or one; the audit log says how many, and not whose."""
    keys, log = store(engine), audit(engine)
    made = [
        keys.key_for(it) for it in (ANNA, ANNA._replace(purpose="x"), ANNA._replace(value="b@x.y"))
    ]
    with engine.connect() as connection:
        wrapped = list(connection.scalars(text("select wrapped from sealing_keys")))
    references = keys.references(ANNA.identity, ANNA.value)
    one = keys.destroy(references, log, OP, purpose="x")
    rest = keys.destroy(references, log, OP, request_id="ab")
    again = keys.destroy(references, log, OP)
    assert [it.keys for it in (one, rest, again)] == [1, 1, 0]
    assert [keys.key(key.kid) is None for key in made] == [True, True, False]
    if engine.dialect.name == "sqlite":
        data = sqlite_path(engine).read_bytes()
        assert sum(it.encode() in data for it in wrapped) == 1
        assert rest.remains == ""
    else:
        assert rest.remains == SERVER
    told = [(it.entry.action, it.entry.request_id) for it in log.entries()]
    assert told == [("sealing.destroyed", ""), ("sealing.destroyed", "ab")]


def test_a_whole_period_ends_at_once(engine):
    """Everybody's keys of a month, or those of one purpose."""
    keys, log = store(engine), audit(engine)
    for period in ("2026-10", "2026-11"):
        for purpose in ("orders", "x"):
            for n in range(3):
                keys.key_for(Sealed("email", f"p{n}@x.y", purpose, period))
    assert keys.destroy_period("2026-10", log, OP, purpose="x").keys == 3
    assert keys.destroy_period("2026-10", log, OP).keys == 3
    assert keys.counted() == [("orders", "2026-11", "old", 3), ("x", "2026-11", "old", 3)]


def test_keys_are_wrapped_anew_and_open_what_they_sealed(engine):
    """Page by page; again, nothing is left; without the old key nothing is lost."""
    keys = store(engine)
    made = [keys.key_for(Sealed("email", f"p{n}@x.y", "orders")) for n in range(7)]
    sealed = [key.cipher.encrypt(b"\0" * 12, b"text", None) for key in made]
    both = store(engine, NEW, OLD)
    assert (wrap_anew(engine, both, page=3), wrap_anew(engine, both, page=3)) == (7, 0)
    alone = store(engine, NEW)
    opened = [
        alone.key(key.kid).cipher.decrypt(b"\0" * 12, it, None)
        for key, it in zip(made, sealed, strict=True)
    ]
    assert opened == [b"text"] * 7
    with pytest.raises(StoreError, match="PK388"):
        store(engine, OLD).key(made[0].kid)


def test_a_process_older_than_the_rotation_wraps_nothing_by_the_retired_key(engine):
    """It reads the key file anew, or makes no key: what it sealed would open for nobody."""
    file = [OLD]
    running = SqlSealingKeys(engine, [OLD], SUBJECT, lambda *_: False, lambda: 1.0, lambda: file)
    stale, before = store(engine, OLD), running.key_for(ANNA)
    wrap_anew(engine, store(engine, NEW, OLD))
    for keys in (running, stale):
        with pytest.raises(StoreError, match="PK388"):
            keys.key_for(ANNA._replace(value="bert.mark@seal.example"))
    file[:] = [NEW, OLD]
    made = [running.key_for(ANNA._replace(value=f"p{n}@seal.example")) for n in range(2)]
    alone = store(engine, NEW)
    kids = [key.kid for key in (before, *made)]
    assert [alone.key(kid).kid for kid in kids] == kids
    assert [row[2:] for row in alone.counted()] == [("new", 3)]


def test_a_reader_older_than_the_rotation_reads_the_key_file_anew(engine):
    """What was wrapped anew opens without a restart."""
    file = [OLD]
    running = SqlSealingKeys(engine, [OLD], SUBJECT, lambda *_: False, lambda: 1.0, lambda: file)
    made = running.key_for(ANNA)
    wrap_anew(engine, store(engine, NEW, OLD))
    file[:] = [NEW]
    assert running.key(made.kid).kid == made.kid


def test_an_older_key_file_rotates_nothing_back(engine):
    """What is retired stays so, also where no key was ever wrapped by it."""
    wrap_anew(engine, store(engine, NEW, OLD))
    with pytest.raises(StoreError, match="PK388"):
        wrap_anew(engine, store(engine, OLD))
    with pytest.raises(StoreError, match="PK388"):
        store(engine, OLD).key_for(ANNA)


def test_a_row_of_another_person_opens_nothing(engine):
    """A wrapped key is bound to its row."""
    keys = store(engine)
    mine, theirs = keys.key_for(ANNA), keys.key_for(ANNA._replace(value="b@x.y"))
    with engine.begin() as connection:
        other = KEYS.select().where(KEYS.c.kid == theirs.kid.hex())
        wrapped = connection.execute(other).one().wrapped
        this = update(KEYS).where(KEYS.c.kid == mine.kid.hex())
        connection.execute(this.values(wrapped=wrapped))
    with pytest.raises(StoreError, match="PK388"):
        keys.key(mine.kid)


def test_both_look_ups_go_by_an_index(tmp_path):
    """So that ten million people cost what ten do."""
    url = f"sqlite:///{tmp_path}/r.db"
    made = open_engine(url, kind="records")
    store(made)
    made.dispose()
    plain = create_engine(url)
    queries = [
        "select * from sealing_keys where kid = 'x'",
        "select * from sealing_keys where person in ('a', 'b') and purpose = 'p' and period = ''",
        "delete from sealing_keys where person in ('a', 'b')",
    ]
    with plain.connect() as connection:
        for query in queries:
            plan = str(connection.execute(text(f"explain query plan {query}")).all())
            assert "USING INDEX" in plan or "USING COVERING INDEX" in plan
            assert "SCAN" not in plan
    plain.dispose()
