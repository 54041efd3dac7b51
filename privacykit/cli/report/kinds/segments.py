"""``privacykit report segments``: who visits, and who of them converts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.report.answering import ReportKind, events_named, fields_of, report
from privacykit.cli.report.kinds.options import GoalOptions, ShopOptions, TopOption
from privacykit.cli.report.options import EventOptions, OutputOptions, ScopeOptions
from privacykit.reports.conditions import CART, ORDER
from privacykit.reports.kinds.questions import BREAKDOWNS, TOP, SegmentsQuestion
from privacykit.reports.question import Step

if TYPE_CHECKING:
    from privacykit.reports.asking import Answer
    from privacykit.reports.result import Ids


def segments(
    events: EventOptions,
    scope: ScopeOptions,
    output: OutputOptions,
    goals: GoalOptions,
    shop: ShopOptions,
    *,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="FIELD", help=f"Several may be: {', '.join(BREAKDOWNS)}."),
    ] = None,
    top: TopOption = TOP,
) -> None:
    """
    Show who visits, told apart by country, language, channel and ten more, and who converts.

    New and returning visitors, and counts of visits and orders, need ids that last; where ids end
    at midnight they are not_available, and nobody is called new.
    """
    goal = goals.goal()
    told_apart = tuple(dict.fromkeys(by or BREAKDOWNS))
    question = SegmentsQuestion(told_apart, goal, shop.cart, shop.order, top)

    def answer(ids: Ids) -> tuple[Answer, tuple[str, ...], tuple[str, ...]]:
        from privacykit.reports.answers import segments as answers

        missing = answers.unavailable(question, ids)
        return answers.answer(question), answers.notes(question, ids), missing

    named = events_named(name for name in (shop.cart, shop.order) if name not in {CART, ORDER})
    if goal:
        named = (Step(goal.name, goal.match), *named)
    kind = ReportKind(
        "segments",
        "Who visits",
        "visit",
        fields_of([goal.match] if goal else []).union(told_apart),
        answer,
        history=bool(question.lasting),
        named=named,
        question=question,
    )
    report(kind, events, scope, output)
