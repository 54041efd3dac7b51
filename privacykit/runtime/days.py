"""Days of a site: the local date at a time, and when it ends. Reads the time zone database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from privacykit.pseudonym.salts import local_day


def day_of(timezone: str, now: float) -> tuple[date, float]:
    """
    Return the local date at *now* and the Unix seconds of the midnight that ends it.

    Where the clocks jump over midnight the day ends at the jump; where midnight comes twice, at the
    first.
    """
    day = local_day(now, ZoneInfo(timezone))
    return date.fromisoformat(day.date), day.until


def hour_of(now: float) -> tuple[str, float]:
    """Return the UTC hour at *now* as ``2026-10-16T14``, and the Unix seconds at which it ends."""
    start = int(now // 3600) * 3600
    return datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%dT%H"), start + 3600.0
