"""Times that banners write into their cookies, in Unix seconds, read without ever raising. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from math import inf

UNREADABLE = -inf
"""Where a time should stand and none does: of a consent as old as can be."""

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DATE = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d{4}) (\d\d:\d\d:\d\d) GMT([+-]\d{4})\b", re.ASCII
)
_MILLISECONDS = re.compile(r"\d{1,16}", re.ASCII)


def of_iso(text: object) -> float:
    """Return the time of an ISO 8601 text, of UTC where it names no offset."""
    if not isinstance(text, str):
        return UNREADABLE
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return UNREADABLE


def of_milliseconds(text: str) -> float:
    """Return the time of milliseconds since 1970, in digits."""
    return int(text) / 1000 if _MILLISECONDS.fullmatch(text) else UNREADABLE


def of_javascript(text: str) -> float:
    """Return the time of ``Thu Feb 23 2023 23:19:55 GMT+0700 (…)`` (ECMA-262, Date.toString)."""
    found = _DATE.match(text)
    if found is None or found[1] not in _MONTHS:
        return UNREADABLE
    _, day, year, clock, offset = found.groups()
    return of_iso(f"{year}-{_MONTHS.index(found[1]) + 1:02}-{day}T{clock}{offset}")


def earliest(times: Iterable[float]) -> float | None:
    """Return the first of *times*; ``None`` where the cookie tells none."""
    return min(times, default=None)
