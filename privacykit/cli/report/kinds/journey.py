"""``privacykit report journey``: which steps visits go, and how far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from privacykit.cli.report.answering import ReportKind, fields_of, report
from privacykit.cli.report.kinds.options import DefinitionOption, TopOption, definition_of
from privacykit.cli.report.options import EventOptions, OutputOptions, ScopeOptions
from privacykit.reports.kinds.questions import TOP, JourneyQuestion
from privacykit.reports.question import Step

if TYPE_CHECKING:
    from privacykit.reports.asking import Answer
    from privacykit.reports.result import Ids


def journey(
    events: EventOptions,
    scope: ScopeOptions,
    output: OutputOptions,
    *,
    by: Annotated[
        Literal["page", "event"], typer.Option("--by", help="Between what steps are.")
    ] = "page",
    definition: DefinitionOption = "",
    top: TopOption = TOP,
) -> None:
    """
    Show which page or event follows which in a visit, and how far visits get along some stages.

    Steps are pairs, with (start) and (end); longer paths are nearly those of single people and are
    not told. Stages are those of the definition, by the channel of the visit.
    """
    stages = definition_of(definition).stages if definition else ()
    question = JourneyQuestion(by, stages, top)

    def answer(_: Ids) -> tuple[Answer, tuple[str, ...], tuple[str, ...]]:
        from privacykit.reports.answers import journey as answers

        return answers.answer(question), answers.notes(question), ()

    fields = fields_of(stage.match for stage in stages)
    if stages:
        fields |= {"channel"}  # under which visits stand
    named = tuple(Step(stage.name, stage.match) for stage in stages)
    kind = ReportKind(
        "journey", "What follows what", "visit", fields, answer, named=named, question=question
    )
    report(kind, events, scope, output)
