"""Periods that parts of a table are named by, and moments in statistics. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

DAY = 86_400.0


def period_end(text: str) -> float | None:
    """Return when a period that a folder is named by (a year, month, day) is over; Unix seconds."""
    parts = text.split("-")
    try:
        numbers = [int(part) for part in parts]
        if len(parts) == 1 and len(parts[0]) == len("2026"):
            end = date(numbers[0] + 1, 1, 1)
        elif len(parts) == 2:  # noqa: PLR2004 - year and month
            end = date(numbers[0] + numbers[1] // 12, numbers[1] % 12 + 1, 1)
        else:
            return _day_end(text)
    except ValueError:
        return None
    return datetime(end.year, end.month, end.day, tzinfo=UTC).timestamp()


def _day_end(text: str) -> float | None:
    start = moment_of(text) if len(text) == len("2026-01-31") else None
    return None if start is None else start + DAY


def moment_of(value: Any) -> float | None:  # noqa: ANN401 - a value
    """Return a time or an ISO text as Unix seconds, UTC unless it says otherwise; or nothing."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
