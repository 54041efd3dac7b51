"""The day of a site: where it begins and ends, clock changes included."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from privacykit.pseudonym.salts import local_day


@pytest.mark.parametrize(
    ("instant", "zone", "date", "hours"),
    [
        ("2026-11-21T22:59:59+00:00", "Europe/Berlin", "2026-11-21", 24),
        ("2026-11-21T23:00:00+00:00", "Europe/Berlin", "2026-11-22", 24),
        ("2026-03-29T12:00:00+00:00", "Europe/Berlin", "2026-03-29", 23),
        ("2026-10-25T12:00:00+00:00", "Europe/Berlin", "2026-10-25", 25),
        ("2026-10-25T00:30:00+00:00", "Europe/Berlin", "2026-10-25", 25),
        ("2026-10-25T01:30:00+00:00", "Europe/Berlin", "2026-10-25", 25),
        ("2018-11-03T12:00:00+00:00", "America/Sao_Paulo", "2018-11-03", 24),
        ("2018-11-04T12:00:00+00:00", "America/Sao_Paulo", "2018-11-04", 23),
        ("2018-02-18T02:30:00+00:00", "America/Sao_Paulo", "2018-02-17", 25),
        ("2026-11-01T06:00:00+00:00", "America/Havana", "2026-11-01", 25),
        ("2011-12-30T09:59:59+00:00", "Pacific/Apia", "2011-12-29", 24),
        ("2011-12-30T10:00:00+00:00", "Pacific/Apia", "2011-12-31", 24),
        ("2026-01-01T00:00:00+00:00", "Pacific/Kiritimati", "2026-01-01", 24),
        ("2026-01-01T00:00:00+00:00", "Asia/Kathmandu", "2026-01-01", 24),
    ],
)
def test_a_day_is_local_to_the_site(instant, zone, date, hours):
    """The date is the site's, and a day of a clock change has 23 or 25 hours."""
    now = datetime.fromisoformat(instant).timestamp()
    day = local_day(now, ZoneInfo(zone))
    assert (day.date, (day.until - day.since) / 3600) == (date, hours)
    assert day.since <= now < day.until


def test_the_next_day_begins_when_the_last_one_ends():
    """A whole year of days in a zone with clock changes leaves no gap and no overlap."""
    zone = ZoneInfo("America/Havana")
    day = local_day(datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp(), zone)
    seen = [day.date]
    for _ in range(364):
        following = local_day(day.until, zone)
        assert following.since == day.until
        seen.append(following.date)
        day = following
    assert (len(set(seen)), seen[-1]) == (365, "2026-12-31")
