"""
Calendar periods whose figures are kept, and when the first event of one has to go. Pure.

An event lives for the retention of its purpose, counted from its own day. A period is *whole* as
long as no event of it can have gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta, tzinfo
from typing import Final, Literal

import msgspec

from privacykit.collect.plans.purpose_terms import add_months
from privacykit.reports.periods import DAY, ReportPeriod, midnight, month_of

KeptBy = Literal["day", "week", "month"]
_WEEK: Final = 7


class Lifetime(msgspec.Struct, frozen=True):
    """
    How long the events of a purpose live.

    Attributes:
        months: Calendar months.
        days: Days on top of them.
    """

    months: int
    days: int = 0

    def of(self, day: date) -> int:
        """Return how many days the events of *day* live."""
        return (add_months(day, self.months) - day).days + self.days


def calendar_period(day: date, by: KeptBy) -> ReportPeriod:
    """Return the day, the week (from Monday, ISO 8601) or the month that *day* belongs to."""
    if by == "month":
        return month_of(day)
    if by == "day":
        return ReportPeriod(day, day)
    monday = day - timedelta(day.weekday())
    return ReportPeriod(monday, monday + timedelta(_WEEK - 1))


def calendar_periods(first: date, last: date, by: KeptBy) -> Iterator[ReportPeriod]:
    """Yield the calendar periods that the days from *first* to *last* belong to, in order."""
    period = calendar_period(first, by)
    while period.first <= last:
        yield period
        period = calendar_period(period.last + timedelta(1), by)


def first_end(of: ReportPeriod, zone: tzinfo, life: Lifetime) -> int:
    """Return when the first event of *of* may be gone, in microseconds since 1970."""
    days = (of.first + timedelta(number) for number in range(of.days))
    return min(midnight(day, zone) + life.of(day) * DAY for day in days)
