"""The outbox's tables, on every database we support."""

import os
from itertools import count
from threading import Event, Thread

import pytest
from sqlalchemy import MetaData, insert, select

from privacykit.errors import StoreError
from privacykit.stores.database.engine import open_engine, reading, writing
from privacykit.stores.database.schema import Schema, prepare
from privacykit.stores.outbox.store import OutboxStore
from privacykit.stores.outbox.tables import OUTBOX_METADATA, OUTBOX_SCHEMA, REJECTED, rebuilt
from privacykit.testing.outbox_contract import OutboxContract
from privacykit.testing.samples import NOW, ids, row


@pytest.fixture
def store(sql_url):
    """A store in a fresh database."""
    engine = open_engine(sql_url, kind="events")
    store = OutboxStore(engine)
    store.prepare()
    yield store
    engine.dispose()


class TestOutboxSQL(OutboxContract):
    """The contract, on SQLite, PostgreSQL and MariaDB."""


def test_two_workers_share_the_rows_without_overlap(store):
    """Many leases at the same time give each row to exactly one worker."""
    store.add([row(number) for number in range(400)], NOW)
    taken: list[str] = []

    def work(owner):
        while leased := store.lease("events", owner, 7, until=NOW + 60, now=NOW):
            taken.extend(one.row.envelope.id for one in leased)

    workers = [Thread(target=work, args=(f"worker-{number}",)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(taken) == ids(*range(400))


def test_names_the_rows_that_can_never_be_stored(postgres_url):
    """One row that the database refuses does not keep the others out."""
    engine = open_engine(postgres_url, kind="events")
    store = OutboxStore(engine)
    store.prepare()
    bad = row(2, sinks=["x" * 65])
    assert store.add([row(1), bad, row(3)], NOW) == ids(2)
    assert [depth.pending for depth in store.depths()] == [2]
    engine.dispose()


def test_a_database_that_fails_says_so_without_a_row(sql_url):
    """Without tables every call is a store error, and it quotes nothing."""
    engine = open_engine(sql_url, kind="events")
    store = OutboxStore(engine)
    with pytest.raises(StoreError) as caught:
        store.add([row(1)], NOW)
    assert "record-1" not in str(caught.value)
    engine.dispose()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_children_born_during_a_write_can_write(tmp_path):
    """A fork waits for the writer's turn, so no child inherits a lock that nobody will free."""
    store = OutboxStore(open_engine(f"sqlite:///{tmp_path}/outbox.db", kind="events"))
    store.prepare()
    done = Event()

    def write():
        for number in count(1000):
            if done.is_set():
                return
            store.add([row(number)], NOW)

    writer = Thread(target=write)
    writer.start()
    statuses = set()
    for number in range(10):
        child = os.fork()
        if child == 0:
            store.add([row(number)], NOW)
            os._exit(0)
        statuses.add(os.waitpid(child, 0)[1])
    done.set()
    writer.join()
    first = store.lease("events", "me", 10, until=NOW + 9, now=NOW)
    assert (statuses, [one.row.envelope.id for one in first]) == ({0}, ids(*range(10)))


def test_what_was_rejected_before_the_role_counted_is_no_third_partys(sql_url):
    """An outbox of before is brought up to date; nobody knows what was allowed of its rows."""
    engine = open_engine(sql_url, kind="events")
    before = MetaData()
    for table in OUTBOX_METADATA.sorted_tables:
        old = table.to_metadata(before)
        if "shared" in old.c:
            old._columns.remove(old.c.shared)
    prepare(engine, Schema("outbox", before))
    kept = {"sink": "s", "id": "e", "site": "shop", "purpose": "ads", "expires_at": NOW}
    row = {**kept, "body": b"{}", "added": 0.0, "reason": "no", "since": 0.0}
    with writing(engine) as connection:
        connection.execute(insert(before.tables[REJECTED.name]).values(row))
    prepare(engine, OUTBOX_SCHEMA, migrate=True)
    with reading(engine) as connection:
        assert [rebuilt(row).envelope.shared for row in connection.execute(select(REJECTED))] == [
            False
        ]
    engine.dispose()
