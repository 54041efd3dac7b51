"""Kept figures, the end of events and the ledger of noise, on each database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.events import EventStore
from privacykit.stores.kept.ended import lives, stored_edges
from privacykit.stores.kept.figures import KeptReport, KeptReports, KeptSubject
from privacykit.stores.kept.noise import NoiseLedger, NoisyReport, spent
from privacykit.testing.samples import NOW, row

FUNNEL = KeptSubject("shop", "funnel", "a" * 64)
OVERVIEW = KeptSubject("shop", "overview", "b" * 64)
JANUARY = KeptReport(date(2026, 1, 1), date(2026, 1, 31), "", b'{"a": "\xc3\xa9"}' * 20_000, 1.5)
FEBRUARY = KeptReport(date(2026, 2, 1), date(2026, 2, 28), "partly_gone", b"", 2.5)


@pytest.fixture
def engine(sql_url):
    """An engine of each kind of database."""
    found = open_engine(sql_url, kind="records")
    yield found
    found.dispose()


def test_what_is_kept_is_never_written_over(engine):
    """The first figures of a period stay, whoever comes later; others have their own."""
    kept = KeptReports(engine)
    assert kept.of(FUNNEL) == []
    kept.add(FUNNEL, FEBRUARY)
    kept.add(FUNNEL, JANUARY)
    kept.add(FUNNEL, KeptReport(JANUARY.first, JANUARY.last, "", b"other", 9.0))
    assert kept.of(FUNNEL) == [JANUARY, FEBRUARY]
    assert kept.of(OVERVIEW) == []


def test_since_when_figures_are_kept(engine):
    """From the first time on, until they are not any more."""
    kept = KeptReports(engine)
    kept.end(())
    assert kept.since(FUNNEL) is None
    assert (kept.begin(FUNNEL, 10.0), kept.begin(FUNNEL, 20.0)) == (10.0, 10.0)
    assert kept.begin(OVERVIEW, 20.0) == 20.0
    kept.end([OVERVIEW])
    assert (kept.since(FUNNEL), kept.since(OVERVIEW)) == (None, 20.0)


def test_events_that_are_over_and_how_long_others_live(engine):
    """Of one site, of all months in which they lie."""
    store = EventStore(engine)
    store.ensure_periods(NOW, 6)
    soon = int(NOW) + 60
    store.add([row(1, expires_at=soon), row(2), row(3, expires_at=soon + 1)], NOW)
    first = int(NOW) * 1000
    assert stored_edges(engine, "shop", NOW) == (first + 1000, None)
    assert stored_edges(engine, "shop", soon) == (first + 1000, first + 1000)
    assert stored_edges(engine, "shop", soon + 1) == (first + 1000, first + 3000)
    assert stored_edges(engine, "other", soon) is None
    assert lives(engine, "shop", first, first + 60_000) == {"analytics": 58_000}
    assert lives(engine, "shop", first + 2000, first + 3000)["analytics"] > 86_400_000
    assert lives(engine, "other", first, first + 60_000) == {}


def test_what_was_spent_on_days_that_overlap(engine):
    """One at a time spends; the same question is there once."""
    ledger = NoiseLedger(engine)
    assert ledger.of("shop") == []
    assert ledger.claim("shop", "one", 100.0)
    assert not ledger.claim("shop", "other", 101.0)
    ledger.release("shop", "one", 102.0)
    assert ledger.claim("shop", "other", 103.0)
    shown = NoisyReport(OVERVIEW, JANUARY.first, JANUARY.last, "0.1", b"{}")
    ledger.add(shown, 104.0)
    ledger.add(NoisyReport(OVERVIEW, JANUARY.first, JANUARY.last, "9", b"[]"), 105.0)
    ledger.add(NoisyReport(FUNNEL, date(2026, 1, 31), date(2026, 2, 3), "0.2", b"{}"), 106.0)
    found = ledger.of("shop")
    assert shown in found
    assert spent(found, JANUARY.first, JANUARY.last) == Decimal("0.3")
    assert spent(found, FEBRUARY.first, FEBRUARY.last) == Decimal("0.2")
    assert spent(found, date(2026, 3, 1), date(2026, 3, 1)) == 0
