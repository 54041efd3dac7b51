"""What tests of kinds of reports share: an engine, and a village."""

from __future__ import annotations

from datetime import UTC, datetime

import ibis
import pytest

from privacykit.reports.asking import AskedReport, ReportSource, ask
from privacykit.reports.conditions import read_conditions
from privacykit.reports.engines.duckdb import duck_db
from privacykit.reports.question import segment
from tests.reports.kinds import reference


@pytest.fixture(scope="session")
def engine():
    """One engine for all."""
    with duck_db() as found:
        yield found


@pytest.fixture(scope="session")
def village():
    """What 260 visitors did in nearly three weeks, of which one is the period."""
    return reference.invented(11, 260)


@pytest.fixture
def asked(engine):
    """Return what answers a question over events, as a whole report."""

    def report(answer, events, *, ids="consented", k=10, segments=(), period=reference.PERIOD):
        source = ReportSource(
            name="village",
            zone=reference.ZONE,
            zone_name="Europe/Berlin",
            events=ibis.memtable(reference.table(events)),
            ids=ids,
            visits_told=False,
            synthetic=True,
        )
        parts = tuple(segment(text, read_conditions(text)) for text in segments)
        question = AskedReport("kind", "Title", "visit", answer, (period,), parts, k)
        return ask(engine, source, question, datetime(2026, 11, 1, tzinfo=UTC))

    return report
