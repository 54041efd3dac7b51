"""
A report from question to result: events in, one group-by each, figures out. Asks an engine.

The steps are the same for every kind of report; what differs is a function that answers the
question over the events of one period, for everybody and for each segment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Protocol

import msgspec

from privacykit.errors import InputError
from privacykit.reports.expressions.events import counted
from privacykit.reports.periods import ReportPeriod, bounds, looked_at, offsets
from privacykit.reports.question import MOST_PERIODS, MOST_SEGMENTS, Segment
from privacykit.reports.result import (
    DataSet,
    Hidden,
    Ids,
    Report,
    ReportedPeriod,
    ReportTable,
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
    """

    start: int
    end: int
    offsets: Sequence[tuple[int, int]]
    segments: tuple[Segment, ...]
    k: int
    ids: Ids
    visits_told: bool


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
    """

    name: str
    zone: tzinfo
    zone_name: str
    events: Any
    ids: Ids
    visits_told: bool
    synthetic: bool
    policies: tuple[str, ...] = ()


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


def ask(engine: ReportEngine, source: ReportSource, asked: AskedReport, now: datetime) -> Report:
    """
    Return the report.

    Args:
        engine: Where the events are.
        source: The events.
        asked: What is asked of them.
        now: With a zone.

    Raises:
        InputError: Too much is compared.
    """
    check(asked.periods, asked.segments)
    sets = tuple(
        one
        for place, period in enumerate(asked.periods)
        for one in _sets(engine, source, asked, place, period)
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
        notes=asked.notes,
        not_available=asked.not_available,
        generated_at=f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    )


def _sets(
    engine: ReportEngine, source: ReportSource, asked: AskedReport, place: int, period: ReportPeriod
) -> Iterator[DataSet]:
    start, end = bounds(period, source.zone)
    read = looked_at(period, asked.lookback_days)
    setting = Setting(
        start,
        end,
        offsets(read, source.zone),
        asked.segments,
        asked.k,
        source.ids,
        source.visits_told,
    )
    events = counted(source.events, *bounds(read, source.zone))
    names = (None, *(segment.name for segment in asked.segments))
    for name, figures in zip(names, asked.answer(engine, events, setting), strict=True):
        yield DataSet(place, name, figures.document, figures.tables, figures.hidden)
