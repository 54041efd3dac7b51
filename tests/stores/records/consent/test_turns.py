"""Orders that outlive a day reach every process that serves: what is new by itself, in its turn."""

from __future__ import annotations

import random
import threading
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from privacykit.collect.suppressed import NOBODY
from privacykit.runtime.suppressed import WHOLE_SECONDS, SuppressedWatch
from privacykit.stores.database.engine import open_engine, reading
from privacykit.stores.records.consent.orders import lasting_orders
from privacykit.stores.records.consent.tables import STOPS
from privacykit.stores.records.consents import SqlConsentStore
from privacykit.testing.consent_contract import NOW

KEYS, PURPOSES = ("a", "b", "c", "d"), ("", "ads", "-closing")


@pytest.fixture
def store(sql_url):
    """A store in a database of this test's own."""
    engine = open_engine(sql_url, kind="records")
    yield SqlConsentStore(engine)
    engine.dispose()


class Serving:
    """A process that serves, as far as orders reach it."""

    def __init__(self, store):
        self.runtime = SimpleNamespace(suppressed=NOBODY)
        self.now = 0.0
        self.watch = SuppressedWatch(store, self.runtime, lambda: self.now)

    @property
    def known(self):
        """What it knows after it looked."""
        self.watch.look()
        return sorted(self.runtime.suppressed)


def _happens(store, dice):
    key, purpose, at = dice.choice(KEYS), dice.choice(PURPOSES), NOW + dice.randrange(100)
    match dice.randrange(8):
        case 0 | 1 | 2:
            kind = dice.choice(("subject", "record", "visitor"))
            until = dice.choice((None, at + 50, at + 500))
            store.stop(kind, key, at=at, until=until, purposes=dice.sample(PURPOSES, 2))
        case 3 | 4:
            store.withdraw(key, at)
        case 5:
            store.lift("subject", key, purpose)
        case 6:
            store.forget_stops(at)
        case _:
            store.stop("visitor", key, at=at, until=None)


@pytest.mark.parametrize("seed", range(4))
def test_who_looks_now_and_then_knows_what_stands(store, seed):
    """Whatever was ordered, repeated, taken back or forgotten meanwhile; and whoever begins later."""
    dice = random.Random(seed)
    first, seldom = Serving(store), Serving(store)
    for step in range(40):
        _happens(store, dice)
        stands = sorted(store.suppressed())
        assert first.known == stands
        if step % 7 == 0:
            assert seldom.known == stands
    assert Serving(store).known == first.known
    assert NOBODY.since("a", "") is None


def test_what_is_new_is_read_alone(store, monkeypatch):
    """A person more costs a row, not all of them; after an hour all are read for once."""
    serving = Serving(store)
    for number in range(30):
        store.stop("subject", f"s{number}", at=NOW, until=None)
    assert len(serving.known) == 30
    read = []

    def counted(connection, after):
        found = lasting_orders(connection, after)
        read.append(len(found))
        return found

    monkeypatch.setattr("privacykit.stores.records.consents.lasting_orders", counted)
    store.withdraw("r1", NOW)
    assert len(serving.known) == 31
    assert len(serving.known) == 31
    store.stop("visitor", "v", at=NOW, until=None)
    assert len(serving.known) == 31
    serving.now = WHOLE_SECONDS
    assert len(serving.known) == 31
    assert read == [1, 31]


def test_no_order_gets_a_turn_that_was_passed(store):
    """Those who write at once take turns; who looks all the while misses none."""
    serving, failed = Serving(store), []

    def work(number):
        try:
            for turn in range(12):
                store.stop("subject", f"{number}-{turn}", at=NOW, until=None)
        except Exception as error:  # noqa: BLE001 - told by the test that waits
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        serving.watch.look()
    for thread in threads:
        thread.join()
    assert (failed, len(serving.known)) == ([], 48)
    with reading(store._engine) as connection:
        turns = connection.scalars(select(STOPS.c.turn).order_by(STOPS.c.turn)).all()
    assert turns == list(range(1, 49))
