"""The keeper of figures: counts what is about to go, once, and writes it down. Does I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
        Keep the figures of all periods of which the first event goes, or would, at *now*.

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
        lines = kept_lines(found.settings, found.paths, self._config)
        for site in found.settings.site:
            for period, ends in self._going(found, site, lines, now):
                open_ = bounds(period, ZoneInfo(site.timezone))[1] > now * SECOND
                for line, first in zip(lines, ends, strict=True):
                    subject = line.asked.subject(site.id)
                    known = {(one.first, one.last) for one in kept.of(subject)}
                    if (period.first, period.last) in known:
                        continue
                    if first > now * SECOND:
                        continue
                    since = kept.since(subject)
                    begun = now if since is None else since
                    late = open_ or first < begun * SECOND
                    yield DueFigures(site, line, subject, period, PARTLY_GONE if late else "")

    def _going(
        self, found: Sight, site: SiteTable, lines: Sequence[KeptLine], now: float
    ) -> Iterator[tuple[ReportPeriod, list[int]]]:
        """
        Yield the calendar periods on which something rests that goes, or may, at *now*.

        Beside each stands when the first event may go that each line reads: that of the days it
        looks back at, too, which goes before the period.
        """
        from privacykit.stores.kept.ended import stored_edges

        engine = found.store()
        edges = None if engine is None else stored_edges(engine, site.id, now)
        if edges is None or not lines:
            return
        zone = ZoneInfo(site.timezone)
        back = max((line.asked.lookback_days for line in lines), default=0)
        over = None if edges.over is None else _day(edges.over, zone) + timedelta(back + 1)
        by, today = found.settings.reports.keep_by, _day(int(now * 1000), zone)
        for period in calendar_periods(_day(edges.first, zone), today, by):
            ends = [_first_end(found, site, line, period, now) for line in lines]
            # Later periods go later, but for events that live shorter than earlier ones did.
            if (over is None or period.first > over) and min(ends) > now * SECOND:
                return
            yield period, ends

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


def _first_end(
    found: Sight, site: SiteTable, line: KeptLine, period: ReportPeriod, now: float
) -> int:
    """Return when the first event may go that *line* reads, in microseconds since 1970."""
    return min(first_ends(found, site, looked_at(period, line.asked.lookback_days), now).values())
