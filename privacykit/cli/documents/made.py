"""The model that commands print, and where what they print goes. Reads and writes files."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.terminal.console import CONFIG, JSON, Exit, stop, warn
from privacykit.errors import InputError, Problem
from privacykit.private_files import replacing
from privacykit.settings.paths import DEFAULT_FILE, Paths

if TYPE_CHECKING:
    from privacykit.documents.evidence import Disproved
    from privacykit.documents.facts.gather import DocumentInput
    from privacykit.documents.model import DocumentModel
    from privacykit.settings.model import Settings

OUT = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="FILE", help="Write there; else to the terminal."),
]
ON = Annotated[
    str, typer.Option("--on", metavar="DATE", help="The day whose law it is; today by default.")
]


@dataclass(frozen=True, slots=True)
class DocumentOptions:
    """What every command takes that prints a document: an option set."""

    on: ON = ""
    config: CONFIG = DEFAULT_FILE
    as_json: JSON = False


def disproved(settings: Settings, paths: Paths) -> Disproved:
    """Return what the last run of ``privacykit verify`` disproved; nothing where none is kept."""
    from privacykit.verify.disproved import last_disproved

    return last_disproved(settings, paths)


def made(
    options: DocumentOptions, laws: list[str] | None = None
) -> tuple[DocumentInput, DocumentModel]:
    """
    Return what the documents are made of, and the model.

    Args:
        options: Which configuration, which day.
        laws: Families of laws in place of those of the configuration.

    Raises:
        ConfigurationError: A file is wrong.
        InputError: The day is none.
    """
    from privacykit.documents.model import build_model
    from privacykit.runtime.documents.inputs import document_input
    from privacykit.settings.duties.notice import NoticeTable
    from privacykit.settings.load import load
    from privacykit.settings.located import located

    with located(options.config):
        settings, paths = load(options.config), Paths.beside(options.config)
        if laws:
            said = settings.notice or NoticeTable()
            told = said.model_copy(update={"laws": laws})
            settings = settings.model_copy(update={"notice": told})
        day = day_of(options.on)
        given = document_input(settings, paths, day, disproved(settings, paths))
    return given, build_model(given)


def day_of(text: str) -> date:
    """
    Return the day that *text* names, today for none.

    Raises:
        InputError: It names none.
    """
    if not text:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("write a day as 2026-12-01") from None


def placed(problems: tuple[Problem, ...], options: DocumentOptions) -> tuple[Problem, ...]:
    """Return *problems* with the file as it was named, and their lines."""
    from privacykit.settings.located import with_places

    return with_places(problems, options.config)


def put(text: str, out: Path | None) -> None:
    """
    Write *text* to *out*, or to the terminal.

    Raises:
        InputError: The file cannot be written.
    """
    put_bytes(text.encode(), out)


def put_bytes(content: bytes, out: Path | None) -> None:
    """
    Write *content* to *out*, or to standard output.

    Raises:
        InputError: The file cannot be written.
    """
    if out is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        with replacing(out) as file:
            file.write(content)
    except OSError:
        raise InputError(f"{out.name} cannot be written") from None


def end(problems: tuple[Problem, ...], options: DocumentOptions) -> None:
    """
    Say *problems* on standard error and end with 1, where there are any.

    Raises:
        typer.Exit: There are.
    """
    for problem in placed(problems, options):
        warn(str(problem))
    if problems:
        stop(Exit.FOUND)
