"""``privacykit report segments``: who visits, and who of them converts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.report.answering import ReportKind, events_named, fields_of, report
from privacykit.cli.report.kinds.options import EpsilonOption, GoalOptions, ShopOptions, TopOption
from privacykit.cli.report.noisy import cost_of, report_with_noise
from privacykit.cli.report.options import EventOptions, OutputOptions, ScopeOptions
from privacykit.errors import InputError, ReportRefusalError
from privacykit.reports.conditions import CART, ORDER
from privacykit.reports.kinds.questions import BREAKDOWNS, TOP, SegmentsQuestion
from privacykit.reports.noise.question import NoisySegments
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
    epsilon: EpsilonOption = "",
) -> None:
    """
    Show who visits, told apart by country, language, channel and ten more, and who converts.

    New and returning visitors, and counts of visits and orders, need ids that last; where ids end
    at midnight they are not_available, and nobody is called new.

    Raises:
        InputError: Options do not go together.
    """
    goal = goals.goal()
    told_apart = tuple(dict.fromkeys(by or BREAKDOWNS))
    question = SegmentsQuestion(told_apart, goal, shop.cart, shop.order, top)

    if epsilon:
        _with_noise(epsilon, question, by, events, scope, output)
        return

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


def _with_noise(
    epsilon: str,
    asked: SegmentsQuestion,
    by: list[str] | None,
    events: EventOptions,
    scope: ScopeOptions,
    output: OutputOptions,
) -> None:
    """
    Answer with noise.

    Raises:
        InputError: Lists are not named, or cannot have noise; or the budget is spent.
    """
    if not by or asked.top != TOP:
        raise InputError("with --epsilon say --by, which shares the cost; leave out --top")
    question = NoisySegments(*cost_of(epsilon, scope), asked)

    def answer(ids: Ids) -> tuple[Answer, tuple[str, ...], tuple[str, ...]]:
        from privacykit.reports.answers import segments as answers
        from privacykit.reports.answers.noisy import segments as noisy
        from privacykit.reports.noise.mechanism import laplace

        if missing := answers.unavailable(asked, ids):
            raise ReportRefusalError(
                f"needs_person_id: visitor ids end at midnight, so {missing[0]} cannot be told"
            )
        return noisy.answer(question, laplace), noisy.notes(question, ids), ()

    kind = ReportKind(
        "segments",
        "Who visits, with noise",
        "visit",
        fields_of([asked.goal.match] if asked.goal else []).union(asked.by),
        answer,
        history=bool(asked.lasting),
    )
    report_with_noise(question, kind, events, scope, output)
