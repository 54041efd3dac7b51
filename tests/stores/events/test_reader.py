"""Looking at events, stored and waiting, on every database we support."""

import pytest
from sqlalchemy import inspect

from privacykit.stores.database.engine import open_engine
from privacykit.stores.events import reader as reading
from privacykit.stores.events.events import EventStore
from privacykit.stores.events.reader import EventReader
from privacykit.stores.outbox.store import OutboxStore
from privacykit.testing.samples import NOW, ids, row

AHEAD = 6


@pytest.fixture
def engine(sql_url):
    """An engine on a fresh database."""
    engine = open_engine(sql_url, kind="events")
    yield engine
    engine.dispose()


def _nothing():
    return None


@pytest.fixture
def full(engine, monkeypatch):
    """Events 1 to 9, of two months, the last three waiting for two sinks; pages of two rows."""
    monkeypatch.setattr(reading, "PAGE", 2)
    store, outbox = EventStore(engine), OutboxStore(engine)
    store.ensure_periods(NOW, AHEAD)
    outbox.prepare()
    soon = int(NOW) + 9
    rows = [row(n, expires_at=soon) if n % 2 else row(n) for n in range(1, 7)]
    store.add([*rows, row(7)], NOW)
    outbox.add([row(n, sinks=("events", "warehouse")) for n in (7, 8, 9)], NOW)
    return EventReader(lambda: engine, lambda: engine)


def test_the_newest_come_in_order_and_once(full):
    """Whatever table they are in; one that is stored waits for nobody that matters here."""
    found = list(full.newest(5, NOW))
    assert [one.id for one in found] == ids(5, 6, 7, 8, 9)
    assert [one.waits_for for one in found[2:]] == [(), *[("events", "warehouse")] * 2]
    assert found[0].body.encode() == row(5, expires_at=int(NOW) + 9).body


def test_fewer_than_asked_for_are_all(full):
    """And what has expired is not among them."""
    assert [one.id for one in full.newest(100, NOW + 9)] == ids(2, 4, 6, 7, 8, 9)


def test_what_comes_after_is_found(full):
    """As following it asks."""
    assert [one.id for one in full.after(ids(6)[0], NOW)] == ids(7, 8, 9)


def test_an_id_is_found_by_its_beginning(full):
    """One, or several: then at least two are told."""
    (one,) = ids(8)
    assert [found.id for found in full.beginning(one, NOW)] == [one]
    assert len(full.beginning(one[:13], NOW)) == 2
    assert full.beginning("ffff", NOW) == []


@pytest.mark.parametrize(
    ("by", "counts"),
    [
        ("day", {"2027-01-15": 7}),
        ("site", {"shop": 7}),
        ("purpose", {"analytics": 7}),
        ("page", {"/": 7}),
    ],
)
def test_stored_events_are_counted(full, by, counts):
    """By the database, over all months."""
    found = full.count(by, 0.0, NOW)
    assert found == counts if by != "page" else sum(found.values()) == 7
    assert sum(full.count(by, NOW + 5, NOW).values()) == 3
    assert full.count(by, 0.0, NOW, site="other") == {}


def test_looking_makes_nothing(engine):
    """An empty database stays empty."""
    empty = EventReader(lambda: engine, lambda: engine)
    assert list(empty.newest(5, NOW)) == []
    assert (empty.count("page", 0.0, NOW), empty.waiting()) == ({}, 0)
    assert inspect(engine).get_table_names() == []


def test_without_a_database_there_is_nothing():
    """Before the first start, say."""
    assert list(EventReader(_nothing, _nothing).newest(5, NOW)) == []
    assert EventReader(_nothing, _nothing).waiting() == 0


def test_each_waiting_event_counts_once(full):
    """However many sinks it waits for."""
    assert full.waiting() == 3
