"""The troubles of sinks, as processes leave them to each other."""

from __future__ import annotations

import pytest

from privacykit.stores.database.engine import open_engine
from privacykit.stores.outbox.troubles import LONGEST, NotedTrouble, SinkTroubles


@pytest.fixture
def two(sql_url):
    """Two processes at one database."""
    engines = [open_engine(sql_url, kind="events") for _ in range(2)]
    yield [SinkTroubles(engine) for engine in engines]
    for engine in engines:
        engine.dispose()


def test_who_looks_makes_no_table(two):
    """And finds nothing."""
    first, second = two
    assert (first.read(), second.read()) == ({}, {})


def test_the_first_of_a_row_of_failures_stays(two):
    """Whichever process had them; what is said last counts."""
    first, second = two
    first.note("a", "PK166 one", 100.0, 101.0)
    second.note("a", "PK168 two", 110.0, 150.0)
    assert first.read() == {"a": NotedTrouble("PK168 two", 100.0, 110.0, 150.0, 2)}


def test_a_sink_that_takes_events_is_in_none(two):
    """Of the others nothing is forgotten."""
    first, second = two
    for name in ("a", "b"):
        first.note(name, "x" * 500, 1.0, 2.0)
    second.clear("a")
    assert [(name, len(one.said)) for name, one in first.read().items()] == [("b", LONGEST)]
