"""The sink that is our own event store."""

from importlib import import_module
from pkgutil import walk_packages

import pytest

import privacykit.sinks
from privacykit.collect.ports import Reachable, Sink
from privacykit.errors import SinkError, StoreError
from privacykit.sinks.sql import SQLSink
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.event_tables import HeldBy
from privacykit.stores.events.events import EventStore
from privacykit.testing.samples import LATER, NOW, ids, row
from privacykit.testing.sinks.contract import run


@pytest.fixture
def store(tmp_path):
    """An event store in a fresh file, without periods."""
    engine = open_engine(f"sqlite:///{tmp_path}/events.db", kind="events")
    yield EventStore(engine)
    engine.dispose()


def failing():
    """Fail as a database does."""
    raise StoreError("PK133 down")


def test_its_upkeep_makes_room(store):
    """Before the first upkeep an event waits; after it there is room."""
    sink = SQLSink("sql", store, clock=lambda: NOW, months=4)
    before = run(sink.send([row(1)]))
    run(sink.keep(NOW))
    assert (before.retry, run(sink.send([row(1)])).retry) == (tuple(ids(1)), ())


def test_rejects_what_is_no_event(store):
    """With a reason free of data."""
    sink = SQLSink("sql", store, clock=lambda: NOW)
    run(sink.keep(NOW))
    broken = type(row(1))(row(1).envelope, b"secret")
    assert run(sink.send([broken])).rejected == ((ids(1)[0], "unstorable"),)


def test_its_upkeep_ends_retention(store):
    """What has expired is dropped, but for what is held."""
    holds = [HeldBy("subject", "subject-2")]
    sink = SQLSink("sql", store, clock=lambda: NOW, holds=lambda: holds)
    run(sink.keep(NOW))
    run(sink.send([row(1), row(2)]))
    run(sink.keep(LATER))
    assert list(store.select(NOW)) == []


def test_drops_nothing_while_holds_cannot_be_told(store):
    """What may be held is not destroyed."""
    sink = SQLSink("sql", store, clock=lambda: NOW, holds=failing)
    with pytest.raises(SinkError, match="PK133"):
        run(sink.keep(NOW))
    run(sink.send([row(1)]))
    with pytest.raises(SinkError, match="PK133"):
        run(sink.keep(LATER))
    assert [event.id for event in store.select(NOW)] == ids(1)


def test_a_database_that_fails_keeps_the_batch_waiting(store):
    """Its words are ours."""
    sink = SQLSink("sql", store, clock=lambda: NOW)
    store.add = lambda *_: failing()
    with pytest.raises(SinkError, match="PK133"):
        run(sink.send([row(1)]))


def test_says_whether_its_database_answers(store, tmp_path):
    """`check --connect` and `sinks status --connect` ask it; a file is not made for that."""
    run(SQLSink("sql", store, clock=lambda: NOW).answers())
    assert not (tmp_path / "events.db").exists()
    nobody = open_engine("postgresql+psycopg://nobody@127.0.0.1:9/none", kind="events")
    with pytest.raises(SinkError, match="PK133"):
        run(SQLSink("sql", EventStore(nobody), clock=lambda: NOW).answers())
    nobody.dispose()


def test_every_sink_that_keeps_events_elsewhere_can_be_asked():
    """One that cannot is told to be in order whatever it is."""
    for module in walk_packages(privacykit.sinks.__path__, "privacykit.sinks."):
        import_module(module.name)
    asked, left = list(Sink.__subclasses__()), set()
    while asked:
        kind = asked.pop()
        asked += kind.__subclasses__()
        if kind.__module__.startswith("privacykit.sinks.") and not issubclass(kind, Reachable):
            left.add(kind.__name__)
    assert left == {"MemorySink"}
