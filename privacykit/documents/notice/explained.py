"""Explained statements: of each, how it is known and where it comes from, to the line. Pure."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from privacykit.documents.model import DocumentModel
from privacykit.documents.pages.view import text_of
from privacykit.documents.pages.writer import Writer
from privacykit.documents.statement import StatementSource
from privacykit.errors import Problem

Placing = Callable[[tuple[Problem, ...]], tuple[Problem, ...]]
"""Gives what carries file and key its line."""


class ExplainedStatement(msgspec.Struct, frozen=True):
    """
    A statement with its sources, for the operator: it names what is internal.

    Attributes:
        id: What it is about.
        item: What a law calls it.
        kind: How it is known.
        text: What it says.
        sources: Where it comes from.
        claims: What could disprove it.
    """

    id: str
    item: str
    kind: str
    text: str
    sources: tuple[str, ...]
    claims: tuple[str, ...]


def explained(
    model: DocumentModel, writer: Writer, placing: Placing
) -> tuple[ExplainedStatement, ...]:
    """Return each statement of *model* explained; *placing* knows the lines of files."""
    sources = list(dict.fromkeys(s for one in model.statements for s in one.sources))
    places = placing(tuple(Problem("", one.file, one.key, "") for one in sources))
    told = {one: _told(one, place) for one, place in zip(sources, places, strict=True)}
    return tuple(
        ExplainedStatement(
            one.id,
            one.item,
            one.kind,
            text_of(writer.statement(one)),
            tuple(told[source] for source in one.sources),
            one.claims,
        )
        for one in model.statements
    )


def _told(source: StatementSource, place: Problem) -> str:
    where = f"{place.file}:{place.line}" if place.line else place.file
    cite = f" ({source.citation}; {source.confidence})" if source.citation else ""
    return f"{where}: {source.key}{cite}"
