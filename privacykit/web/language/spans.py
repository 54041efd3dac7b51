"""Spans of time in the words of a page, and how long a cookie is kept. Pure."""

from __future__ import annotations

from collections.abc import Callable

from privacykit.collect.cookies.kept import KeptCookie

MONTHS_A_YEAR = 12
_DAY, _MONTH = ("span_day", "span_days"), ("span_month", "span_months")
_YEAR = "span_year", "span_years"
_Words = Callable[..., str]


def life_words(words: _Words, cookie: KeptCookie) -> str:
    """Return how long *cookie* is kept; where nobody stated it, that."""
    if cookie.session:
        return words("kept_session")
    if not (cookie.months or cookie.days):
        return words("kept_unstated")
    years, months = divmod(cookie.months, MONTHS_A_YEAR)
    unit, count = (_MONTH, cookie.months) if months else (_YEAR, years)
    parts = [_counted(words, *part) for part in ((unit, count), (_DAY, cookie.days)) if part[1]]
    return words("span_both", first=parts[0], second=parts[1]) if len(parts) > 1 else parts[0]


def _counted(words: _Words, unit: tuple[str, str], count: int) -> str:
    one, many = unit
    return words(one if count == 1 else many, count=count)
