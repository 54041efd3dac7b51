"""``privacykit report funnel``: how far people get through some steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import structs

from privacykit.cli.report.answering import ReportKind, fields_of, report
from privacykit.cli.report.kinds.options import DefinitionOption, EpsilonOption, definition_of
from privacykit.cli.report.noisy import cost_of, report_with_noise
from privacykit.cli.report.options import EventOptions, OutputOptions, ScopeOptions
from privacykit.errors import InputError, ReportRefusalError
from privacykit.reports.conditions import read_step
from privacykit.reports.noise.question import NoisyFunnel
from privacykit.reports.periods import DAY
from privacykit.reports.question import (
    LONGEST_WINDOW_DAYS,
    FunnelQuestion,
    Mode,
    Step,
    Unit,
)

if TYPE_CHECKING:
    from privacykit.reports.asking import Answer
    from privacykit.reports.result import Ids


@dataclass(frozen=True, slots=True)
class StepOptions:
    """Which steps: an option set."""

    steps: Annotated[
        str,
        typer.Option(
            "--steps",
            metavar="A,B,C",
            help="Two to ten: names of events, or pages like /cart or /products/*.",
        ),
    ] = ""
    step: Annotated[
        list[str] | None,
        typer.Option(
            "--step", metavar="CONDITIONS", help="One step, like 'event==order;prop.plan==pro'."
        ),
    ] = None
    definition: DefinitionOption = ""
    name: Annotated[
        str, typer.Option("--name", metavar="FUNNEL", help="Which funnel of the definition.")
    ] = ""


@dataclass(frozen=True, slots=True)
class StepFigureOptions:
    """What is told of steps beside how many, or with noise: an option set."""

    money: Annotated[
        bool, typer.Option("--money", help="Also the money of the events at each step.")
    ] = False
    currency: Annotated[
        str, typer.Option("--currency", metavar="CODE", help="Only money in this currency.")
    ] = ""
    epsilon: EpsilonOption = ""


def funnel(
    events: EventOptions,
    scope: ScopeOptions,
    output: OutputOptions,
    given: StepOptions,
    told: StepFigureOptions,
    *,
    unit: Annotated[
        Unit, typer.Option("--unit", help="What is counted; a person needs lasting ids.")
    ] = "visit",
    mode: Annotated[
        Mode,
        typer.Option(
            "--mode",
            help="closed: begins at the first step; open: anywhere; sequential: every step; "
            "strict: nothing in between; loose: in any order.",
        ),
    ] = "closed",
    within_days: Annotated[
        int | None,
        typer.Option(
            "--within", metavar="DAYS", min=1, max=LONGEST_WINDOW_DAYS, help="How long it may take."
        ),
    ] = None,
) -> None:
    """
    Show how far people get through some steps: who came in, skipped, left, went on, got through.

    Every figure is of at least ten people; what is smaller is left out everywhere, so that no
    difference shows it.

    Raises:
        InputError: Options do not go together.
    """
    question = structs.replace(
        _question(given, unit, mode, within_days),
        money=told.money or bool(told.currency),
        currency=told.currency,
    )

    if told.epsilon:
        _with_noise(
            told.epsilon, structs.replace(question, unit=_unit(unit)), events, scope, output
        )
        return

    def answer(ids: Ids) -> tuple[Answer, tuple[str, ...], tuple[str, ...]]:
        from privacykit.reports.answers import funnel as answers

        if question.unit == "person" and ids == "daily":
            raise ReportRefusalError(
                "needs_person_id: visitor ids end at midnight; ask for --unit visit or visitor_day"
            )
        return answers.answer(question), answers.notes(question, ids), ()

    fields = fields_of(one.match for one in question.steps)
    kind = ReportKind(
        "funnel",
        question.name,
        question.unit,
        fields,
        answer,
        named=question.steps,
        question=question,
    )
    report(kind, events, scope, output)


def _unit(said: Unit) -> Unit:
    """
    Return the unit of a funnel with noise: a visitor id, which is one unit whatever it did.

    Raises:
        InputError: Another one is asked.
    """
    if said == "visitor_day":
        raise InputError("with --epsilon each visitor id counts once: leave out --unit")
    return "person"


def _with_noise(
    epsilon: str,
    asked: FunnelQuestion,
    events: EventOptions,
    scope: ScopeOptions,
    output: OutputOptions,
) -> None:
    """
    Answer with noise.

    Raises:
        InputError: It cannot be asked so, or the budget is spent.
    """
    question = NoisyFunnel(*cost_of(epsilon, scope), asked)

    def answer(ids: Ids) -> tuple[Answer, tuple[str, ...], tuple[str, ...]]:
        from privacykit.reports.answers.noisy import funnel as noisy
        from privacykit.reports.noise.mechanism import laplace

        return noisy.answer(question, laplace), noisy.notes(question, ids), ()

    fields = fields_of(one.match for one in asked.steps)
    kind = ReportKind("funnel", f"{asked.name}, with noise", "visitor", fields, answer)
    report_with_noise(question, kind, events, scope, output)


def _question(
    given: StepOptions, unit: Unit, mode: Mode, within_days: int | None
) -> FunnelQuestion:
    """
    Return the funnel that is asked: one of the definition, or of the steps.

    Raises:
        InputError: There are both, or the steps make no funnel.
    """
    named = [*(one for one in given.steps.split(",") if given.steps), *(given.step or ())]
    if given.definition:
        if named or (unit, mode, within_days) != ("visit", "closed", None):
            raise InputError(
                "the definition says the steps, unit, mode and limit of a funnel; leave out "
                "--steps, --step, --unit, --mode and --within"
            )
        return definition_of(given.definition).funnel(given.name)
    return FunnelQuestion(
        " → ".join(named),
        tuple(Step(name, read_step(name)) for name in named),
        unit,
        mode,
        None if within_days is None else within_days * DAY,
    )
