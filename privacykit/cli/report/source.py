"""The events of a report: of our own store, or of files. Reads stores and files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from privacykit.cli.report.options import EventOptions, ScopeOptions
from privacykit.cli.terminal.ids import check_known
from privacykit.errors import InputError
from privacykit.reports.conditions import LASTING_FIELDS, PROPERTY, dimensions
from privacykit.reports.periods import ReportPeriod, bounds, looked_at, month_of, period
from privacykit.reports.question import Segment
from privacykit.settings.paths import Paths

if TYPE_CHECKING:
    from privacykit.cli.report.engines import AnyEngine
    from privacykit.policy.policyset import PolicySet
    from privacykit.reports.asking import ReportSource
    from privacykit.reports.engines.duckdb import DuckDb
    from privacykit.reports.result import Ids
    from privacykit.reports.sources.event_store import Stopped
    from privacykit.settings.model import Settings, SiteTable


@dataclass(frozen=True, slots=True)
class ReadFields:
    """
    What a report needs of events.

    Attributes:
        fields: What the question and its segments look at.
        lookback_days: How many days before the periods it looks at, too.
        history: Whether it looks at all events before them.
        stopped: Returns the ids of events of our own store that may no longer be used.
        before_of: Returns the segments that were shown before of a site's periods; what they look
            at is read too.
    """

    fields: frozenset[str]
    lookback_days: int
    history: bool
    stopped: Stopped
    before_of: Callable[[str, tuple[ReportPeriod, ...]], tuple[Segment, ...]]


def opened_source(
    engine: AnyEngine, events: EventOptions, scope: ScopeOptions, reading: ReadFields
) -> tuple[ReportSource, tuple[ReportPeriod, ...], tuple[Segment, ...]]:
    """
    Return the events, in *engine*, the periods that are asked, and segments shown of them before.

    Args:
        engine: Where they are read into.
        events: Whose.
        scope: When.
        reading: What is needed of them.

    Raises:
        InputError: A date, a zone, a site or a file is wrong, or what is asked may not be shown.
        ConfigurationError: The configuration or the column map is wrong.
        BackendError: A store or a file could not be read.
    """
    from privacykit.reports.engines.duckdb import DuckDb

    if events.events and isinstance(engine, DuckDb):
        return (*_files(engine, events, scope, _properties(reading.fields)), ())
    return _store(engine, events, scope, reading)


def _properties(fields: Iterable[str]) -> frozenset[str]:
    """Return the names of the properties among *fields*."""
    return frozenset(one.removeprefix(PROPERTY) for one in fields if one.startswith(PROPERTY))


def law_of(events: EventOptions) -> PolicySet:
    """
    Return the policies in force: ours, with those of the configuration over them.

    Raises:
        ConfigurationError: The configuration is wrong.
        PolicyError: A policy file is.
    """
    from privacykit.settings.law import ConfiguredLaw
    from privacykit.settings.load import load
    from privacykit.settings.policies import shipped_policies

    if events.events:
        return shipped_policies()
    return ConfiguredLaw(load(events.config), Paths.beside(events.config)).policies


def _files(
    engine: DuckDb,
    events: EventOptions,
    scope: ScopeOptions,
    properties: frozenset[str],
) -> tuple[ReportSource, tuple[ReportPeriod, ...]]:
    from privacykit.reports.asking import ReportSource
    from privacykit.reports.sources.column_map import OURS, READY, read_column_map, ready_map
    from privacykit.reports.sources.event_files import load_files

    files = events.events or []
    columns = OURS
    if events.columns in READY:
        columns = ready_map(events.columns)
    elif events.columns:
        columns = read_column_map(_text(events.columns), events.columns)
    zone = _zone(events.timezone)
    table = load_files(engine, files, columns, properties)
    periods = _periods(scope, lambda: _all_days(engine, table, zone))
    name = ", ".join(Path(one).name for one in files)
    told = columns.visit is not None
    ids = columns.ids or ("consented" if events.synthetic else "daily")
    return (
        ReportSource(name, zone, events.timezone, table, ids, told, events.synthetic),
        periods,
    )


def _store(
    engine: AnyEngine, events: EventOptions, scope: ScopeOptions, reading: ReadFields
) -> tuple[ReportSource, tuple[ReportPeriod, ...], tuple[Segment, ...]]:
    from privacykit.cli.events.sight import sight
    from privacykit.cli.report.kept.ended import Ended, ended, is_going, looked_back
    from privacykit.reports.asking import ReportSource
    from privacykit.reports.engines.duckdb import DuckDb
    from privacykit.reports.sources.event_store import load_store
    from privacykit.reports.sources.postgresql_events import read_in_place

    with sight(events.config) as found:
        site = site_of(found.settings, events)
        zone = ZoneInfo(site.timezone)
        now = time.time()
        periods = periods_of(scope, zone, now)
        going = is_going()
        left_out = Ended() if going else ended(found, site, periods, now)
        back = () if going else looked_back(found, site, periods, reading.lookback_days, now)
        before = reading.before_of(site.id, periods)
        fields = reading.fields.union(*(dimensions(one.match) for one in before))
        history = reading.history or not fields.isdisjoint(LASTING_FIELDS)
        edges = [bounds(looked_at(one, reading.lookback_days), zone) for one in periods]
        first = 0 if history else min(start for start, _ in edges)
        between = first, max(end for _, end in edges)
        names = _properties(fields)
        # What is over is counted once more, in the moment before it goes.
        read_at, stopped = 0.0 if going else now, left_out.stopped(reading.stopped)
        read = (
            load_store(engine, found.reader, between, read_at, names, stopped, site=site.id)
            if isinstance(engine, DuckDb)
            else read_in_place(engine, found.reader, between, read_at, names, stopped, site.id)
        )
        # Without a consent, an id that would last with one ends at midnight.
        lasting = any(table.visitor == "consented" for table in found.settings.purposes.values())
        ids: Ids = "mixed" if lasting else "daily"
        source = ReportSource(
            site.id,
            zone,
            site.timezone,
            read.table,
            ids,
            False,
            False,
            read.policies,
            (*left_out.notes, *back),
        )
        return source, periods, before


def site_of(settings: Settings, events: EventOptions) -> SiteTable:
    """
    Return the site that is asked.

    Raises:
        InputError: There is none of that id, or several and none is said.
    """
    sites = {table.id: table for table in settings.site}
    check_known("site", events.site, sites, "the configuration has")
    if not events.site and len(sites) != 1:
        raise InputError(f"say which site with --site: {', '.join(sites)}")
    return sites[events.site] if events.site else next(iter(sites.values()))


def periods_of(scope: ScopeOptions, zone: ZoneInfo, now: float) -> tuple[ReportPeriod, ...]:
    """
    Return the periods of our own store that are asked: the present month where none is said.

    Raises:
        InputError: They are none.
    """
    today = datetime.fromtimestamp(now, UTC).astimezone(zone).date()
    return _periods(scope, lambda: month_of(today))


def check_dates(scope: ScopeOptions) -> None:
    """
    Refuse dates that are no period.

    Raises:
        InputError: They are none.
    """
    first, last = _said(scope)
    if first is not None and last is not None:
        period(first, last)


def _said(scope: ScopeOptions) -> tuple[date | None, date | None]:
    return (
        _date(scope.since) if scope.since else None,
        _date(scope.until) if scope.until else None,
    )


def _periods(scope: ScopeOptions, default: Callable[[], ReportPeriod]) -> tuple[ReportPeriod, ...]:
    """
    Return what is asked; a day that is not said is that of the period where none is.

    Raises:
        InputError: It is no period.
    """
    first, last = _said(scope)
    if first is None or last is None:
        whole = default()
        if last is not None and last < whole.first:
            raise InputError(f"--to {last} is before {whole.first}: say the first day with --from")
        if first is not None and first > whole.last:
            raise InputError(f"--from {first} is after {whole.last}: say the last day with --to")
        first, last = first or whole.first, last or whole.last
    asked = period(first, last)
    return (asked, asked.before()) if scope.compare else (asked,)


def _all_days(engine: DuckDb, table: Any, zone: ZoneInfo) -> ReportPeriod:  # noqa: ANN401 - Ibis
    """
    Return the period of all events of *table*.

    Raises:
        InputError: There is none, or they are too far apart.
    """
    edges = engine.rows(table.aggregate(first=table.at.min(), last=table.at.max()))[0]
    if edges["first"] is None:
        raise InputError("there is no event in the files")

    def day(at: int) -> date:
        return (
            (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).astimezone(zone).date()
        )

    return period(day(edges["first"]), day(edges["last"]))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("no such day; a date is written like 2026-11-01") from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise InputError("no such time zone; one is written like Europe/Berlin") from None


def _text(path: str) -> str:
    from privacykit.reports.sources.column_map import READY

    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        tools = ", ".join(READY)
        raise InputError(f"cannot read {path}; maps there are for: {tools}") from None
