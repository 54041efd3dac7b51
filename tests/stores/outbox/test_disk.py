"""The outbox on a disk that is full, or a database that somebody else holds."""

import os
import sqlite3
from collections import Counter

import anyio
import pytest
from sqlalchemy import event

from privacykit.delivery.writer import Outbox
from privacykit.errors import StoreError
from privacykit.stores.database.engine import open_engine
from privacykit.stores.outbox.store import OutboxStore
from privacykit.testing.samples import NOW, ids, row
from tests.waiting import eventually


class Counts(Counter):
    """Counters in memory."""

    def count(self, name, reason="", n=1):
        """Count."""
        self[name, reason] += n


class Disk:
    """A SQLite file on a disk whose size can be set."""

    def __init__(self, folder):
        self.path = folder / "outbox.db"
        self.engine = open_engine(f"sqlite:///{self.path}", kind="events")
        self.store = OutboxStore(self.engine)
        self.store.prepare()
        self.counts = Counts()
        self.pages = 2**30
        event.listen(self.engine, "checkout", self.limit)
        self.outbox = Outbox(
            self.store,
            finish=lambda numbers, _: [row(number) for number in numbers],
            random=os.urandom,
            clock=lambda: NOW,
            counters=self.counts,
            window=0.001,
            limit=50,
        )

    def limit(self, connection, *_):
        """Let the file have so many pages."""
        connection.execute(f"pragma max_page_count = {self.pages}")

    def kept(self):
        """Return the ids that are in the outbox."""
        leased = self.store.lease("events", "me", 9999, until=NOW, now=NOW)
        return [one.row.envelope.id for one in leased]


@pytest.fixture
def disk(tmp_path):
    """A disk with room."""
    disk = Disk(tmp_path)
    yield disk
    disk.outbox.stop(1)
    disk.engine.dispose()


def test_a_full_disk_acknowledges_nothing_and_loses_nothing(disk):
    """Events wait in memory, an awaited one is not acknowledged; with room all are kept."""
    anyio.run(disk.outbox.put_durably, 0)
    disk.pages = 1
    accepted = [0, *(number for number in range(1, 30) if disk.outbox.put(number))]
    with pytest.raises(StoreError, match="PK151"):
        anyio.run(disk.outbox.put_durably, 30, 0.3)
    assert disk.counts["outbox_failed", "store"] > 0
    disk.pages = 2**30
    assert eventually(lambda: disk.kept() == ids(*accepted, 30))


def test_a_full_disk_and_a_full_memory_refuse_and_count(disk):
    """The producer goes on; what was refused is said, what was accepted is kept."""
    anyio.run(disk.outbox.put_durably, 0)
    disk.pages = 1
    answers = {number: disk.outbox.put(number) for number in range(1, 800)}
    refused = [number for number, accepted in answers.items() if not accepted]
    assert len(refused) == disk.counts["outbox_refused", "full"] > 0
    disk.pages = 2**30
    accepted = [0, *(number for number, accepted in answers.items() if accepted)]
    assert eventually(lambda: disk.kept() == ids(*accepted))


def test_a_locked_database_acknowledges_nothing_and_loses_nothing(disk):
    """While another process holds the file events wait; then they are committed."""
    anyio.run(disk.outbox.put_durably, 0)
    other = sqlite3.connect(disk.path, isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(StoreError, match="PK151"):
        anyio.run(disk.outbox.put_durably, 1, 0.2)
    other.execute("rollback")
    other.close()
    assert eventually(lambda: disk.kept() == ids(0, 1))
