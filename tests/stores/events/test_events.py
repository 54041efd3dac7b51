"""The event store, on every database we support."""

from datetime import UTC, datetime
from threading import Thread

import pytest
from sqlalchemy import select, text

from privacykit.collect.ports import OutboxRow
from privacykit.errors import StoreError
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.event_tables import HELD, HeldBy, Refused
from privacykit.stores.events.events import EventStore
from privacykit.stores.events.layout import period_layout
from privacykit.stores.events.periods import Period
from privacykit.testing.samples import LATER, NOW, ids, of_nobody, row

AHEAD = 6


def at(year, month, day=1):
    """Return a day's first second in Unix seconds."""
    return int(datetime(year, month, day, tzinfo=UTC).timestamp())


@pytest.fixture
def engine(sql_url):
    """An engine on a fresh database."""
    engine = open_engine(sql_url, kind="events")
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine):
    """A store with room for half a year from January 2027."""
    store = EventStore(engine)
    store.ensure_periods(NOW, AHEAD)
    return store


def found(store, now=NOW, **equal):
    """Return the ids that are read."""
    return [event.id for event in store.select(now, **equal)]


def test_keeps_events_and_reads_them_back(store):
    """Columns come from the envelope and the event; the body comes back as it was."""
    assert store.add([row(7)], NOW) == Refused()
    (event,) = store.select(NOW)
    envelope = row(7).envelope
    assert event.body.encode() == row(7).body
    assert (event.name, event.time, event.site) == ("page", round((NOW + 7) * 1000), "shop")
    assert (event.visitor, event.subject) == (envelope.visitor, envelope.subject)


def test_keeps_no_consent_record_unless_told(engine, store):
    """A record beside a daily id would link the days."""
    store.add([row(1)], NOW)
    EventStore(engine, record=True).add([row(2)], NOW)
    assert [event.record for event in store.select(NOW)] == [None, "record-2"]


def test_keeps_the_same_event_once(store):
    """What is delivered twice is stored once, alone or among others."""
    store.add([row(1)], NOW)
    store.add([row(1), row(2)], NOW)
    store.add([row(1), row(2)], NOW)
    assert found(store) == ids(1, 2)


def test_takes_no_event_without_a_period(store):
    """What has no room is named, and what has is kept."""
    early = row(2, expires_at=at(2027, 12))
    assert store.add([row(1), early], NOW) == Refused(early=tuple(ids(2)))
    assert found(store) == ids(1)


def test_takes_it_once_there_is_room(store):
    """As soon as the period exists, any worker sees it."""
    early = row(2, expires_at=at(2027, 12))
    store.add([early], NOW)
    store.ensure_periods(NOW, 12)
    assert store.add([early], NOW) == Refused()


def test_names_what_it_can_never_hold(store):
    """A body that is no event does not keep the others out."""
    broken = OutboxRow(row(2).envelope, b'{"data":{}}')
    assert store.add([row(1), broken, row(3)], NOW) == Refused(unstorable=tuple(ids(2)))
    assert found(store) == ids(1, 3)


def test_names_what_the_database_refuses(postgres_url):
    """A value that a column cannot hold does not keep the others out."""
    engine = open_engine(postgres_url, kind="events")
    store = EventStore(engine)
    store.ensure_periods(NOW, AHEAD)
    envelope = row(2).envelope
    long = type(envelope)(
        envelope.id, "s" * 300, envelope.purpose, envelope.expires_at, envelope.sinks
    )
    refused = store.add([row(1), OutboxRow(long, row(2).body)], NOW)
    assert (refused, found(store)) == (Refused(unstorable=tuple(ids(2))), ids(1))
    engine.dispose()


def test_neither_takes_nor_reads_what_has_expired(store):
    """An event's last second is the one before it expires."""
    store.add([row(1, expires_at=int(NOW)), row(2, expires_at=int(NOW) + 5)], NOW)
    assert (found(store), found(store, NOW + 5)) == (ids(2), [])


def test_reads_by_any_column(store):
    """Site, purpose, visitor and the others narrow what is read."""
    store.add([row(1), row(2)], NOW)
    assert found(store, visitor=row(2).envelope.visitor) == ids(2)
    assert found(store, site="other") == []


def test_reads_more_than_a_page(store):
    """Every event comes once, whatever their number."""
    numbers = range(2000)
    store.add([row(number) for number in numbers], NOW)
    assert found(store) == ids(*numbers)


def test_makes_each_period_once(store):
    """Who comes second makes nothing."""
    assert store.ensure_periods(NOW, AHEAD) == []
    assert store.ensure_periods(NOW, AHEAD + 1) == ["2027_08"]


def test_makes_periods_that_lie_before_others(store):
    """A clock that was wrong is no reason to lose a month."""
    store.ensure_periods(at(2026, 11), 3)
    november = row(1, expires_at=at(2026, 11, 20))
    assert store.add([november], at(2026, 11)) == Refused()


def test_several_workers_may_make_periods_at_once(engine):
    """All of them succeed."""
    errors = []

    def work():
        try:
            EventStore(engine).ensure_periods(NOW, 3)
        except StoreError as error:
            errors.append(str(error))

    workers = [Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert errors == []
    assert len(period_layout(engine).existing()) == 4


def test_drops_a_period_when_it_has_ended(store):
    """Retention is a drop; the other periods stay as they are."""
    store.add([row(1, expires_at=at(2027, 2, 10)), row(2)], NOW)
    dropped = store.drop_expired(at(2027, 3))
    assert (dropped.periods, dropped.rows) == (("2027_01", "2027_02"), 0)
    assert found(store, NOW) == ids(2)


def test_drops_a_period_as_soon_as_nothing_in_it_is_alive(store):
    """Events that expire with the first second of a month are dropped in that second."""
    store.add([row(1, expires_at=at(2027, 2))], NOW)
    assert store.drop_expired(at(2027, 2)).periods == ("2027_01", "2027_02")
    assert store.add([row(2, expires_at=at(2027, 2, 3))], at(2027, 2)) == Refused()


def test_sweeps_a_period_in_which_others_are_alive(store):
    """Nothing is kept after its time because of its neighbours."""
    rows = [row(number, expires_at=at(2027, 2, 10)) for number in range(1000)]
    store.add([*rows, row(2000, expires_at=at(2027, 2, 20))], NOW)
    dropped = store.drop_expired(at(2027, 2, 15))
    assert (dropped.periods, dropped.rows) == (("2027_01",), 1000)
    assert found(store, NOW) == ids(2000)


def test_the_last_period_is_emptied(engine):
    """When a worker was away for long all is gone, and new periods can be made."""
    store = EventStore(engine)
    store.ensure_periods(NOW, 0)
    store.add([row(1, expires_at=int(NOW) + 9)], NOW)
    store.drop_expired(at(2028, 1))
    assert found(store, NOW) == []
    store.ensure_periods(at(2028, 1), 3)
    assert store.add([row(2, expires_at=at(2028, 2))], at(2028, 1)) == Refused()


def test_leaves_an_empty_period_alone(store):
    """The present month stays ready."""
    assert store.drop_expired(NOW).periods == ()


def test_forgets_a_person_in_every_period(store):
    """Visitor, record and subject find their events, whenever these expire."""
    store.add([row(1), of_nobody(row(2, expires_at=at(2027, 6))), row(3)], NOW)
    forgotten = [
        store.forget("subject", "subject-1"),
        store.forget("visitor", f"{2:032x}"),
        store.forget("visitor", f"{3:032x}"),
        store.forget("subject", "nobody"),
    ]
    assert (forgotten, found(store)) == ([1, 1, 0, 0], ids(3))


def test_shows_all_that_is_kept_of_a_person(store):
    """What is held aside or has expired too: it is kept still."""
    expired = row(1, expires_at=int(NOW) + 5)
    store.add([expired, row(2)], NOW)
    kept = [event.id for event in store.of_subject("subject", "subject-1")]
    store.drop_expired(NOW + 5, [HeldBy("subject", "subject-1")])
    held = [event.id for event in store.of_subject("subject", "subject-1")]
    assert (kept, held, found(store)) == (ids(1), ids(1), ids(2))


def test_forgets_nothing_that_is_held(store):
    """A hold stands above an erasure."""
    store.add([row(1), row(2)], NOW)
    holds = [HeldBy("visitor", row(1).envelope.visitor)]
    forgotten = [store.forget("subject", f"subject-{number}", holds) for number in (1, 2)]
    assert (forgotten, found(store)) == ([0, 1], ids(1))


def test_what_is_released_goes_whatever_else_is_held(store):
    """A row without a subject is not under a hold of somebody's subject."""
    plain = OutboxRow(
        type(row(1).envelope)(ids(1)[0], "shop", "analytics", at(2027, 2, 10), ("events",)),
        row(1).body,
    )
    store.add([plain], NOW)
    store.drop_expired(at(2027, 3), [HeldBy("site", "shop")])
    assert store.drop_released(at(2027, 3), [HeldBy("subject", "subject-2")]) == 1


def test_held_events_are_put_aside_and_not_dropped(engine, store):
    """A hold outlives the period, and holds nothing else."""
    store.add([row(number, expires_at=at(2027, 2, 10)) for number in (1, 2)], NOW)
    dropped = store.drop_expired(at(2027, 3), [HeldBy("subject", "subject-2")])
    with engine.connect() as connection:
        held = connection.scalars(select(HELD.c.id)).all()
    assert (dropped.held, held) == (1, ids(2))


def test_dropped_bytes_are_gone_from_the_files(tmp_path):
    """On SQLite neither the file nor the write-ahead log holds what was dropped."""
    engine = open_engine(f"sqlite:///{tmp_path}/events.db", kind="events")
    store = EventStore(engine)
    store.ensure_periods(NOW, AHEAD)
    store.add([row(77, expires_at=at(2027, 2, 10))], NOW)
    store.drop_expired(at(2027, 3))
    engine.dispose()
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert row(77).envelope.subject.encode() not in left


@pytest.mark.parametrize("sql_url", ["sqlite", "postgres"], indirect=True)
def test_a_period_dropped_meanwhile_is_an_error_that_passes(engine, store):
    """Whoever still believed in the period tries again, and is told that it is missing."""
    store.add([row(1)], NOW)
    period_layout(engine).drop(Period.of(LATER), None)
    with pytest.raises(StoreError):
        store.add([row(2)], NOW)
    assert store.add([row(2)], NOW) == Refused(early=tuple(ids(2)))


def test_a_role_without_rights_adds_and_cannot_make_periods(postgres_url):
    """The application needs no right to create tables."""
    owner = open_engine(postgres_url, kind="events")
    EventStore(owner).ensure_periods(NOW, AHEAD)
    name = postgres_url.rsplit("/", 1)[1]
    role = f"app_{name}"
    with owner.begin() as connection:
        connection.execute(text(f"create role {role} login"))
        connection.execute(text(f"grant insert, select on all tables in schema public to {role}"))
    app = open_engine(f"postgresql+psycopg://{role}@127.0.0.1:5432/{name}", kind="events")
    store = EventStore(app)
    refused = store.add([row(1)], NOW)
    with pytest.raises(StoreError):
        store.ensure_periods(NOW, 12)
    app.dispose()
    with owner.begin() as connection:
        connection.execute(text(f"drop owned by {role}"))
        connection.execute(text(f"drop role {role}"))
    owner.dispose()
    assert refused == Refused()
