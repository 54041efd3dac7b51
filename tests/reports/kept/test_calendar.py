"""Calendar periods, and when the first event of one may be gone."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.reports.kept.calendar import (
    Lifetime,
    calendar_period,
    calendar_periods,
    first_end,
)
from privacykit.reports.periods import DAY, ReportPeriod, bounds

BERLIN = ZoneInfo("Europe/Berlin")
DAYS = st.dates(date(2020, 1, 1), date(2032, 12, 31))
BY = st.sampled_from(["day", "week", "month"])


@given(DAYS, st.integers(0, 500), BY)
def test_every_day_is_in_exactly_one_period(first, days, by):
    """Periods follow each other without a gap, from that of the first day to that of the last."""
    last = first + timedelta(days)
    found = list(calendar_periods(first, last, by))
    assert found[0].first <= first
    assert found[-1].first <= last <= found[-1].last
    for one, other in pairwise(found):
        assert other.first == one.last + timedelta(1)


@given(DAYS, BY)
def test_a_period_is_that_of_each_of_its_days(day, by):
    """Whichever day is asked, the same days are kept together."""
    period = calendar_period(day, by)
    assert calendar_period(period.first, by) == period == calendar_period(period.last, by)


def test_weeks_begin_on_monday():
    """As ISO 8601 has it; the days around a new year are one week."""
    week = ReportPeriod(date(2026, 12, 28), date(2027, 1, 3))
    assert calendar_period(date(2027, 1, 1), "week") == week


@given(DAYS, BY, st.integers(0, 40), st.integers(1, 90))
def test_no_event_of_a_period_ends_before_its_first_end(day, by, months, days):
    """Whatever day of it an event is of."""
    period, life = calendar_period(day, by), Lifetime(months, days)
    first = first_end(period, BERLIN, life)
    one = period.first
    while one <= period.last:
        assert bounds(ReportPeriod(one, one), BERLIN)[0] + life.of(one) * DAY >= first
        one += timedelta(1)


@pytest.mark.parametrize(
    ("day", "days"), [(date(2026, 1, 31), 393), (date(2026, 2, 1), 393), (date(2026, 3, 1), 396)]
)
def test_months_are_those_of_the_calendar(day, days):
    """Thirteen months from the last of January end with February."""
    assert Lifetime(13).of(day) == days
