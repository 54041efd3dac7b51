"""Lacks of a notice, as warnings of a check: it is served all the same. Reads files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from privacykit.documents.evidence import NOTHING_MEASURED
from privacykit.errors import ConfigurationError, DataMapError, Problem
from privacykit.settings.model import Settings
from privacykit.settings.paths import Paths


def unsaid(settings: Settings, paths: Paths) -> Iterator[Problem]:
    """Yield what ``[notice]`` leaves unsaid, and what is wrong with the files that it names."""
    if settings.notice is None:
        return
    from privacykit.documents.model import build_model
    from privacykit.runtime.documents.inputs import changes_of, document_input, seen_of

    measured = NOTHING_MEASURED
    try:
        measured = seen_of(settings, paths)
    except ConfigurationError as error:
        yield from error.problems
    try:
        given = document_input(settings, paths, datetime.now(UTC).date(), measured=measured)
    except DataMapError:
        return  # said of the data map itself
    yield from build_model(given).problems
    try:
        changes_of(settings, paths)
    except ConfigurationError as error:
        yield from error.problems
