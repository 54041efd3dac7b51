"""
Profiles of the record: the columns of Art. 30, of the CNIL's sheet, of the ICO's template. Pure.

The CNIL's has what is the same for all activities in front; as one table it is repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import msgspec

from privacykit.documents.facts.gather import DocumentInput
from privacykit.documents.model import DocumentModel
from privacykit.documents.pages.view import text_of
from privacykit.documents.pages.writer import Writer
from privacykit.documents.record.rows import JOIN, RecordRow, labels_of, record_rows

Profile = Literal["art30", "cnil", "ico"]
ProcessingRole = Literal["controller", "processor"]

ART_30: Final = (
    ("(a)", "controller", "controller"),
    ("(b)", "purposes", "activity purposes"),
    ("(c)", "people_data", "persons data"),
    ("(d)", "recipients", "recipients"),
    ("(e)", "transfers", "transfers"),
    ("(f)", "retention", "retention"),
    ("(g)", "measures", "measures"),
)
"""GDPR Art. 30(1): its letter, our heading, the fields that fill it."""
CNIL: Final = (
    ("", "activity", "activity"),
    ("", "controller", "controller"),
    ("", "purposes", "purposes"),
    ("", "persons", "persons"),
    ("", "data", "data"),
    ("", "special", "special"),
    ("", "recipients", "recipients"),
    ("", "transfers", "transfers"),
    ("", "retention", "retention"),
    ("", "measures", "measures"),
)
"""The sheet of an activity in the CNIL's simplified register of 2019."""
ICO: Final = (
    ("", "activity", "activity"),
    ("", "controller", "controller"),
    ("", "purposes", "purposes"),
    ("", "persons", "persons"),
    ("", "data", "data"),
    ("", "special", "special"),
    ("", "identifiers", "identifiers"),
    ("", "recipients", "recipients"),
    ("", "transfers", "transfers"),
    ("", "retention", "retention"),
    ("", "measures", "measures"),
    ("", "basis", "basis"),
    ("", "interest", "interest"),
    ("", "rights", "rights"),
    ("", "automated", "automated"),
    ("", "source", "source"),
    ("", "consent", "consent"),
    ("", "location", "location"),
    ("", "dpia", "dpia"),
    ("", "breach", "breach"),
    ("", "verified", "verified"),
)
"""The ICO's template: Art. 30 and what it recommends beside."""
PROCESSOR: Final = (
    ("(a)", "processor", "controller"),
    ("(b)", "processing", "purposes"),
    ("(c)", "transfers", "transfers"),
    ("(d)", "measures", "measures"),
)
"""GDPR Art. 30(2)."""
_PROFILES: Final = {"art30": ART_30, "cnil": CNIL, "ico": ICO}


class RecordTable(msgspec.Struct, frozen=True):
    """
    The record as a table of texts.

    Attributes:
        head: The names of the columns.
        rows: As many texts a row.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def record_table(
    model: DocumentModel,
    given: DocumentInput,
    writer: Writer,
    profile: Profile = "ico",
    role: ProcessingRole = "controller",
) -> RecordTable:
    """
    Return the record in the columns of *profile*; a processor's in those of Art. 30(2).

    Args:
        model: What is said.
        given: What it is made of.
        writer: Writes it in one language.
        profile: Whose columns.
        role: As whom we keep the record; a processor has a row for each controller.
    """
    rows = record_rows(model, given, writer)
    if role == "processor":
        return RecordTable(_head(PROCESSOR, writer), _processor_rows(model, given, writer, rows))
    columns = _PROFILES[profile]
    return RecordTable(_head(columns, writer), tuple(tuple(_cells(row, columns)) for row in rows))


def _head(columns: tuple[tuple[str, str, str], ...], writer: Writer) -> tuple[str, ...]:
    return tuple(
        f"{letter} {text_of(writer.say(f'record_{name}'))}".strip() for letter, name, _ in columns
    )


def _cells(row: RecordRow, columns: tuple[tuple[str, str, str], ...]) -> list[str]:
    fields = msgspec.structs.asdict(row)
    return [
        ": ".join(text for name in names.split() if (text := str(fields[name])))
        for _, _, names in columns
    ]


def _processor_rows(
    model: DocumentModel, given: DocumentInput, writer: Writer, rows: tuple[RecordRow, ...]
) -> tuple[tuple[str, ...], ...]:
    done = text_of(writer.value(labels_of(model)))
    unsaid = text_of(writer.say("unsaid"))
    ours = rows[0].controller if rows else ""
    transfers = _once(rows, lambda row: row.transfers)
    measures = rows[0].measures if rows else ""
    return tuple(
        (f"{ours}{JOIN}{whom}", done, transfers, measures)
        for whom in given.said.on_behalf_of or [unsaid]
    )


def _once(rows: tuple[RecordRow, ...], field: Callable[[RecordRow], str]) -> str:
    parts = [part for row in rows for part in field(row).split(JOIN)]
    return JOIN.join(dict.fromkeys(parts))
