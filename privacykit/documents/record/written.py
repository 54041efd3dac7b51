"""The record written out: CSV, JSON, a page. Pure."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import msgspec

from privacykit.documents.facts.gather import DocumentInput
from privacykit.documents.model import DocumentModel
from privacykit.documents.notice.layout import RIGHT_TO_LEFT
from privacykit.documents.pages.view import (
    PageLine,
    PageTable,
    PageView,
    Run,
    ViewSection,
)
from privacykit.documents.pages.writer import Writer
from privacykit.documents.record.profiles import RecordTable
from privacykit.documents.record.rows import record_rows
from privacykit.personal.cells import neutral

FORMAT = "urn:privacykit:record:1"


def csv_text(table: RecordTable) -> str:
    """Return *table* as CSV (RFC 4180), every cell neutral."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(map(neutral, table.head))
    writer.writerows([neutral(cell) for cell in row] for row in table.rows)
    return out.getvalue()


def record_document(
    model: DocumentModel, given: DocumentInput, writer: Writer, role: str
) -> dict[str, Any]:
    """Return the record as JSON may hold it, all columns whatever the profile."""
    return {
        "format": FORMAT,
        "version": model.version,
        "language": writer.language,
        "role": role,
        "on_behalf_of": list(given.said.on_behalf_of) if role == "processor" else [],
        "laws": [law.family for law in model.facts.laws],
        "activities": [
            {"id": activity.id, **msgspec.structs.asdict(row)}
            for activity, row in zip(
                model.facts.activities, record_rows(model, given, writer), strict=True
            )
        ],
    }


def record_page(model: DocumentModel, table: RecordTable, writer: Writer) -> PageView:
    """Return the record as a page: one wide table."""
    title = writer.say("record_title")
    head = tuple((Run(name),) for name in table.head)
    rows = tuple(tuple((Run(cell),) if cell else () for cell in row) for row in table.rows)
    shown = PageTable(writer.say("record_activities"), head, rows)
    section = ViewSection("record", writer.say("record_activities"), (), (shown,), folded=False)
    foot = (PageLine(writer.say("version_undated", version=model.version)),)
    direction = "rtl" if writer.language in RIGHT_TO_LEFT else "ltr"
    return PageView(title, writer.language, direction, (section,), foot)
