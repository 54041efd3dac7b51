"""A report as CSV: RFC 4180, a row for each figure's row, hidden figures told as such. Pure."""

from __future__ import annotations

import csv
import io
from typing import Any

from msgspec import UNSET

from privacykit.personal.cells import neutral
from privacykit.reports.result import Report


def text(report: Report) -> str:
    """
    Return *report* as CSV with a header, tables one below the other.

    A hidden figure is an empty cell whose column's name stands in the column ``hidden``; an empty
    cell that is not named there does not apply. Text that a spreadsheet would run begins with an
    apostrophe. Where figures were kept, a last column says when.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    keys: list[str] = []
    for table in (table for one in report.sets for table in one.tables):
        keys += [column.key for column in table.columns if column.key not in keys]
    kept = ["kept"] if any(one.kept is not UNSET for one in report.periods) else []
    writer.writerow(["period", "segment", "table", *keys, "hidden", *kept])
    for one in report.sets:
        period = report.periods[one.period]
        for table in one.tables:
            for row in table.rows:
                told = dict(zip((column.key for column in table.columns), row, strict=True))
                hidden = " ".join(key for key, value in told.items() if value is None)
                cells = [_cell(told.get(key, "")) for key in keys]
                days = f"{period.start}/{period.end}"
                when = [period.kept or ""] if kept else []
                writer.writerow([days, _cell(one.segment or ""), table.key, *cells, hidden, *when])
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return neutral(value) if isinstance(value, str) else str(value)
