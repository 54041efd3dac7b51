"""Times in choice cookies: how they are written, and the calendar months since. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

_MONTH_LENGTH = len("2026-11")

GRANT_SECONDS = 395 * 86_400
"""Thirteen months: the ceiling of the TCF policies and of the CNIL for asking again."""
FOREVER_SECONDS = 2**31 - 1
"""The longest ``Max-Age`` that every client reads; browsers cap it at 400 days."""


def base36(number: int) -> str:
    """Return *number* in the digits 0 to 9 and a to z."""
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"


def calendar_months(since: float, now: float) -> int:
    """Return the whole calendar months between two moments in UTC (Regulation 1182/71 Art. 3)."""
    first, last = datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(now, UTC)
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)


def months_since(month: str, now: float) -> int:
    """Return the whole months that have surely passed since *month* (``2026-11``), 0 if unknown."""
    year, _, number = month.partition("-")
    if len(month) > _MONTH_LENGTH or not (year.isdecimal() and number.isdecimal()):
        return 0
    last = datetime.fromtimestamp(now, UTC)
    passed = (last.year - int(year)) * 12 + last.month - int(number) - 1
    return max(passed, 0)
