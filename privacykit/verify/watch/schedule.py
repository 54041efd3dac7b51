"""
The schedule of the standing canary: how often it may visit, so that nobody's figures notice. Pure.

Visits are erased after each run, and are events until then: of a site's events they shall be a
share that is bounded. A site with few visitors is visited less often, once a day at least.
"""

from __future__ import annotations

import msgspec

DAY = 86_400.0
SMALL = 10
"""Percent from which decimals say nothing more."""
LONGEST = DAY
"""However few events there are: what looks less often than daily finds nothing in time."""


class WatchSchedule(msgspec.Struct, frozen=True):
    """
    When the next run is due.

    Attributes:
        every: Seconds between two runs.
        asked: Seconds that were asked for.
        percent: The share of the site's events that the visits then are, while they last; ``None``
            where the events cannot be counted.
    """

    every: float
    asked: float
    percent: float | None

    @property
    def is_stretched(self) -> bool:
        """Whether runs are rarer than was asked for."""
        return self.every > self.asked

    def told(self, most_percent: float) -> str:
        """Say it in a sentence; empty where there is nothing to say."""
        if self.percent is None:
            return ""
        share = f"{_share(self.percent)} % of the site's events"
        if self.percent > most_percent:
            return f"even once a day the visits are {share}, until they are erased"
        if self.is_stretched:
            return f"every {self.every / 60:.0f} minutes instead, so that the visits are {share}"
        return ""


def schedule(
    asked: float, visits: int, events_a_day: int | None, most_percent: float
) -> WatchSchedule:
    """
    Return how often to visit.

    Args:
        asked: Seconds between two runs, as asked for.
        visits: Events that one run makes, at most.
        events_a_day: Events of the site in the last day, without those of visits; ``None`` where
            they cannot be counted.
        most_percent: The share that visits may be.
    """
    if events_a_day is None:
        return WatchSchedule(asked, asked, None)
    budget = events_a_day * most_percent / 100
    needed = DAY * visits / budget if budget > 0 else LONGEST
    every = min(max(asked, needed), max(LONGEST, asked))
    made = visits * DAY / every
    percent = 100 * made / events_a_day if events_a_day else 100.0
    return WatchSchedule(every, asked, percent)


def _share(percent: float) -> str:
    """Return *percent* as people read it: no power of ten stands in it."""
    return f"{percent:.0f}" if percent >= SMALL else f"{percent:.2g}"
