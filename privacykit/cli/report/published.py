"""The ledger of published reports, asked and added to. Reads and writes ``[records]``."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from privacykit.cli.report.options import EventOptions
from privacykit.errors import InputError
from privacykit.reports.conditions import read_conditions
from privacykit.reports.question import Segment

if TYPE_CHECKING:
    from privacykit.reports.periods import ReportPeriod
    from privacykit.reports.sources.event_store import Stopped
    from privacykit.stores.kept.figures import KeptReports
    from privacykit.stores.published import PublishedReports, Untold


@dataclass(frozen=True, slots=True)
class ReportRecords:
    """
    What ``[records]`` says to a report; of files nothing.

    Attributes:
        published: The ledger of what was shown.
        stopped: Returns the ids of events that may no longer be used.
        kept: Figures that were kept.
    """

    published: PublishedReports | None
    stopped: Stopped
    kept: KeptReports | None


@dataclass(frozen=True, slots=True)
class ReportScope:
    """
    What of a site a report is about.

    Attributes:
        periods: One, or two that are compared.
        segments: Parts whose figures are told apart.
        accept_overlap: Whether it may overlap what was shown before.
    """

    periods: tuple[ReportPeriod, ...]
    segments: tuple[Segment, ...]
    accept_overlap: bool


@contextmanager
def report_records(events: EventOptions) -> Iterator[ReportRecords]:
    """Open them."""
    if events.events:
        yield ReportRecords(None, lambda _: frozenset(), None)
        return
    from privacykit.settings.load import load
    from privacykit.settings.paths import Paths
    from privacykit.stores.database.engine import open_engine
    from privacykit.stores.kept.figures import KeptReports
    from privacykit.stores.published import PublishedReports
    from privacykit.stores.records.consents import SqlConsentStore

    url = load(events.config).records.url
    engine = open_engine(Paths.beside(events.config).url(url, "records.url"), kind="records")
    try:
        stopped = SqlConsentStore(engine).stopped
        yield ReportRecords(PublishedReports(engine), stopped, KeptReports(engine))
    finally:
        engine.dispose()


def shown_before(
    published: PublishedReports | None,
    site: str,
    report: str,
    asked: ReportScope,
) -> tuple[Segment, ...]:
    """
    Return the segments that were shown before of what is asked: they cut its cells too.

    Raises:
        InputError: It would show a few people beside what was shown before.
        StoreError: The ledger failed; nothing may be shown.
    """
    if published is None:
        return ()
    from privacykit.reports.ledger import check_overlap, segments_shown

    earlier = published.of(site, report)
    if not asked.accept_overlap:
        check_overlap(earlier, asked.periods)
    before = segments_shown(earlier, asked.periods, asked.segments)
    return tuple(Segment(text, read_conditions(text)) for text in before)


def note(
    published: PublishedReports | None,
    site: str,
    report: str,
    asked: ReportScope,
    untold: Untold,
    before: Sequence[Segment],
) -> None:
    """
    Note what is about to be shown: it was answered, and nobody has seen it yet.

    Args:
        published: The ledger.
        site: Of which site.
        report: Which kind.
        asked: What of it.
        untold: What became of events by which nobody may tell of campaigns.
        before: The segments that cut it, since they had been shown when it began.

    Raises:
        InputError: It would show a few people beside what was shown before, or meanwhile.
        StoreError: The ledger failed; nothing may be shown.
    """
    if published is None:
        return
    from privacykit.reports.ledger import check_untold
    from privacykit.stores.published import PublishedReport

    with _alone(published, site):
        if shown_before(published, site, report, asked) != tuple(before):
            raise InputError(_MEANWHILE)
        earlier = published.of(site, report)
        if not asked.accept_overlap:
            check_untold(earlier, asked.periods, untold)
        names = tuple(one.name for one in asked.segments)
        for period in asked.periods:
            shown = PublishedReport(period.first, period.last, names, untold)
            if shown not in earlier:
                published.add(site, report, shown, time.time())


_MEANWHILE = "another report of that period was shown meanwhile: ask again"
_LOOKS = 100
_PAUSE_SECONDS = 0.05


@contextmanager
def _alone(published: PublishedReports, site: str) -> Iterator[None]:
    """
    Let nobody else look at the ledger and note in the block: of two, one would not see the other.

    Raises:
        InputError: Others did all the time.
    """
    owner = secrets.token_hex(8)
    for _ in range(_LOOKS):
        if published.claim(site, owner, time.time()):
            break
        time.sleep(_PAUSE_SECONDS)
    else:
        raise InputError(_MEANWHILE)
    try:
        yield
    finally:
        published.release(site, owner, time.time())
