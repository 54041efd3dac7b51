"""Attribution of generated events equals a plain-Python reference: ties, midnights, zones."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from privacykit.reports.answers.attribution import answer
from privacykit.reports.asking import AskedReport, ReportSource, ask
from privacykit.reports.attribution.question import AttributionQuestion
from privacykit.reports.conditions import read_conditions, read_step
from privacykit.reports.engines.duckdb import duck_db
from privacykit.reports.expressions.events import COLUMNS
from privacykit.reports.expressions.touches import touches
from privacykit.reports.periods import ReportPeriod, bounds
from privacykit.reports.question import segment
from tests.reports.attribution_reference import DAY, attributed, paths

ibis = pytest.importorskip("ibis")

CHANNELS = ("direct", "direct", "search", "email", "social")
MINUTE = 60 * 10**6
SPRING = datetime(2026, 3, 20, tzinfo=UTC)  # clocks change on the 29th in Berlin, the 8th in NY
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def generated(seed):
    """Return events by visitor: (at, tie, event, channel, value), many at the same instants."""
    chance = random.Random(seed)
    start = round(SPRING.timestamp()) * 10**6
    found = {}
    for visitor in range(120):
        events = []
        for place in range(chance.randint(1, 14)):
            at = (
                start + chance.randrange(20) * DAY + chance.choice([0, 1, 21, 22, 23]) * 60 * MINUTE
            )
            at += chance.choice([0, 0, 1, 29, 30, 31, 59]) * MINUTE
            events.append((
                at, f"{place:04}", chance.choice(["land", "land", "order"]),
                chance.choice(CHANNELS), chance.choice([0, 1, 100, 6999, 7000, 12345]),
            ))  # fmt: skip
        found[f"visitor-{visitor}"] = events
    return found


def table(by_visitor):
    """Return the events as a report table."""
    rows = [
        {**dict.fromkeys(COLUMNS), "visitor": visitor, "at": at, "tie": tie, "event": event,
         "channel": channel, "value": value, "currency": "EUR"}
        for visitor, events in by_visitor.items()
        for at, tie, event, channel, value in events
    ]  # fmt: skip
    types = {"string": pa.string(), "int64": pa.int64()}
    schema = pa.schema([(name, types[kind]) for name, kind in COLUMNS.items()])
    return ibis.memtable(pa.Table.from_pylist(rows, schema=schema))


def asked(events, question, zone, period, k=1, ids="consented"):
    """Return the first data set of the report."""
    source = ReportSource("shop", zone, str(zone), events, ids, False, True)
    report = AskedReport(
        "attribution", "order", "conversion", answer(question, {}), (period,), (), k,
        lookback_days=question.lookback_days,
    )  # fmt: skip
    with duck_db() as engine:
        return ask(engine, source, report, NOW).sets[0].document


@pytest.mark.parametrize(
    ("zone", "lookback", "half_life", "once"),
    [
        ("Europe/Berlin", 1, 7, False),
        ("America/New_York", 7, 7, True),
        ("Pacific/Apia", 30, 1, False),
    ],
)
def test_generated_events_are_credited_as_the_reference_does(zone, lookback, half_life, once):
    """Every model gives every channel what a slow and plain implementation gives it."""
    period = ReportPeriod(date(2026, 3, 27), date(2026, 4, 4))
    by_visitor, site = generated(lookback), ZoneInfo(zone)
    question = AttributionQuestion(
        "order", read_step("order"), lookback, half_life_days=half_life, once_per_visit=once
    )
    found = asked(table(by_visitor), question, site, period)
    expected = attributed(
        paths(by_visitor, site, bounds(period, site), lookback * DAY, once), half_life * DAY
    )
    assert found["models"] == expected


def test_a_visit_that_the_look_back_cuts_is_no_touch():
    """A visit that began before the look-back does not begin anew where events are first read."""
    day = round(datetime(2026, 3, 20, 12, tzinfo=UTC).timestamp()) * 10**6
    events = {
        "one": [
            (day - 10 * MINUTE, "1", "land", "search", 0),
            (day + 10 * MINUTE, "2", "land", "search", 0),
            (day + DAY, "3", "order", "email", 700),
        ]
    }
    question = AttributionQuestion("order", read_step("order"), 1)
    period = ReportPeriod(date(2026, 3, 21), date(2026, 3, 21))
    found = asked(table(events), question, ZoneInfo("UTC"), period)
    assert found["models"]["first"] == {"email": {"conversions": 1.0, "value": 700}}


def test_ids_of_a_day_have_one_channel_and_no_model():
    """Where ids end at midnight there is the channel of the day, and nothing else."""
    question = AttributionQuestion("order", read_step("order"), 30)
    period = ReportPeriod(date(2026, 3, 20), date(2026, 4, 10))
    found = asked(table(generated(1)), question, ZoneInfo("UTC"), period, ids="daily")
    assert (list(found["models"]), found["lookback_days"]) == (["same_day"], 1)


@pytest.mark.parametrize("dialect", ["postgres", "clickhouse", "pyspark", "duckdb"])
def test_no_engine_divides_or_knows_a_zone(dialect):
    """What engines do not agree on is not in what they are asked."""
    question = AttributionQuestion("order", read_step("order"), once_per_visit=True)
    segments = [segment("mail", read_conditions("channel==email"))]
    asked_ = touches(table(generated(1)), question, 0, segments, [(0, 0)], same_day=True)
    sql = str(ibis.to_sql(asked_, dialect=dialect))
    assert " / " not in sql
    assert "zone" not in sql.lower()
