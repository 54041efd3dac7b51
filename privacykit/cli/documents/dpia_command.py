"""``privacykit dpia``: what speaks for an impact assessment, and a draft of one."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from privacykit.cli.documents.made import OUT, DocumentOptions, end, made, put
from privacykit.cli.documents.ropa_command import LANGUAGE, json_text, language_of, page_text
from privacykit.cli.terminal.commands import add


class AssessmentFormat(StrEnum):
    """How an assessment is written."""

    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add ``dpia`` to *app*."""
    add(app, "dpia", dpia, "privacykit dpia --format html --out dpia.html")


def dpia(
    options: DocumentOptions,
    *,
    shown: Annotated[
        AssessmentFormat, typer.Option("--format", help="How it is written.")
    ] = AssessmentFormat.MARKDOWN,
    lang: LANGUAGE = "",
    count: Annotated[
        bool, typer.Option("--count", help="Count visitor-days in the event store, too.")
    ] = False,
    out: OUT = None,
) -> None:
    """
    Say what speaks for an impact assessment, by which text, and draft one.

    It is advice and no verdict. What is known is filled in; the rest is marked for people to write.
    """
    from msgspec.structs import replace

    from privacykit.documents.assessment.draft import assessment_document, assessment_page
    from privacykit.runtime.documents.inputs import writer_of

    given, model = made(options)
    if count:
        from privacykit.cli.documents.counted import counted

        days = counted(options.config)
        measured = replace(given.measured, visitor_days=days.visitor_days, at=days.at)
        given = replace(given, measured=measured)
    writer = writer_of(given.settings, language_of(lang, given.settings.choice.language))
    if options.as_json or shown is AssessmentFormat.JSON:
        put(json_text(assessment_document(model, given, writer)), out)
    else:
        page = assessment_page(model, given, writer)
        put(page_text(page, html=shown is AssessmentFormat.HTML), out)
    end(model.problems, options)
