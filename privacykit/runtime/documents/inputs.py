"""The input of documents: configuration, policies, data map, evidence. Reads files."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from privacykit.documents.evidence import (
    NOTHING_DISPROVED,
    NOTHING_MEASURED,
    Disproved,
    Measured,
)
from privacykit.documents.facts.gather import NO_MAP, DocumentInput
from privacykit.documents.pages.writer import Writer
from privacykit.errors import ConfigurationError, DataMapError, InputError, Problem
from privacykit.runtime.documents.asked import asks_consent
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
    measured: Measured | None = None,
) -> DocumentInput:
    """
    Return what the documents of an installation are made of.

    Args:
        settings: The configuration.
        paths: Where its files are.
        on: The day whose law it is.
        disproved: What the last verification came to.
        measured: What was seen; by default what the report says that ``[notice]`` names.

    Raises:
        ConfigurationError: A policy, the data map or that report is wrong.
    """
    policies = ConfiguredLaw(settings, paths).policies
    seen = seen_of(settings, paths) if measured is None else measured
    asks = asks_consent(settings, on)
    return DocumentInput(settings, policies, on, asks, map_of(settings, paths), seen, disproved)


def seen_of(settings: Settings, paths: Paths) -> Measured:
    """
    Return the lives of cookies that the report of ``[notice]`` says; nothing where it names none.

    Raises:
        ConfigurationError: PK395, it cannot be read, or is not one that our keys signed.
    """
    from privacykit.documents.seen import measured_lives, read_seen
    from privacykit.stores.keys import load_keys
    from privacykit.stores.records.audit_keys import public_keys

    name = settings.notice.seen if settings.notice is not None else None
    if name is None:
        return NOTHING_MEASURED
    hint = "`privacykit verify --site URL --report FILE` writes it"
    try:
        document = paths.file(name).read_bytes()
    except OSError:
        problem = Problem("PK395", name, "", "the report of what a site sets cannot be read", hint)
        raise ConfigurationError(problem) from None
    keys = public_keys(load_keys(paths.file(settings.keys.file)))
    try:
        return measured_lives(read_seen(document, keys), settings.cookies, name)
    except InputError as error:
        message = str(error).partition(" ")[2]
        raise ConfigurationError(Problem("PK395", name, "", message, hint)) from None


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
