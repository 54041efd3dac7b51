"""Reports of our own store whose figures were kept, and all others. Reads ``[records]``."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from privacykit.cli.report.options import EventOptions, ScopeOptions
from privacykit.errors import ReportRefusalError
from privacykit.reports.kept.calendar import calendar_period
from privacykit.reports.periods import ReportPeriod
from privacykit.reports.question import Segment

if TYPE_CHECKING:
    from privacykit.cli.report.answering import ReportKind
    from privacykit.reports.result import Report
    from privacykit.settings.duties.reports import ReportsTable
    from privacykit.stores.kept.figures import KeptReport, KeptSubject


@dataclass(frozen=True, slots=True)
class AskedFigures:
    """
    What is asked, whenever it was counted.

    Attributes:
        kind: The kind of report.
        segments: Parts whose figures are told apart.
        k: People whom a figure must at least be of.
    """

    kind: ReportKind
    segments: tuple[Segment, ...]
    k: int

    @property
    def lookback_days(self) -> int:
        """How many days before its period it looks back at."""
        return self.kind.lookback_days

    def subject(self, site: str) -> KeptSubject:
        """Return of what figures of *site* would be kept."""
        from privacykit.reports.kept.figures import question_digest
        from privacykit.stores.kept.figures import KeptSubject

        return KeptSubject(site, self.kind.name, question_digest(self.kind.question))


def answered(
    asked: AskedFigures,
    events: EventOptions,
    scope: ScopeOptions,
    live: Callable[[ScopeOptions], Report],
) -> Report:
    """
    Return the report: of kept figures where there are some, else of the events.

    Args:
        asked: What is asked.
        events: Whose events.
        scope: When.
        live: Asks the events.

    Raises:
        InputError: It cannot be asked, or may not be told.
        StoreError: The store failed.
    """
    from privacykit.cli.report.published import report_records
    from privacykit.cli.report.source import periods_of, site_of
    from privacykit.reports.kept.figures import beside
    from privacykit.settings.load import load

    settings = load(events.config)
    site = site_of(settings, events)
    periods = periods_of(scope, ZoneInfo(site.timezone), time.time())
    if not scope.accept_overlap:
        _check_calendar(asked.kind.name, settings.reports, periods)
    with report_records(events) as records:
        found = [] if records.kept is None else records.kept.of(asked.subject(site.id))
    kept = {ReportPeriod(one.first, one.last): one for one in found}
    if not any(period in kept for period in periods):
        return live(scope)
    return beside([
        _read(kept[period], asked) if period in kept else live(_of_one(scope, period))
        for period in periods
    ])  # fmt: skip


def _of_one(scope: ScopeOptions, period: ReportPeriod) -> ScopeOptions:
    return replace(scope, since=str(period.first), until=str(period.last), compare=False)


def _read(kept: KeptReport, asked: AskedFigures) -> Report:
    """
    Return the kept figures.

    Raises:
        ReportRefusalError: There are none, or none of so many people or of these segments.
    """
    from privacykit.reports.kept.figures import of_segments, read

    if kept.reason:
        raise ReportRefusalError(
            f"not_kept: the events from {kept.first} to {kept.last} are gone, and figures were not "
            f"kept, since {REASONS.get(kept.reason, kept.reason)}"
        )
    report = read(kept.body, kept.at)
    if asked.k > report.k:
        raise ReportRefusalError(
            f"not_kept: the figures that were kept are of {report.k} people at least; ask without "
            "--k"
        )
    return of_segments(report, [one.name for one in asked.segments])


REASONS = {
    "removed": "an operator removed them",
    "partly_gone": "some of the events had gone, or may have, before figures were kept",
    "overlaps_published": "a period that overlaps it was shown, and the difference may be a few",
    "too_many_segments": "more segments were shown of it than a report may be cut by",
    "policy_forbids": "a policy forbids to tell of campaigns by these events",
    "needs_person_id": "visitor ids end at midnight",
}
"""Why no figures are kept, by code."""


def _check_calendar(kind: str, reports: ReportsTable, periods: Sequence[ReportPeriod]) -> None:
    """
    Refuse periods beside which the figures that will be kept would tell of few people.

    Raises:
        ReportRefusalError: One is no calendar period, and figures of this kind are kept by these.
    """
    if kind not in {shlex.split(line)[0] for line in reports.keep if line.strip()}:
        return
    for period in periods:
        whole = calendar_period(period.first, reports.keep_by)
        if period != whole:
            raise ReportRefusalError(
                f"overlaps_kept: the figures of {kind} are kept by the {reports.keep_by}, and "
                "their difference to another period may be a few people; ask for "
                f"{whole.first} to {whole.last}, or give up what would be kept of it with "
                "--accept-overlap"
            )
