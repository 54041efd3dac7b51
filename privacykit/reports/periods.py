"""
Periods of reports: whole calendar days of a site, half-open, as instants in UTC. Pure.

Days of a clock change have 23 or 25 hours; a local midnight that does not exist is the next
instant, one that exists twice the first (RFC 5545 §3.3.5, as :mod:`zoneinfo` reads it).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import msgspec

from privacykit.errors import InputError

SECOND = 1_000_000
"""Microseconds, in which reports count time."""
DAY = 86_400 * SECOND
LONGEST_DAYS = 1100
"""Three years: what a code of the funnel can tell apart in seconds, and more than is sensible."""


EARLIEST_DAY = date(1910, 1, 1)
LATEST_DAY = date(8300, 12, 31)
"""Between them every calculation with days has a result."""


class ReportPeriod(msgspec.Struct, frozen=True):
    """
    Some whole days of one clock.

    Attributes:
        first: The first day.
        last: The last day, which belongs to it.
    """

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def before(self) -> ReportPeriod:
        """Return the period that ends where this one begins: a month, or as many days."""
        eve = self.first - timedelta(1)
        if self == month_of(self.first):
            return month_of(eve)
        return ReportPeriod(self.first - timedelta(self.days), eve)

    def overlaps(self, other: ReportPeriod) -> bool:
        """Tell whether a day belongs to both."""
        return self.first <= other.last and other.first <= self.last


def period(first: date, last: date) -> ReportPeriod:
    """
    Return the period from *first* to *last*, both included.

    Raises:
        InputError: It ends before it begins, is longer than three years, or is of no sensible year.
    """
    if first < EARLIEST_DAY or last > LATEST_DAY:
        raise InputError(f"a period is between {EARLIEST_DAY} and {LATEST_DAY}")
    if last < first:
        raise InputError("a period ends before it begins")
    if (last - first).days >= LONGEST_DAYS:
        raise InputError(f"a period is longer than {LONGEST_DAYS} days")
    return ReportPeriod(first, last)


def month_of(day: date) -> ReportPeriod:
    """Return the calendar month that *day* belongs to."""
    first = day.replace(day=1)
    return ReportPeriod(first, (first + timedelta(31)).replace(day=1) - timedelta(1))


def looked_at(of: ReportPeriod, lookback_days: int) -> ReportPeriod:
    """
    Return the days whose events a report over *of* reads.

    Before the first *lookback_days* there is one more: a visit that they would cut is whole.
    """
    return ReportPeriod(of.first - timedelta(lookback_days + 1), of.last) if lookback_days else of


def midnight(day: date, zone: tzinfo) -> int:
    """Return when *day* begins in *zone*, in microseconds since 1970 in UTC."""
    local = datetime.combine(day, time(), zone)
    # Through UTC and back: a midnight that is skipped becomes the instant the clock jumped at.
    instant = local.astimezone(UTC)
    before = local.replace(fold=0).utcoffset()
    after = local.replace(fold=1).utcoffset()
    if before is not None and after is not None and after > before:  # it does not exist
        instant = local.replace(tzinfo=UTC) - before
    return _microseconds(instant)


def bounds(of: ReportPeriod, zone: tzinfo) -> tuple[int, int]:
    """Return when *of* begins in *zone* and when it is over, in microseconds since 1970 in UTC."""
    return midnight(of.first, zone), midnight(of.last + timedelta(1), zone)


def offsets(of: ReportPeriod, zone: tzinfo) -> list[tuple[int, int]]:
    """
    Return how far *zone* is ahead of UTC during *of*.

    Returns:
        From when on, and how far, in microseconds; in order, the first holds before it too.
    """
    start, end = bounds(of, zone)
    return list(_changes(start, end, zone))


def _changes(start: int, end: int, zone: tzinfo) -> Iterator[tuple[int, int]]:
    yield start, (known := _offset(start, zone))
    at = start
    while at < end:
        later = min(at + DAY, end)
        if _offset(later, zone) != known:
            least, most = at, later
            while most - least > SECOND:
                middle = (least + most) // 2 // SECOND * SECOND
                if middle <= least:
                    break
                least, most = (middle, most) if _offset(middle, zone) == known else (least, middle)
            known = _offset(most, zone)
            yield most, known
            later = most
        at = later


def _offset(at: int, zone: tzinfo) -> int:
    found = datetime.fromtimestamp(at // SECOND, UTC).astimezone(zone).utcoffset()
    assert found is not None
    return int(found.total_seconds()) * SECOND


def _microseconds(instant: datetime) -> int:
    return round((instant - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * SECOND
