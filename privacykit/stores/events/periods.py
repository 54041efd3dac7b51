"""
Months, by which events are kept so that the end of their retention is a drop. Pure.

An event lies in the month of its ``expires_at``, in UTC. Who stamps ``expires_at`` at the first
second of a month gets a drop for a deletion at exactly that second.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

_NAME = re.compile(r"(\d{4})_(0[1-9]|1[0-2])")
_DECEMBER = 12
DAY_SECONDS = 86_400


class Period(NamedTuple):
    """
    One month in UTC.

    Attributes:
        year: Four digits.
        month: 1 to 12.
    """

    year: int
    month: int

    @classmethod
    def of(cls, moment: float) -> Period:
        """Return the period in which *moment*, in Unix seconds, lies."""
        return _of_day(int(moment // DAY_SECONDS))

    @classmethod
    def named(cls, name: str) -> Period | None:
        """Return the period whose :attr:`name` is *name*, or ``None``."""
        found = _NAME.fullmatch(name)
        return cls(int(found[1]), int(found[2])) if found else None

    @property
    def name(self) -> str:
        """The period as ``2027_12``."""
        return f"{self.year:04d}_{self.month:02d}"

    @property
    def start(self) -> int:
        """Its first second, in Unix seconds."""
        return int(datetime(self.year, self.month, 1, tzinfo=UTC).timestamp())

    @property
    def end(self) -> int:
        """The first second after it."""
        return self.next.start

    @property
    def next(self) -> Period:
        """The month after this one."""
        if self.month == _DECEMBER:
            return Period(self.year + 1, 1)
        return Period(self.year, self.month + 1)


@lru_cache(1024)
def _of_day(day: int) -> Period:
    first_second = datetime.fromtimestamp(day * DAY_SECONDS, UTC)
    return Period(first_second.year, first_second.month)


def periods_from(now: float, ahead: int) -> Iterator[Period]:
    """Yield the period of *now* and *ahead* more."""
    period = Period.of(now)
    for _ in range(ahead + 1):
        yield period
        period = period.next


def named(names: Iterable[str]) -> set[Period]:
    """Return the periods among *names*; others are somebody else's."""
    return {period for period in map(Period.named, names) if period}
