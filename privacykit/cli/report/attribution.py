"""``privacykit report attribution``: which channels get the credit, by six models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from privacykit.cli.report.answering import ReportKind, fields_of, report
from privacykit.cli.report.options import EventOptions, OutputOptions, ScopeOptions
from privacykit.errors import InputError
from privacykit.reports.attribution.question import (
    DEFAULT_HALF_LIFE_DAYS,
    DEFAULT_LOOKBACK_DAYS,
    LONGEST_HALF_LIFE_DAYS,
    AttributionQuestion,
)
from privacykit.reports.conditions import PROPERTY, read_step
from privacykit.reports.question import Step

if TYPE_CHECKING:
    from privacykit.reports.asking import Answer
    from privacykit.reports.result import Ids


@dataclass(frozen=True, slots=True)
class CreditOptions:
    """Whose credit, and how far back: an option set."""

    lookback: Annotated[
        int,
        typer.Option("--lookback", metavar="DAYS", help="How far back: 1, 7, 30 or 90 days."),
    ] = DEFAULT_LOOKBACK_DAYS
    by: Annotated[
        Literal["channel", "campaign", "content"],
        typer.Option("--by", help="What gets the credit."),
    ] = "channel"
    half_life: Annotated[
        int,
        typer.Option(
            "--half-life",
            metavar="DAYS",
            min=1,
            max=LONGEST_HALF_LIFE_DAYS,
            help="In how many days a touch loses half its weight.",
        ),
    ] = DEFAULT_HALF_LIFE_DAYS
    once_per_visit: Annotated[
        bool, typer.Option("--once-per-visit", help="Only the first conversion of a visit counts.")
    ] = False
    transparent_host: Annotated[
        list[str] | None,
        typer.Option(
            "--transparent-host",
            metavar="HOST",
            help="A host that visitors only come back from, as from a payment; several may be.",
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class MoneyOptions:
    """What stands beside the models: an option set."""

    self_reported: Annotated[
        str,
        typer.Option(
            "--self-reported",
            metavar="prop.NAME",
            help="The property in which people say where they come from.",
        ),
    ] = ""
    currency: Annotated[
        str, typer.Option("--currency", metavar="CODE", help="Only conversions in this currency.")
    ] = ""
    costs: Annotated[
        str,
        typer.Option(
            "--costs",
            metavar="FILE.csv",
            help="What each channel cost: columns channel (or what --by names) and cost.",
        ),
    ] = ""


def attribution(
    events: EventOptions,
    scope: ScopeOptions,
    credit: CreditOptions,
    beside: MoneyOptions,
    output: OutputOptions,
    *,
    conversion: Annotated[
        str,
        typer.Option(
            "--conversion",
            metavar="NAME",
            help="What is to be credited: an event's name, a page like /thanks, or conditions.",
        ),
    ],
) -> None:
    """
    Show which channels get the credit for conversions: six models beside each other.

    Shares keep their sums: the conversions of a model are all conversions, its money all money.
    Every figure is of at least ten people; what is smaller is left out of all of them.

    Raises:
        InputError: An option is wrong, or two do not go together.
    """
    if beside.self_reported and not beside.self_reported.startswith(PROPERTY):
        raise InputError(f"--self-reported is a property: {PROPERTY}NAME")
    if beside.costs and scope.compare:
        raise InputError("--costs are those of one period: ask without --compare")
    question = AttributionQuestion(
        conversion,
        read_step(conversion),
        credit.lookback,
        credit.by,
        credit.half_life,
        credit.once_per_visit,
        beside.self_reported or None,
        beside.currency,
        tuple(credit.transparent_host or ()),
    )

    def answer(ids: Ids) -> tuple[Answer, tuple[str, ...], tuple[str, ...]]:
        from privacykit.cli.report.kinds.costs import digits_of, read_costs
        from privacykit.reports.answers import attribution as answers

        spent = {}
        if beside.costs:
            spent = read_costs(beside.costs, credit.by, digits_of(events))
        notes = answers.notes(question, ids)
        return answers.answer(question, spent), notes, answers.NOT_AVAILABLE[ids]

    fields = fields_of([question.match]) | {credit.by, "channel"}
    if beside.self_reported:
        fields |= {beside.self_reported}
    named = (Step(conversion, question.match),)
    kind = ReportKind(
        "attribution",
        conversion,
        "conversion",
        fields,
        answer,
        credit.lookback,
        named=named,
        question=None if beside.costs else question,
    )
    report(kind, events, scope, output)
