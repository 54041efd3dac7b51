"""The input of documents: configuration, policies, data map, evidence. Reads files."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from privacykit.documents.evidence import NOTHING_DISPROVED, Disproved
from privacykit.documents.facts.gather import NO_MAP, DocumentInput
from privacykit.documents.pages.writer import Writer
from privacykit.errors import ConfigurationError, DataMapError, Problem
from privacykit.settings.duties.changes import NoticeChangeTable, parse_changes
from privacykit.settings.law import ConfiguredLaw
from privacykit.settings.model import Settings
from privacykit.settings.paths import Paths
from privacykit.web.notice_page.messages import SOURCE, messages

if TYPE_CHECKING:
    from privacykit.govern.datamap import DataMap


def document_input(
    settings: Settings,
    paths: Paths,
    on: date,
    disproved: Disproved = NOTHING_DISPROVED,
) -> DocumentInput:
    """
    Return what the documents of an installation are made of.

    Args:
        settings: The configuration.
        paths: Where its files are.
        on: The day whose law it is.
        disproved: What the last verification came to.

    Raises:
        ConfigurationError: A policy or the data map is wrong.
    """
    policies = ConfiguredLaw(settings, paths).policies
    return DocumentInput(settings, policies, on, map_of(settings, paths), disproved=disproved)


def map_of(settings: Settings, paths: Paths) -> DataMap:
    """
    Return the data map, an empty one where there is no file.

    Raises:
        DataMapError: It is wrong, or cannot be read.
    """
    from privacykit.govern.datamap import parse_datamap

    path = paths.file(settings.datamap.file)
    if not path.exists():
        return NO_MAP
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        problem = Problem("PK210", settings.datamap.file, "", "the file cannot be read", "mend it")
        raise DataMapError(problem) from None
    return parse_datamap(text, settings.datamap.file)


def changes_of(settings: Settings, paths: Paths) -> tuple[NoticeChangeTable, ...]:
    """
    Return what changed in the notice, the newest first; nothing where no file is named.

    Raises:
        ConfigurationError: PK344, the file is wrong or cannot be read.
    """
    name = settings.notice.changes if settings.notice is not None else None
    if name is None:
        return ()
    try:
        text = paths.file(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        problem = Problem("PK344", name, "", "the file of changes cannot be read", "write it")
        raise ConfigurationError(problem) from None
    return parse_changes(text, name)


def writer_of(settings: Settings, language: str) -> Writer:
    """Return what writes in *language*; the operator's texts are in the site's own."""
    return Writer(language, messages(language), messages(SOURCE), settings.choice.language)
