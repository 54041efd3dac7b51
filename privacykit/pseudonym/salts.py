"""
The salt of a (site, day): its life cycle, and what keeps salts. Pure.

A salt is random, shared by every process through a :class:`SaltStore`, and dies at the local
midnight that ends its day: nobody uses it afterwards, a reader refuses it even where its row still
stands, and the store destroys it and says how thoroughly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Literal, Protocol

SALT_BYTES = 32

SaltLevel = Literal["erased", "logical", "memory"]
"""
How dead a destroyed salt is: its bytes searched for and not found; deleted, but logs, replicas or
backups of the server may keep it; it only ever was in memory.
"""


@dataclass(frozen=True, slots=True)
class LocalDay:
    """
    A day as a site lives it.

    Attributes:
        date: ISO date in the site's time zone.
        since: Unix seconds at which it began.
        until: Unix seconds of the local midnight that ends it; its salt dies then. A day on which
            clocks change has 23 or 25 hours.
    """

    date: str
    since: float
    until: float


def local_day(now: float, zone: tzinfo) -> LocalDay:
    """
    Return the day that *now* falls on in *zone*.

    Args:
        now: Unix seconds.
        zone: The site's time zone. Midnights that a clock change skips are taken at the change.
    """
    date = datetime.fromtimestamp(now, zone).date()
    midnight = datetime(date.year, date.month, date.day, tzinfo=zone)
    since = midnight.timestamp()
    until = (midnight + timedelta(days=1)).timestamp()
    return LocalDay(date.isoformat(), since, until)


@dataclass(frozen=True, slots=True)
class SaltAudit:
    """
    What a salt store holds and how thoroughly it forgets, as found by looking.

    Attributes:
        alive: Salts whose midnight is still to come.
        oldest: The earliest ``until`` among all rows, Unix seconds; ``None`` when there are none.
        overdue: Rows past their midnight that still stand; must be 0.
        level: The level that destruction reaches here.
        searched: Whether *level* was found by searching the bytes, not only concluded.
        notes: What an operator should know, in words, without values.
        found: Destroyed salts whose bytes the search still found; must be 0.
    """

    alive: int
    oldest: float | None
    overdue: int
    level: SaltLevel
    searched: bool
    notes: tuple[str, ...] = ()
    found: int = 0


class SaltStore(Protocol):
    """Where the salts of all processes of an installation meet. Synchronous; called in threads."""

    def get_or_create(
        self, site: str, day: str, candidate: bytes, not_after: float, now: float
    ) -> bytes:
        """
        Return the one salt of (*site*, *day*): insert *candidate* if there is none, then read back.

        Args:
            site: The site's id.
            day: ISO date, local to the site.
            candidate: 32 random bytes, used only when nobody was faster.
            not_after: Unix seconds of the midnight at which the salt dies.
            now: Unix seconds.

        Raises:
            StoreError: The store failed, or the row is past its midnight.
        """
        ...

    def destroy_expired(self, now: float) -> int:
        """
        Destroy every salt whose midnight is not after *now*; return how many rows went.

        Raises:
            StoreError: The store failed; some may still stand.
        """
        ...

    def audit(self, now: float) -> SaltAudit:
        """
        Look at what is there.

        Raises:
            StoreError: The store could not be read.
        """
        ...
