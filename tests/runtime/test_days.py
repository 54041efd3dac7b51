"""Tests of the days of a site."""

from datetime import UTC, date, datetime

import pytest

from privacykit.runtime.days import day_of, hour_of


def _at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("timezone", "now", "day", "until"),
    [
        ("UTC", "2026-11-21T12:00:00+00:00", date(2026, 11, 21), "2026-11-22T00:00:00+00:00"),
        (
            "Asia/Tokyo",
            "2026-11-21T16:00:00+00:00",
            date(2026, 11, 22),
            "2026-11-22T15:00:00+00:00",
        ),
        (
            "America/Los_Angeles",
            "2026-11-21T03:00:00+00:00",
            date(2026, 11, 20),
            "2026-11-21T08:00:00+00:00",
        ),
        (
            "Europe/Berlin",
            "2026-10-24T23:00:00+00:00",
            date(2026, 10, 25),
            "2026-10-25T23:00:00+00:00",
        ),
        (
            "Africa/Cairo",
            "2026-04-23T12:00:00+00:00",
            date(2026, 4, 23),
            "2026-04-23T22:00:00+00:00",
        ),
    ],
    ids=["utc", "east", "west", "day-of-25-hours", "midnight-that-does-not-exist"],
)
def test_day_ends_at_local_midnight(timezone, now, day, until):
    """The site's own calendar decides, also where clocks change."""
    assert (day, _at(until)) == day_of(timezone, _at(now))


def test_days_leave_no_gap():
    """One day's end is the next one's beginning, all through a year with two clock changes."""
    _, end = day_of("Europe/Berlin", _at("2026-01-01T12:00:00+01:00"))
    for _ in range(365):
        day, until = day_of("Europe/Berlin", end)
        assert day_of("Europe/Berlin", end - 1)[0] < day
        end = until


def test_hour_is_utc():
    """Rate-limit salts change with the UTC hour."""
    assert ("2026-10-16T14", _at("2026-10-16T15:00:00+00:00")) == hour_of(
        datetime(2026, 10, 16, 14, 59, 59, tzinfo=UTC).timestamp()
    )
