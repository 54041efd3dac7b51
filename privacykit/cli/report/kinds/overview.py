"""``privacykit report overview``: how much went on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.report.answering import ReportKind, events_named, report
from privacykit.cli.report.kinds.options import EpsilonOption, TopOption
from privacykit.cli.report.noisy import overview_with_noise
from privacykit.cli.report.options import EventOptions, OutputOptions, ScopeOptions
from privacykit.errors import InputError
from privacykit.reports.kinds.questions import PAGE_VIEWS, TOP, OverviewQuestion

if TYPE_CHECKING:
    from privacykit.reports.asking import Answer
    from privacykit.reports.result import Ids


def overview(
    events: EventOptions,
    scope: ScopeOptions,
    output: OutputOptions,
    *,
    top: TopOption = TOP,
    page_view: Annotated[
        list[str] | None,
        typer.Option("--page-view", metavar="A,B,C", help="Names of events that are views."),
    ] = None,
    channels: Annotated[
        bool | None,
        typer.Option(
            "--channels/--no-channels",
            help="Where visits came from; if unsaid, where every law lets that be told.",
        ),
    ] = None,
    epsilon: EpsilonOption = "",
) -> None:
    """
    Show how much went on: visits, visitors, pages, events, by day, place, channel and device.

    Also how many of the visits rest on consent, as what is certain and what it is at most.

    Raises:
        InputError: Options do not go together.
    """
    if epsilon:
        if page_view or channels is not None or top != TOP:
            raise InputError("with --epsilon leave out --page-view, --channels and --top")
        overview_with_noise(epsilon, events, scope, output)
        return
    # Names may be given at once, as steps are, or each by an option of its own.
    given = tuple(name.strip() for text in page_view or () for name in text.split(","))
    views = tuple(name for name in given if name)
    untold = _kind(OverviewQuestion(views or PAGE_VIEWS, top, channels=False), views)
    told = _kind(OverviewQuestion(views or PAGE_VIEWS, top), views, untold)
    asked = (
        untold if channels is False else told if channels is None else replace(told, elsewhere=None)
    )
    report(asked, events, scope, output)


def _kind(
    question: OverviewQuestion, views: tuple[str, ...], elsewhere: ReportKind | None = None
) -> ReportKind:
    def answer(ids: Ids) -> tuple[Answer, tuple[str, ...], tuple[str, ...]]:
        from privacykit.reports.answers import overview as answers

        missing = () if ids == "consented" else ("distinct_visitors",)
        return answers.answer(question), answers.notes(ids), missing

    return ReportKind(
        "overview",
        "How much went on",
        "visit",
        frozenset({"channel"} if question.channels else ()),
        answer,
        named=events_named(views),
        elsewhere=elsewhere,
        question=question,
    )
