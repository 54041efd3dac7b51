"""Consent records and orders to stop in a database; the contract holds on each kind."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import select

from privacykit.errors import StoreError
from privacykit.signals.choice.time import GRANT_SECONDS
from privacykit.stores.database.engine import open_engine, reading
from privacykit.stores.records.consent.tables import STOPS
from privacykit.stores.records.consents import SqlConsentStore
from privacykit.testing.consent_contract import NOW, ConsentStoreContract, consent, pending


@pytest.fixture
def engine(sql_url):
    """A database of this test's own."""
    engine = open_engine(sql_url, kind="records")
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine):
    """A store in it."""
    return SqlConsentStore(engine)


class TestSqlConsents(ConsentStoreContract):
    """SQLite, PostgreSQL, MariaDB."""


def _orders(engine):
    with reading(engine) as connection:
        columns = STOPS.c.key, STOPS.c.at, STOPS.c.until
        return sorted(map(tuple, connection.execute(select(*columns))))


def test_the_later_end_of_an_order_counts(store, engine):
    """An order is never shortened, and answers all that came before it was given again."""
    for key, ends in (("a", (30, 60)), ("b", (60, 30)), ("c", (60, None)), ("d", (None, 60))):
        for at, until in enumerate(ends):
            store.stop("visitor", key, at=at, until=until)

    assert _orders(engine) == [("a", 1, 60), ("b", 1, 60), ("c", 1, None), ("d", 1, None)]


def test_orders_are_forgotten_when_their_end_has_come(store, engine):
    """Those without an end stay."""
    store.stop("visitor", "a", at=NOW, until=NOW + 60)
    store.stop("visitor", "b", at=NOW, until=NOW + 61)
    store.stop("subject", "c", at=NOW, until=None)

    assert store.forget_stops(NOW + 60) == 1
    assert [key for key, *_ in _orders(engine)] == ["b", "c"]


def test_what_collection_knows_changes_with_its_mark(store):
    """Orders about persons and consents are told; those about a visitor's day are not."""
    marks = [store.orders_mark()]
    store.stop("visitor", "a", at=NOW, until=None)
    marks.append(store.orders_mark())
    store.stop("subject", "b", at=NOW, until=None, purposes=("ads",))
    store.stop("record", "c", at=NOW, until=None)
    marks.append(store.orders_mark())
    store.stop("record", "c", at=NOW + 1, until=None)
    marks.append(store.orders_mark())

    assert (marks[0], len(set(marks))) == (marks[1], 3)
    assert set(store.suppressed()) == {("b", "ads", NOW), ("c", "", NOW + 1)}


def test_an_order_stops_until_it_is_forgotten(store):
    """Clocks do not decide whether something leaves."""
    store.stop("visitor", "a", at=NOW, until=NOW - 1)

    assert store.stopped([pending("e", visitor="a")]) == {"e"}


def test_another_process_sees_a_withdrawal_at_once(store, sql_url):
    """What was committed stops the next delivery, wherever it runs."""
    other = open_engine(sql_url, kind="records")
    delivering = SqlConsentStore(other)
    store.add(consent())
    before = delivering.stopped([pending("e", record="r1")])

    store.withdraw("r1", NOW)

    assert (before, delivering.stopped([pending("e", record="r1")])) == (set(), {"e"})
    other.dispose()


def test_a_dead_database_lets_nothing_leave():
    """Not knowing is an error, never an empty answer."""
    engine = open_engine("postgresql+psycopg://u@127.0.0.1:9/x", kind="records")

    with pytest.raises(StoreError):
        SqlConsentStore(engine).stopped([pending("e", visitor="a")])


@pytest.mark.parametrize(("known", "given"), [(True, NOW - 100), (False, NOW)])
def test_a_withdrawal_is_known_as_long_as_its_cookie(store, engine, known, given):
    """Every process reads it, till no browser can show the cookie any more."""
    if known:
        store.add(msgspec.structs.replace(consent(), given_at=given))
    store.withdraw("r1", NOW)
    store.withdraw("r1", NOW + 9)
    assert _orders(engine) == [("r1", NOW, given + GRANT_SECONDS)]
    assert "r1" in store.suppressed()
