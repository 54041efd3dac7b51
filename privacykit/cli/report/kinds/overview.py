"""``privacykit report overview``: how much went on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.report.answering import ReportKind, report
from privacykit.cli.report.kinds.options import TopOption
from privacykit.cli.report.options import EventOptions, OutputOptions, ScopeOptions
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
        typer.Option("--page-view", metavar="EVENT", help="The name of events that are views."),
    ] = None,
    channels: Annotated[
        bool,
        typer.Option(
            "--channels/--no-channels",
            help="Where visits came from; not every law lets that be told.",
        ),
    ] = True,
) -> None:
    """
    Show how much went on: visits, visitors, pages, events, by day, place, channel and device.

    Also how many of the visits rest on consent, as what is certain and what it is at most.
    """
    question = OverviewQuestion(tuple(page_view or PAGE_VIEWS), top, channels)

    def answer(ids: Ids) -> tuple[Answer, tuple[str, ...], tuple[str, ...]]:
        from privacykit.reports.answers import overview as answers

        missing = () if ids == "consented" else ("distinct_visitors",)
        return answers.answer(question), answers.notes(ids), missing

    fields = frozenset({"channel"} if channels else ())
    report(
        ReportKind("overview", "How much went on", "visit", fields, answer),
        events,
        scope,
        output,
    )
