"""
A report from question to result: events in, one group-by each, figures out. Asks an engine.

The steps are the same for every kind of report; what differs is a function that answers the
question over the events of one period, for everybody and for each segment.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final, Protocol

import msgspec

from privacykit.errors import InputError, ReportRefusalError
from privacykit.reports.conditions import LASTING_FIELDS, VISIT_FIELDS, dimensions
from privacykit.reports.expressions.events import counted
from privacykit.reports.hints import blank, unmet
from privacykit.reports.periods import LONGEST_DAYS, ReportPeriod, bounds, looked_at, offsets
from privacykit.reports.question import MOST_PERIODS, MOST_SEGMENTS, Segment, Step
from privacykit.reports.result import (
    DataSet,
    Hidden,
    Ids,
    Report,
    ReportedPeriod,
    ReportTable,
)

EARLIEST: Final = -(2**62)
"""Before every event, in microseconds."""
_CUT: Final = (
    "Groups are cut by all segments together, also by those that were shown before: asked alone, "
    "or with others, a segment may show more or less."
)


class ReportEngine(Protocol):
    """What runs expressions of Ibis."""

    def rows(self, expression: Any) -> list[dict[str, Any]]:
        """Return the rows of *expression*."""
        ...

    def batches(self, expression: Any) -> Iterator[Mapping[str, list[Any]]]:
        """Yield the rows of *expression* in batches, as columns."""
        ...


class Setting(msgspec.Struct, frozen=True):
    """
    What a question is answered over, beside the events.

    Attributes:
        start: When the period begins, in microseconds since 1970; events before it are there only
            as far as the report looks back.
        end: When it is over.
        offsets: How far the site's clock is ahead of UTC; see :func:`periods.offsets`.
        segments: Parts whose figures are told apart.
        k: People whom a figure must at least be of.
        ids: What the visitor ids allow.
        visits_told: Whether the source has visits of its own.
        before: The events before the period, as far as the source has them.
        clock: As *offsets*, from long before the period on.
    """

    start: int
    end: int
    offsets: Sequence[tuple[int, int]]
    segments: tuple[Segment, ...]
    k: int
    ids: Ids
    visits_told: bool
    before: Any = None
    clock: Sequence[tuple[int, int]] = ()


class Figures(msgspec.Struct, frozen=True):
    """The answer for one segment: a document for machines, tables for people, what is hidden."""

    document: Mapping[str, Any]
    tables: tuple[ReportTable, ...]
    hidden: Hidden


Answer = Callable[[ReportEngine, Any, Setting], Iterable[Figures]]
"""
Answers a question over the events of one period and of the days before it that the report looks
back at, of the report table: first for everybody, then for each segment in order.
"""


class AskedReport(msgspec.Struct, frozen=True):
    """
    What is asked of events.

    Attributes:
        kind: The kind of report, like ``funnel``.
        title: What people call it.
        unit: What is counted.
        answer: Answers it.
        periods: One, or two that are compared.
        segments: Parts whose figures are told apart.
        k: People whom a figure must at least be of.
        notes: What readers must know, as sentences.
        not_available: What the ids make impossible, as codes.
        lookback_days: How many days before a period its answer may look at.
        cut_by: Parts that were shown before, and cut the cells without being told.
        named: What was asked by a name, which may be misspelt.
    """

    kind: str
    title: str
    unit: str
    answer: Answer
    periods: tuple[ReportPeriod, ...]
    segments: tuple[Segment, ...]
    k: int
    notes: tuple[str, ...] = ()
    not_available: tuple[str, ...] = ()
    lookback_days: int = 0
    cut_by: tuple[Segment, ...] = ()
    named: tuple[Step, ...] = ()


class ReportSource(msgspec.Struct, frozen=True):
    """
    Events that can be asked.

    Attributes:
        name: The site, or the file.
        zone: Whose days they are.
        zone_name: Its name.
        events: A table of the report table's columns; more than the periods may be in it.
        ids: What the visitor ids allow.
        visits_told: Whether it has visits of its own.
        synthetic: Whether it was declared to be of nobody.
        policies: Under which policies the events were made.
        notes: What readers must know of them, as sentences.
    """

    name: str
    zone: tzinfo
    zone_name: str
    events: Any
    ids: Ids
    visits_told: bool
    synthetic: bool
    policies: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def check(periods: Sequence[ReportPeriod], segments: Sequence[Segment]) -> None:
    """
    Refuse more than a reader can compare.

    Raises:
        InputError: There are too many periods or segments.
    """
    if len(periods) > MOST_PERIODS or len(segments) > MOST_SEGMENTS:
        raise InputError(
            f"a report compares at most {MOST_PERIODS} periods and {MOST_SEGMENTS} segments"
        )


def visit_fields(segments: Sequence[Segment]) -> frozenset[str]:
    """Return the fields of whole visits that *segments* look at."""
    found = (dimensions(segment.match) for segment in segments)
    return frozenset[str]().union(*found).intersection(VISIT_FIELDS)


def check_ids(fields: Collection[str], ids: Ids) -> None:
    """
    Refuse what ids of a day cannot tell.

    Raises:
        ReportRefusalError: One of *fields* needs ids that last.
    """
    if ids == "daily" and (wrong := sorted(set(fields).intersection(LASTING_FIELDS))):
        raise ReportRefusalError(
            f"needs_person_id: visitor ids end at midnight, so {wrong[0]} cannot be told"
        )


def ask(engine: ReportEngine, source: ReportSource, asked: AskedReport, now: datetime) -> Report:
    """
    Return the report.

    Args:
        engine: Where the events are.
        source: The events.
        asked: What is asked of them.
        now: With a zone.

    Raises:
        InputError: Too much is compared, or the ids cannot tell who belongs to a segment.
    """
    check(asked.periods, asked.segments)
    check_ids(visit_fields(asked.segments), source.ids)
    sets = tuple(
        one
        for place, period in enumerate(asked.periods)
        for one in _sets(engine, source, asked, place, period)
    )
    inside = [counted(source.events, *bounds(one, source.zone)) for one in asked.periods]
    notes = (
        *source.notes,
        *asked.notes,
        *unmet(engine, inside, asked.named, asked.k),
        *blank(sets, len(asked.segments) + len(asked.cut_by), asked.k),
    )
    return Report(
        report=asked.kind,
        title=asked.title,
        site=source.name,
        unit=asked.unit,
        ids=source.ids,
        periods=tuple(
            ReportedPeriod(str(one.first), str(one.last), source.zone_name) for one in asked.periods
        ),
        segments=tuple(one.name for one in asked.segments),
        k=asked.k,
        synthetic=source.synthetic,
        policies=source.policies,
        sets=sets,
        notes=(*notes, *_of_segments(asked)),
        not_available=asked.not_available,
        generated_at=f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    )


def _of_segments(asked: AskedReport) -> tuple[str, ...]:
    """Return what readers of several segments must know."""
    return (_CUT,) if len(asked.segments) + len(asked.cut_by) > 1 and asked.segments else ()


def _sets(
    engine: ReportEngine, source: ReportSource, asked: AskedReport, place: int, period: ReportPeriod
) -> Iterator[DataSet]:
    start, end = bounds(period, source.zone)
    read = looked_at(period, asked.lookback_days)
    edges = bounds(read, source.zone)
    setting = Setting(
        start,
        end,
        offsets(read, source.zone),
        (*asked.segments, *asked.cut_by),
        asked.k,
        source.ids,
        source.visits_told,
        counted(source.events, EARLIEST, edges[0]),
        offsets(ReportPeriod(period.first - timedelta(LONGEST_DAYS), period.last), source.zone),
    )
    events = counted(source.events, *edges)
    if fields := visit_fields(setting.segments):
        events = _with_visits(events, setting, fields)
    names = (None, *(segment.name for segment in asked.segments))
    # Those that only cut the cells come last.
    for name, figures in zip(names, asked.answer(engine, events, setting), strict=False):
        yield DataSet(place, name, figures.document, figures.tables, figures.hidden)


def _with_visits(events: Any, setting: Setting, fields: Collection[str]) -> Any:
    from privacykit.reports.expressions.visit_fields import with_visit_fields  # noqa: PLC0415 - Ibis

    return with_visit_fields(
        events,
        setting.before,
        fields,
        setting.clock,
        ids=setting.ids,
        visits_told=setting.visits_told,
    )
