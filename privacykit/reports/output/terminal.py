"""A report for the terminal: plain lines, columns aligned. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.reports.output.numbers_text import figure, printable, width_of
from privacykit.reports.output.sentence import left_out
from privacykit.reports.result import DataSet, Report, ReportTable


def lines(report: Report) -> Iterator[str]:
    """Yield the lines of *report*."""
    yield f"{report.report}: {printable(report.title)}"
    for one in report.sets:
        yield ""
        yield _heading(report, one)
        for table in one.tables:
            yield ""
            yield f"{table.caption}:"
            yield from _table(table)
        if told := [*left_out(report, one)]:
            yield from ("", *told)
    for note in report.notes:
        yield ""
        yield note


def _heading(report: Report, one: DataSet) -> str:
    period = report.periods[one.period]
    whose = printable(one.segment) if one.segment else "everybody"
    return f"{printable(report.site)}, {period.start} to {period.end} ({period.timezone}), {whose}"


def _table(table: ReportTable) -> Iterator[str]:
    rows = [[column.label for column in table.columns]]
    rows += [
        [figure(value, column) for value, column in zip(row, table.columns, strict=True)]
        for row in table.rows
    ]
    widths = [max(width_of(row[place]) for row in rows) for place in range(len(table.columns))]
    for row in rows:
        yield "  ".join(
            _filled(cell, width, left=column.kind == "text")
            for cell, width, column in zip(row, widths, table.columns, strict=True)
        ).rstrip()


def _filled(text: str, width: int, *, left: bool) -> str:
    space = " " * (width - width_of(text))
    return text + space if left else space + text
