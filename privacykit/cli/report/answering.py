"""A report from options to output: the way that all kinds share. Reads, and writes the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import structs

from privacykit.cli.report.options import EventOptions, OutputOptions, ScopeOptions
from privacykit.cli.terminal.console import Exit, say, say_json, stop, warn
from privacykit.errors import InputError
from privacykit.reports.conditions import (
    ANY_FIELDS,
    Clauses,
    Condition,
    dimensions,
    read_conditions,
)
from privacykit.reports.question import Segment, Step, segment
from privacykit.reports.suppression import K

if TYPE_CHECKING:
    from privacykit.cli.report.published import ReportScope
    from privacykit.reports.asking import Answer, ReportEngine, ReportSource
    from privacykit.reports.periods import ReportPeriod
    from privacykit.reports.result import Ids, Report
    from privacykit.stores.published import Untold


@dataclass(frozen=True, slots=True)
class ReportKind:
    """
    A kind of report.

    Attributes:
        name: Its name, like ``funnel``.
        title: What people call this one.
        unit: What is counted.
        fields: The fields that its question looks at.
        answer: Returns what answers it, with notes for the reader and codes of what the ids make
            impossible; asked when the engine is there and it is known what the ids allow.
        lookback_days: How many days before a period its answer may look at.
        history: Whether it looks at events before the period.
        named: What it is asked by a name, which may be misspelt.
        elsewhere: The kind to ask instead where a policy forbids to tell of campaigns; without
            one, the events under that policy are left out.
        question: All that is asked, as a struct; ``None`` if its figures cannot be kept.
    """

    name: str
    title: str
    unit: str
    fields: frozenset[str]
    answer: Callable[[Ids], tuple[Answer, tuple[str, ...], tuple[str, ...]]]
    lookback_days: int = 0
    history: bool = False
    named: tuple[Step, ...] = ()
    elsewhere: ReportKind | None = None
    question: Any = None


def report(
    kind: ReportKind, events: EventOptions, scope: ScopeOptions, output: OutputOptions
) -> None:
    """
    Ask, and write the answer as it is wanted.

    Raises:
        InputError: It cannot be asked.
    """
    from privacykit.cli.report.kept.answering import AskedFigures, answered
    from privacykit.cli.report.kept.ended import is_going
    from privacykit.cli.report.source import check_dates

    k = _k(events, scope)
    segments = tuple(segment(text, read_conditions(text)) for text in scope.segment or ())
    fields = kind.fields.union(*(dimensions(one.match) for one in segments))
    check_dates(scope)
    if (looked := _LOOKED_AT.get()) is not None:
        looked.append((kind, segments))
    if _CHECKING.get():
        return

    def live(scope: ScopeOptions) -> Report:
        return _asked(kind, events, scope, segments, k, fields)

    if events.events or is_going():
        write(live(scope), output)
    else:
        write(answered(AskedFigures(kind, segments, k), events, scope, live), output)


def _asked(
    kind: ReportKind,
    events: EventOptions,
    scope: ScopeOptions,
    segments: tuple[Segment, ...],
    k: int,
    fields: frozenset[str],
) -> Report:
    from privacykit.cli.report.engines import counting, opened_engine
    from privacykit.cli.report.published import ReportScope, note, report_records, shown_before
    from privacykit.cli.report.source import ReadFields, opened_source

    with opened_engine(events) as engine, report_records(events) as records:
        from privacykit.reports.asking import check

        def before_of(site: str, periods: tuple[ReportPeriod, ...]) -> tuple[Segment, ...]:
            check(periods, segments)
            about = ReportScope(periods, segments, scope.accept_overlap)
            return shown_before(records.published, site, kind.name, about)

        reading = ReadFields(fields, kind.lookback_days, kind.history, records.stopped, before_of)
        source, periods, before = opened_source(engine, events, scope, reading)
        about = ReportScope(periods, segments, scope.accept_overlap)
        with counting(engine, events, source, kind.name) as (counts, source):
            asked = _Scoped(events, about, k, fields, before)
            made, untold = _answered(kind, counts, source, asked)
        note(records.published, source.name, kind.name, about, untold, before)
        return made


@dataclass(frozen=True, slots=True)
class _Scoped:
    """
    What of which events is asked.

    Attributes:
        events: Whose.
        about: Periods and segments.
        k: People whom a figure must at least be of.
        fields: What question and segments look at.
        before: Segments that were shown before.
    """

    events: EventOptions
    about: ReportScope
    k: int
    fields: frozenset[str]
    before: tuple[Segment, ...]


def _answered(
    kind: ReportKind, engine: ReportEngine, source: ReportSource, asked: _Scoped
) -> tuple[Report, Untold]:
    from privacykit.cli.report.source import law_of
    from privacykit.reports.asking import AskedReport, ask
    from privacykit.reports.sources.permitted import (
        CAMPAIGN_FIELDS,
        clauses_of,
        for_campaigns,
        forbidding_policies,
        not_told,
    )

    now, law, fields = datetime.now(UTC), partial(law_of, asked.events), asked.fields
    told: tuple[str, ...] = ()
    untold: Untold = ""
    elsewhere = kind.elsewhere if not CAMPAIGN_FIELDS & (fields - kind.fields) else None
    if elsewhere is not None or (not CAMPAIGN_FIELDS & fields and not asked.events.events):
        refused = forbidding_policies(engine, source.events, law, now.date())
        untold = "counted" if refused else ""
        if refused and elsewhere is not None:
            kind, fields = elsewhere, fields - CAMPAIGN_FIELDS
            told = not_told(clauses_of(refused))
    allowed = for_campaigns(engine, source.events, fields, law, now.date())
    if allowed.clauses:
        untold = "left_out"
    source = structs.replace(source, events=allowed.events)
    answer, notes, missing = kind.answer(source.ids)
    question = AskedReport(
        kind.name,
        kind.title,
        kind.unit,
        answer,
        asked.about.periods,
        asked.about.segments,
        asked.k,
        (*told, *notes, *allowed.notes),
        missing,
        kind.lookback_days,
        asked.before,
        kind.named,
    )
    return ask(engine, source, question, now), untold


_CHECKING: ContextVar[bool] = ContextVar("checking", default=False)


@contextmanager
def only_checked() -> Iterator[None]:
    """Let commands in the block look at what they are asked, and ask nothing."""
    token = _CHECKING.set(True)
    try:
        yield
    finally:
        _CHECKING.reset(token)


_LOOKED_AT: ContextVar[list[tuple[ReportKind, tuple[Segment, ...]]] | None] = ContextVar(
    "looked_at", default=None
)


@contextmanager
def looked_at() -> Iterator[list[tuple[ReportKind, tuple[Segment, ...]]]]:
    """Give what commands in the block are asked, and ask nothing: the kind, and its segments."""
    found: list[tuple[ReportKind, tuple[Segment, ...]]] = []
    token = _LOOKED_AT.set(found)
    try:
        with only_checked():
            yield found
    finally:
        _LOOKED_AT.reset(token)


def is_checking() -> bool:
    """Tell whether commands only look at what they are asked."""
    return _CHECKING.get()


_RECEIVED: ContextVar[list[Report] | None] = ContextVar("received", default=None)


@contextmanager
def received() -> Iterator[list[Report]]:
    """Give the reports that commands make in the block, which are not written then."""
    found: list[Report] = []
    token = _RECEIVED.set(found)
    try:
        yield found
    finally:
        _RECEIVED.reset(token)


def write(report: Report, output: OutputOptions) -> None:
    """Write *report* as it is wanted, or give it to whoever receives reports."""
    if (found := _RECEIVED.get()) is not None:
        found.append(report)
    else:
        _write(report, output)


def _write(report: Report, output: OutputOptions) -> None:
    """Write *report*: one way on standard output, and files beside it."""
    from privacykit.reports.output import csv_text, page, parquet, terminal
    from privacykit.reports.result import document

    if output.as_json and output.as_csv:
        stop(Exit.MISUSE, "choose one of --json and --csv")
    if output.html:
        page.write(report, output.html)
    if output.parquet:
        parquet.write(report, output.parquet)
    if output.as_json:
        say_json(document(report))
    elif output.as_csv:
        say(csv_text.text(report).removesuffix("\n"))
    elif not (output.html or output.parquet):
        for line in terminal.lines(report):
            say(line)
    for path in (output.html, output.parquet):
        if path:
            warn(f"written: {path}")


def _k(events: EventOptions, scope: ScopeOptions) -> int:
    """
    Return how many people a figure must at least be of.

    Raises:
        InputError: It is less than ten, and the events are somebody's.
    """
    if events.synthetic and not events.events:
        raise InputError("--synthetic is for --events: our own store holds real people's events")
    k = K if scope.k is None else scope.k
    if k < K and not events.synthetic:
        raise InputError(f"--k is at least {K}, except for events declared --synthetic")
    return k


def fields_of(matches: Iterable[Clauses]) -> frozenset[str]:
    """Return the fields that steps look at, beside those of every event."""
    looked_at: set[str] = set()
    for one in matches:
        looked_at |= dimensions(one)
    return frozenset(looked_at - set(ANY_FIELDS))


def events_named(names: Iterable[str]) -> tuple[Step, ...]:
    """Return what events of *names* fulfil."""
    return tuple(Step(name, ((Condition("event", "==", name),),)) for name in names)
