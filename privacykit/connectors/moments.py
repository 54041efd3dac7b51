"""
Moments and periods as rows write them: what a clock starts by, and what is no date at all. Pure.

Law of this file: what cannot be told to be over is not over. A text that is no date, however early
it sorts (empty, ``01.12.2026``), has no moment, and a month is over with its last day.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from typing import Any

DAY = 86_400.0
LATEST_SECOND = 100_000_000_000
"""A larger number is milliseconds: in seconds it lies in the year 5138."""

EARLIEST_SECOND = 100_000_000
"""A smaller number is no second of 1973 or later: 2026, 202611 and 20261121 are what they say."""

_PERIOD = re.compile(r"(\d{4})(?:-(\d{1,2})|(\d\d))?", re.ASCII)
_SECONDS = re.compile(r"\d{9,14}(?:\.\d+)?", re.ASCII)
"""A number written as text; a shorter one may be a day, ``20261121``, or nothing at all."""
_DATED = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MONTHS = 12


def period_of(value: Any) -> tuple[float, float] | None:  # noqa: ANN401 - a value
    """
    Return when what *value* names begins and ends, Unix seconds; ``None`` where it is no date.

    Args:
        value: A time, a date, a number of seconds since 1973 or of milliseconds, or a text: ISO
            8601, one that begins like ``2026-11-21``, a month ``2026-11`` or a year ``2026``, which
            may be numbers too.

    Returns:
        Twice the same for a moment; for a day, a month and a year its first second and the one
        after its last, UTC unless it says otherwise.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _counted(value)
    text = str(value)
    if _SECONDS.fullmatch(text):
        return _counted(float(text))
    if named := _PERIOD.fullmatch(text):
        month = named[2] or named[3]
        return _named(int(named[1]), int(month) if month else None)
    start = instant(text)
    if start is not None and len(text) > len("2026-11-21"):
        return start, start
    if start is None:
        start = instant(text[:10]) if _DATED.match(text) else None
    return None if start is None else (start, start + DAY)


def period_end(value: Any) -> float | None:  # noqa: ANN401 - a value
    """Return when a moment or period that *value* names is over; Unix seconds, or nothing."""
    period = period_of(value)
    return None if period is None else period[1]


def moment_of(value: Any) -> float | None:  # noqa: ANN401 - a value
    """Return when what *value* names begins; Unix seconds, or nothing."""
    period = period_of(value)
    return None if period is None else period[0]


def is_dated(text: Any) -> bool:  # noqa: ANN401 - a value
    """Say that *text* is one that begins with a day, ``2026-11-21``."""
    return isinstance(text, str) and _DATED.match(text) is not None


def instant(value: Any) -> float | None:  # noqa: ANN401 - a value
    """Return a time in Unix seconds, from seconds or ISO 8601 (UTC where it says none)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        moment = datetime.fromisoformat(str(value))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _counted(number: float) -> tuple[float, float] | None:
    if not math.isfinite(number):
        return None
    if number < EARLIEST_SECOND:
        # 0 and -1 stand for no date at all.
        return period_of(str(int(number))) if number == int(number) >= 1 else None
    seconds = number / (1000 if number > LATEST_SECOND else 1)
    return seconds, seconds


def _named(year: int, month: int | None) -> tuple[float, float] | None:
    months = year * _MONTHS + (month or 1) - 1
    if month is not None and not 1 <= month <= _MONTHS:
        return None
    try:
        return _midnight(months), _midnight(months + (1 if month else _MONTHS))
    except ValueError:
        return None


def _midnight(months: int) -> float:
    first = date(months // _MONTHS, months % _MONTHS + 1, 1)
    return datetime(first.year, first.month, 1, tzinfo=UTC).timestamp()
