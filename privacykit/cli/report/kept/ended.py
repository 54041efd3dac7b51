"""Events of a period that may be gone, and what is said of them. Reads the event store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from privacykit.errors import ReportRefusalError
from privacykit.reports.kept.calendar import Lifetime, first_end
from privacykit.reports.periods import DAY, SECOND, ReportPeriod, bounds, looked_at

if TYPE_CHECKING:
    from privacykit.cli.events.sight import Sight
    from privacykit.collect.ports import Envelope
    from privacykit.reports.sources.event_store import Stopped
    from privacykit.settings.model import SiteTable

MILLISECOND = 1000
"""Microseconds."""
SHORTEST_CAP = 365
"""Days that each of our policies lets events live at least; the operator's own may let less."""


_GOING: ContextVar[bool] = ContextVar("going", default=False)


@contextmanager
def before_they_go() -> Iterator[None]:
    """Let reports in the block count the events that are over, too: they go right after it."""
    token = _GOING.set(True)
    try:
        yield
    finally:
        _GOING.reset(token)


def is_going() -> bool:
    """Tell whether figures are kept at present, of events that go right after."""
    return _GOING.get()


@dataclass(frozen=True, slots=True)
class Ended:
    """
    Events that are left out of a report, since some of the same purpose and period are gone.

    Attributes:
        purposes: Their purposes.
    """

    purposes: frozenset[str] = frozenset()

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of it."""
        if not self.purposes:
            return ()
        names = ", ".join(sorted(self.purposes))
        told = f"partly_gone: of the purposes {names} some events of the period are gone"
        return (f"{told}; the others are left out.",)

    def stopped(self, others: Stopped) -> Stopped:
        """Return what leaves these out beside *others*."""
        if not self.purposes:
            return others

        def stopped(page: Sequence[Envelope]) -> AbstractSet[str]:
            return {one.id for one in page if one.purpose in self.purposes} | others(page)

        return stopped


def ended(found: Sight, site: SiteTable, periods: Sequence[ReportPeriod], now: float) -> Ended:
    """
    Return what a report over *periods* has to leave out.

    Raises:
        ReportRefusalError: That is all: some, or all, of the events of a period are gone.
        StoreError: The store failed.
    """
    left_out: set[str] = set()
    for period in periods:
        ends = first_ends(found, site, period, now)
        gone = {name for name, at in ends.items() if at <= now * SECOND}
        if gone and gone == ends.keys():
            raise ReportRefusalError(_refusal(found, site, period, now))
        left_out |= gone
    return Ended(frozenset(left_out))


def looked_back(
    found: Sight, site: SiteTable, periods: Sequence[ReportPeriod], days: int, now: float
) -> Iterator[str]:
    """
    Yield what a reader must know of events that are gone, and that *periods* look back at.

    Raises:
        StoreError: The store failed.
    """
    for period in periods if days else ():
        before = ReportPeriod(looked_at(period, days).first, period.first - timedelta(1))
        ends = first_ends(found, site, before, now)
        if gone := sorted(name for name, at in ends.items() if at <= now * SECOND):
            yield (
                f"partly_gone: of the purposes {', '.join(gone)} some events of the {days} days "
                f"before {period.first} are gone, or may be, which it looks back at; what they "
                "would have told counts as not known."
            )


def first_ends(found: Sight, site: SiteTable, period: ReportPeriod, now: float) -> dict[str, int]:
    """
    Return when the first event of *period* may be gone, by purpose, in microseconds since 1970.

    How long events live is what those that are there say; where there are none of a purpose, what
    the configuration says. A policy may end those of some places sooner than the others.

    Raises:
        StoreError: The store failed.
    """
    from privacykit.stores.kept.ended import lives

    zone = ZoneInfo(site.timezone)
    start, end = bounds(period, zone)
    engine = found.store()
    edges = start // MILLISECOND, end // MILLISECOND
    seen = {} if engine is None else lives(engine, site.id, *edges)
    ends = {name: start + life * MILLISECOND for name, life in seen.items()}
    for name, purpose in found.settings.purposes.items():
        life = Lifetime(purpose.retention.months, purpose.retention.days)
        ends.setdefault(name, first_end(period, zone, life))
    for name, days in _caps(found, start, now).items():
        ends[name] = min(ends[name], start + days * DAY)
    return ends


def _caps(found: Sight, start: int, now: float) -> dict[str, int]:
    """Return the most days that any policy lets events of a purpose live, where it may matter."""
    own = found.settings.policies.directories
    if not own and start + SHORTEST_CAP * DAY > now * SECOND:
        return {}
    from privacykit.policy.handling import handling
    from privacykit.settings.law import ConfiguredLaw

    law, on = ConfiguredLaw(found.settings, found.paths).policies, datetime.fromtimestamp(now, UTC)
    caps: dict[str, int] = {}
    for name, purpose in found.settings.purposes.items():
        each = [handling(law, on.date(), use).retention_days for use in purpose.uses]
        if known := [days for days in each if days is not None]:
            caps[name] = min(known)
    return caps


def _refusal(found: Sight, site: SiteTable, period: ReportPeriod, now: float) -> str:
    start, end = (at // MILLISECOND for at in bounds(period, ZoneInfo(site.timezone)))
    pages = found.reader.between(start, end, now, {"site": site.id}, bodies=False)
    days = f"{period.first} to {period.last}"
    if next(pages, None) is None:
        return (
            f"gone: what events there were from {days} is gone, and no figures of exactly this "
            "report were kept; what is to outlive them is named by [reports] keep"
        )
    return (
        f"partly_gone: some of the events from {days} are gone, or may be, and no figures of "
        "exactly this report were kept; ask for a later period"
    )
