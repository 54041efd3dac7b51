"""The notice for machines: JSON without anything internal, and what changed since another. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from privacykit.documents.model import DocumentModel
from privacykit.documents.pages.view import text_of
from privacykit.documents.pages.writer import Writer
from privacykit.documents.statement import NoticeStatement
from privacykit.errors import InputError

FORMAT = "urn:privacykit:notice:1"


class NoticeChange(msgspec.Struct, frozen=True):
    """
    One statement that changed.

    Attributes:
        how: ``added``, ``removed`` or ``changed``; ``edited`` of a sentence that a page with the
            right stamp does not say.
        item: What a law calls it; empty where the old notice does not tell.
        old: What was said; empty where nothing was, or the old notice does not tell.
        new: What is said; empty where nothing is.
    """

    how: str
    item: str
    old: str = ""
    new: str = ""


def public_document(model: DocumentModel, writer: Writer) -> dict[str, Any]:
    """Return the notice as JSON may hold it: texts, clauses, marks; no key and no inner name."""
    return {
        "format": FORMAT,
        "version": model.version,
        "effective": model.effective or None,
        "language": writer.language,
        "laws": [law.family for law in model.facts.laws],
        "statements": [_public(one, writer) for one in model.statements],
    }


def old_document(text: str) -> Mapping[str, Any]:
    """
    Read a notice as :func:`public_document` wrote it.

    Raises:
        InputError: It is none.
    """
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        found = None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise InputError("PK345 the old file is no notice of ours: write one with --format json")
    listed = found.get("statements")
    if not isinstance(listed, list) or not all(map(_is_statement, listed)):
        raise InputError("PK345 the old file has no statements: write one with --format json")
    return found


def changes_between(
    old: Mapping[str, Any], model: DocumentModel, writer: Writer
) -> tuple[NoticeChange, ...]:
    """Return what differs from *old*: what was added, changed, removed, in the new order."""
    before = {one["mark"]: one for one in old["statements"]}
    found: list[NoticeChange] = []
    for statement in model.statements:
        text = text_of(writer.statement(statement))
        known = before.pop(statement.mark, None)
        if known is None:
            found.append(NoticeChange("added", statement.item, new=text))
        elif known["digest"] != statement.digest:
            found.append(NoticeChange("changed", statement.item, str(known["text"]), text))
    found += [NoticeChange("removed", one["item"], old=one["text"]) for one in before.values()]
    return tuple(found)


def changes_of_stamp(
    marks: Mapping[str, str], statements: Iterable[NoticeStatement], writer: Writer
) -> tuple[NoticeChange, ...]:
    """Return in what *statements* differ from a page of which only the marks are known."""
    left = dict(marks)
    found: list[NoticeChange] = []
    for statement in statements:
        digest = left.pop(statement.mark, None)
        if digest != statement.digest:
            how = "added" if digest is None else "changed"
            text = text_of(writer.statement(statement))
            found.append(NoticeChange(how, statement.item, new=text))
    found += [NoticeChange("removed", "") for _ in left]
    return tuple(found)


def _public(one: NoticeStatement, writer: Writer) -> dict[str, Any]:
    clauses = [source for source in one.sources if source.citation and "@" in source.file]
    return {
        "mark": one.mark,
        "digest": one.digest,
        "item": one.item,
        "kind": one.kind,
        "laws": list(one.laws),
        "text": text_of(writer.statement(one)),
        "clauses": [
            {
                "policy": source.file,
                "clause": source.key,
                "citation": source.citation,
                "confidence": source.confidence,
            }
            for source in clauses
        ],
    }


def _is_statement(value: object) -> bool:
    keys = ("mark", "digest", "item", "text")
    return isinstance(value, dict) and all(isinstance(value.get(key), str) for key in keys)
