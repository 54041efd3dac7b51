"""The keeper of figures: counts what is about to go, once, and writes it down. Does I/O."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from privacykit.cli.events.sight import sight
from privacykit.cli.report.kept.ended import MILLISECOND, before_they_go, first_ends
from privacykit.cli.report.kept.lines import KeptLine, kept_lines
from privacykit.cli.report.options import EventOptions
from privacykit.errors import ReportRefusalError
from privacykit.operate.retention import KeptFigures
from privacykit.reports.kept.calendar import calendar_periods
from privacykit.reports.periods import SECOND, ReportPeriod, bounds, looked_at
from privacykit.stores.database.engine import open_engine
from privacykit.stores.database.looking import open_to_look
from privacykit.stores.kept.figures import KeptReport, KeptReports, KeptSubject

if TYPE_CHECKING:
    from privacykit.cli.events.sight import Sight
    from privacykit.reports.result import Report
    from privacykit.settings.model import SiteTable

PARTLY_GONE = "partly_gone"


@dataclass(frozen=True, slots=True)
class DueFigures:
    """
    Figures that are to be kept before events go.

    Attributes:
        site: Of which site.
        line: The report.
        subject: Of what they are, as it is written down.
        period: The calendar period.
        reason: Why there can be none, as a code; empty where there can.
    """

    site: SiteTable
    line: KeptLine
    subject: KeptSubject
    period: ReportPeriod
    reason: str

    def told(self, reason: str) -> KeptFigures:
        """Return what became of them."""
        first, last = str(self.period.first), str(self.period.last)
        return KeptFigures(self.site.id, self.line.text, first, last, reason)


class FigureKeeper:
    """
    Keeps the figures that ``[reports] keep`` names, before the first event that they rest on goes.

    That is one of the period, or of the days before it that the report looks back at.

    Args:
        config: The configuration file.
    """

    def __init__(self, config: str) -> None:
        self._config = config

    def plan(self, now: float) -> list[KeptFigures]:
        """
        Say of what figures would be kept at *now*, in Unix seconds; nothing is changed.

        Raises:
            ConfigurationError: A report that is to be kept cannot be asked.
            StoreError: A store failed.
        """
        with ExitStack() as opened:
            found, kept = self._opened(opened, look=True)
            return [due.told(due.reason) for due in self._due(found, kept, now)]

    def keep(self, now: float) -> list[KeptFigures]:
        """
        Keep the figures of all periods that rest on an event that has expired at *now*.

        Args:
            now: Unix seconds.

        Raises:
            PrivacyKitError: Some could not be kept: nothing may go. What was kept stays kept.
        """
        with ExitStack() as opened:
            found, kept = self._opened(opened, look=False)
            lines = kept_lines(found.settings, found.paths, self._config)
            subjects = [
                line.asked.subject(site.id) for site in found.settings.site for line in lines
            ]
            kept.end(subjects)
            for subject in subjects:
                kept.begin(subject, now)
            return [self._keep(due, kept, now) for due in self._due(found, kept, now)]

    def _opened(self, opened: ExitStack, *, look: bool) -> tuple[Sight, KeptReports]:
        found = opened.enter_context(sight(self._config))
        url = found.paths.url(found.settings.records.url, "records.url")
        engine = open_to_look(url, kind="records") if look else open_engine(url, kind="records")
        opened.callback(engine.dispose)
        return found, KeptReports(engine)

    def _due(self, found: Sight, kept: KeptReports, now: float) -> Iterator[DueFigures]:
        from privacykit.stores.kept.ended import events_over

        lines = kept_lines(found.settings, found.paths, self._config)
        engine = found.store()
        for site in found.settings.site if engine is not None else ():
            assert engine is not None
            edges = events_over(engine, site.id, now)
            if edges is None:
                continue
            zone = ZoneInfo(site.timezone)
            days = [_day(at, zone) for at in edges]
            by, back = found.settings.reports.keep_by, [line.asked.lookback_days for line in lines]
            last = days[1] + timedelta(max(back, default=0) + 1)
            for period in calendar_periods(days[0], last, by):
                open_ = bounds(period, zone)[1] > now * SECOND
                for line in lines:
                    # Nothing may be gone of what it looks back at, which goes before the period.
                    read = looked_at(period, line.asked.lookback_days)
                    if read.first > days[1]:
                        continue
                    first = min(first_ends(found, site, read, now).values())
                    subject = line.asked.subject(site.id)
                    known = {(one.first, one.last) for one in kept.of(subject)}
                    if (period.first, period.last) in known:
                        continue
                    since = kept.since(subject)
                    begun = now if since is None else since
                    late = open_ or first < begun * SECOND
                    yield DueFigures(site, line, subject, period, PARTLY_GONE if late else "")

    def _keep(self, due: DueFigures, kept: KeptReports, now: float) -> KeptFigures:
        from privacykit.reports.kept.figures import written

        reason, body = due.reason, b""
        if not reason:
            try:
                body = written(self._counted(due))
            except ReportRefusalError as refused:
                # A final answer: waiting changes nothing, and the events may not stay for it.
                reason = str(refused).partition(":")[0][:64]
        kept.add(due.subject, KeptReport(due.period.first, due.period.last, reason, body, now))
        return due.told(reason)

    def _counted(self, due: DueFigures) -> Report:
        events = EventOptions(config=self._config, site=due.site.id)
        when = {"since": str(due.period.first), "until": str(due.period.last)}
        with before_they_go():
            reports = due.line.command.reports(due.line.given, asdict(events) | {"k": None} | when)
        (report,) = reports
        return report


def _day(at: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(at * MILLISECOND / SECOND, UTC).astimezone(zone).date()
