"""The view of living events, on every database we support."""

import json
import time

import pytest
from sqlalchemy import inspect, text

from privacykit.collect.ports import OutboxRow
from privacykit.connectors.sql.catalogue.reflect import reflect
from privacykit.stores.database.engine import open_engine
from privacykit.stores.database.sqlite import is_sqlite
from privacykit.stores.events.events import EventStore
from privacykit.stores.events.layout import period_layout
from privacykit.stores.events.periods import Period
from privacykit.testing.samples import LATER, NOW, ids, row

LONG_AGO = 1_700_000_000.0
"""November 2023: whatever expired then is over by any database's clock."""
AHEAD = 6


@pytest.fixture
def engine(sql_url):
    """An engine on a fresh database."""
    engine = open_engine(sql_url, kind="events")
    yield engine
    engine.dispose()


def _seen(engine, columns="id"):
    """Return what the view shows, on SQLite those of all period files, one after the other."""
    engines = [engine]
    if is_sqlite(engine):
        layout = period_layout(engine)
        engines = [shelf.engine for shelf in layout.shelves(layout.existing())]
    seen = []
    for each in engines:
        with each.connect() as connection:
            rows = connection.execute(text(f"select {columns} from events order by id"))
            seen += map(tuple, rows)
    return seen


def _told(number, **data):
    """Return an event with more in its data."""
    one = row(number)
    body = json.loads(one.body)
    body["data"] |= data
    return OutboxRow(one.envelope, json.dumps(body).encode())


def test_an_analyst_reads_living_events(engine):
    """``select … from events`` is all it takes, whatever months there are."""
    store = EventStore(engine)
    store.ensure_periods(NOW, AHEAD)
    more = {
        "page": "/orders/{id}",
        "referrer": {"channel": "search", "host": "search.example"},
        "place": {"country": "DE", "region": None},
        "props": {"plan": "small"},
    }
    store.add([_told(1, **more), row(2)], NOW)
    page, country, region, channel, props = _seen(engine, "page, country, region, channel, props")[
        0
    ]
    assert (page, country, region, channel) == ("/orders/{id}", "DE", None, "search")
    assert json.loads(props) == {"plan": "small"}
    assert sorted(one for (one,) in _seen(engine)) == ids(1, 2)


def test_it_holds_nothing_beyond_retention(engine):
    """What has expired is not seen, though nothing has dropped it yet."""
    store = EventStore(engine)
    store.ensure_periods(LONG_AGO, 1)
    store.ensure_periods(NOW, AHEAD)
    store.add([row(1, expires_at=int(LONG_AGO) + 60), row(2)], LONG_AGO)
    assert len(list(store.select(LONG_AGO))) == 2
    assert [one for (one,) in _seen(engine)] == ids(2)


def test_it_tells_of_nobody_more_than_the_event(engine):
    """Consent record and subject, which are no part of an event, are not in it."""
    store = EventStore(engine, record=True)
    store.ensure_periods(NOW, AHEAD)
    (shelf, *_) = period_layout(engine).shelves([Period.of(NOW)])
    names = {column["name"] for column in inspect(shelf.engine).get_columns("events")}
    assert not names & {"record", "subject"}


def test_it_is_right_as_periods_come_and_go(engine):
    """A month that is made is in it, one that is dropped is not, and it works throughout."""
    store = EventStore(engine)
    store.ensure_periods(NOW, 0)
    store.ensure_periods(NOW, AHEAD)
    store.add([row(1), row(2, expires_at=int(NOW) + 60)], NOW)
    store.drop_expired(Period.of(NOW).end)
    assert [one for (one,) in _seen(engine)] == ids(1)
    store.drop_expired(LATER + 400 * 86_400)
    assert _seen(engine) == []


@pytest.mark.parametrize("sql_url", ["postgres", "mariadb"], indirect=True)
def test_a_database_from_before_gets_it(engine):
    """Where the periods are there and the view is not, it is made."""
    EventStore(engine).ensure_periods(NOW, 1)
    with engine.begin() as connection:
        connection.execute(text("drop view events"))
    EventStore(engine).ensure_periods(NOW, 1)
    assert _seen(engine) == []


def test_somebody_elses_table_of_that_name_stays(engine):
    """An application may have a table ``events`` of its own in the same database."""
    with engine.begin() as connection:
        connection.execute(text("create table events (id varchar(40), concert varchar(40))"))
        connection.execute(text("insert into events values ('1', 'Bach')"))
    store = EventStore(engine)
    store.ensure_periods(NOW, AHEAD)
    store.add([row(1)], NOW)
    assert [event.id for event in store.select(NOW)] == ids(1)
    with engine.connect() as connection:
        assert connection.scalars(text("select concert from events")).all() == ["Bach"]


def test_it_is_no_table_of_persons(engine):
    """A data map of that database neither maps nor searches it: it is no copy."""
    store = EventStore(engine)
    store.ensure_periods(time.time(), 1)
    (shelf, *_) = period_layout(engine).shelves([Period.of(time.time())])
    found = reflect(shelf.engine)
    assert "events" not in {table.name for table in found.described} | set(found.tables)
