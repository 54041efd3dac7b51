"""``privacykit ropa``: the record of processing from what runs."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.documents.made import OUT, DocumentOptions, end, made, put, put_bytes
from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import warn
from privacykit.errors import InputError, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from privacykit.documents.facts.gather import DocumentInput
    from privacykit.documents.model import DocumentModel
    from privacykit.documents.pages.writer import Writer
    from privacykit.documents.record.profiles import ProcessingRole


class RecordFormat(StrEnum):
    """How a record is written."""

    MARKDOWN = "markdown"
    HTML = "html"
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    FIDES = "fides"


class RecordProfile(StrEnum):
    """Whose columns a record has."""

    ART30 = "art30"
    CNIL = "cnil"
    ICO = "ico"


class RecordRole(StrEnum):
    """As whom a record is kept."""

    CONTROLLER = "controller"
    PROCESSOR = "processor"


LANGUAGE = Annotated[str, typer.Option("--lang", metavar="TAG", help="The language.")]


def register(app: typer.Typer) -> None:
    """Add ``ropa`` to *app*."""
    add(app, "ropa", ropa, "privacykit ropa --profile art30 --format csv --out record.csv")


def ropa(
    options: DocumentOptions,
    *,
    profile: Annotated[
        RecordProfile, typer.Option("--profile", help="Whose columns it has.")
    ] = RecordProfile.ICO,
    role: Annotated[
        RecordRole, typer.Option("--role", help="As whom it is kept.")
    ] = RecordRole.CONTROLLER,
    shown: Annotated[
        RecordFormat, typer.Option("--format", help="How it is written.")
    ] = RecordFormat.MARKDOWN,
    lang: LANGUAGE = "",
    out: OUT = None,
) -> None:
    """
    Print the record of processing activities: visits, the data map, and this software itself.

    It is for you and the authority: it names systems. Ends with 1 where something is missing.

    Raises:
        InputError: There are no words in the language, or a workbook has no file to go to.
    """
    from privacykit.documents.record.profiles import record_table
    from privacykit.documents.record.written import csv_text, record_document, record_page
    from privacykit.runtime.documents.inputs import writer_of

    given, model = made(options)
    writer = writer_of(given.settings, language_of(lang, given.settings.choice.language))
    as_whom: ProcessingRole = role.value
    table = record_table(model, given, writer, profile.value, as_whom)
    problems: tuple[Problem, ...] = ()
    form = RecordFormat.JSON if options.as_json else shown
    if form is RecordFormat.JSON:
        put(json_text(record_document(model, given, writer, as_whom)), out)
    elif form is RecordFormat.FIDES:
        problems = _manifest(model, given, writer, as_whom, out)
    elif form is RecordFormat.XLSX:
        from privacykit.cli.documents.sheet import sheet

        if out is None:
            raise InputError("a workbook needs --out FILE")
        put_bytes(sheet(table, "record"), out)
    elif form is RecordFormat.CSV:
        put(csv_text(table), out)
    else:
        put(page_text(record_page(model, table, writer), html=form is RecordFormat.HTML), out)
    end((*model.problems, *_unsaid(given, role), *problems), options)


def _manifest(
    model: DocumentModel,
    given: DocumentInput,
    writer: Writer,
    role: ProcessingRole,
    out: Path | None,
) -> tuple[Problem, ...]:
    """
    Write the record as a manifest of Fides, and return what is not stated for it.

    Raises:
        MissingExtraError: YAML needs the extra ``fides``.
    """
    from privacykit.cli.documents.manifest import manifest_text
    from privacykit.documents.record.fides import fides_manifest

    found = fides_manifest(model, given, writer, role)
    text = manifest_text(found.document)
    for note in found.notes:
        warn(f"note: {note}")
    put(text, out)
    return found.problems


def _unsaid(given: DocumentInput, role: RecordRole) -> tuple[Problem, ...]:
    if role is RecordRole.CONTROLLER or given.said.on_behalf_of:
        return ()
    message = "the controllers for whom this is done are not stated"
    hint = "GDPR Art. 30(2)(a) wants each of them"
    return (Problem("PK335", "privacykit.toml", "notice.on_behalf_of", message, hint),)


def language_of(lang: str, otherwise: str) -> str:
    """
    Return the language to write in.

    Raises:
        InputError: There are no words in it.
    """
    from privacykit.web.notice_page.messages import messages

    tag = lang or otherwise
    if not tag.isalpha() or not messages(tag):
        raise InputError("--lang names a language that there are no words in: en, de, …")
    return tag


def json_text(document: object) -> str:
    """Return *document* as indented JSON."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def page_text(page: object, *, html: bool) -> str:
    """Return *page* as HTML or as Markdown."""
    from privacykit.documents.pages.html import html_page
    from privacykit.documents.pages.markdown import markdown_page
    from privacykit.documents.pages.view import PageView

    assert isinstance(page, PageView)
    return html_page(page) if html else markdown_page(page)
