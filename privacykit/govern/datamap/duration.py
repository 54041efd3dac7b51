"""Durations: ``36 months``, ``10 years``, ``30 days``, by the calendar. Pure."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from privacykit.errors import InputError

_SHAPE = re.compile(r"(?P<number>[1-9]\d{0,3})\s+(?P<unit>day|week|month|year)s?")
_MONTHS = {"month": 1, "year": 12}
_DAYS = {"day": 1, "week": 7}
MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Duration:
    """
    A span of calendar time.

    Attributes:
        months: Calendar months; a month from the 31st ends on the month's last day.
        days: Days of 24 hours, UTC.
    """

    months: int = 0
    days: int = 0

    def __str__(self) -> str:
        if self.months and self.months % MONTHS_A_YEAR == 0:
            return _count(self.months // MONTHS_A_YEAR, "year")
        return _count(self.months, "month") if self.months else _count(self.days, "day")

    def before(self, now: float) -> float:
        """Return the Unix second that lies this span before *now*."""
        return self._shift(now, -1)

    def after(self, start: float) -> float:
        """Return the Unix second that lies this span after *start*."""
        return self._shift(start, 1)

    def _shift(self, at: float, sign: int) -> float:
        moment = datetime.fromtimestamp(at, UTC)
        month = moment.year * MONTHS_A_YEAR + moment.month - 1 + sign * self.months
        year, month = divmod(month, MONTHS_A_YEAR)
        last = calendar.monthrange(year, month + 1)[1]
        moment = moment.replace(year=year, month=month + 1, day=min(moment.day, last))
        return (moment + sign * timedelta(days=self.days)).timestamp()


def parse_duration(text: str) -> Duration:
    """
    Read ``36 months``, ``10 years``, ``2 weeks`` or ``30 days``.

    Raises:
        InputError: It is none of these, or 0.
    """
    match = _SHAPE.fullmatch(text.strip())
    if match is None:
        raise InputError("a duration reads like '30 days', '36 months' or '10 years'")
    number, unit = int(match["number"]), match["unit"]
    return Duration(months=number * _MONTHS.get(unit, 0), days=number * _DAYS.get(unit, 0))


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" + ("s" if number != 1 else "")
