"""Counts of what was withheld, on every database we support."""

import pytest
from sqlalchemy import inspect

from privacykit.stores.database.daily_counts import KEPT_DAYS
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.withheld import WithheldCount, WithheldStore
from privacykit.testing.samples import NOW

DAY = 86_400.0


@pytest.fixture
def engine(sql_url):
    """An engine on a fresh database."""
    engine = open_engine(sql_url, kind="events")
    yield engine
    engine.dispose()


def test_processes_add_to_one_count(engine):
    """Each by itself, over the days."""
    WithheldStore(engine).add({"robot": 2, "refused": 1}, NOW)
    WithheldStore(engine).add({"robot": 5}, NOW + DAY)
    store = WithheldStore(engine)
    assert store.read() == [WithheldCount("robot", 7), WithheldCount("refused", 1)]
    assert store.read(NOW + DAY) == [WithheldCount("robot", 5)]


def test_old_days_go(engine):
    """What is told is of the last months."""
    store = WithheldStore(engine)
    store.add({"robot": 2}, NOW)
    store.add({"refused": 1}, NOW + (KEPT_DAYS + 1) * DAY)
    assert store.read() == [WithheldCount("refused", 1)]


def test_reading_makes_no_table(engine):
    """Nothing was counted yet."""
    assert WithheldStore(engine).read() == []
    assert inspect(engine).get_table_names() == []
