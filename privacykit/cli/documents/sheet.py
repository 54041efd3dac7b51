"""The record of processing as an XLSX file. Needs the extra ``documents``."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING

from privacykit.errors import MissingExtraError

if TYPE_CHECKING:
    from privacykit.documents.record.profiles import RecordTable

WIDE = 36
"""Characters a column is wide."""
_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""When every file says that it was made: the same record gives the same bytes."""


def sheet(table: RecordTable, name: str) -> bytes:
    """
    Return *table* as an XLSX workbook of one sheet; every cell is text, none a formula.

    Args:
        table: The record.
        name: Of the sheet.

    Raises:
        MissingExtraError: The library that writes workbooks is not installed.
    """
    try:
        from xlsxwriter import Workbook
    except ImportError:
        raise MissingExtraError("documents", "a workbook") from None
    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(out, options) as book:
        book.set_properties({"created": _ALWAYS})
        page = book.add_worksheet(name[:31])
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        page.set_column(0, len(table.head) - 1, WIDE)
        page.freeze_panes(1, 1)
        for column, text in enumerate(table.head):
            page.write_string(0, column, text, bold)
        for number, row in enumerate(table.rows, 1):
            for column, text in enumerate(row):
                page.write_string(number, column, text, wrapped)
    return out.getvalue()
