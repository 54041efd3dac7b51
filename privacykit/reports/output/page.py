"""
A report as one page that needs nothing else. Writes a file.

A part for everybody and for each segment: a sentence, and a chart and a table of the same figures,
of one period or of two side by side. The same report is the same bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
from markupsafe import Markup

from privacykit.errors import BackendError
from privacykit.private_files import replacing
from privacykit.reports.output.charts.choosing import charts
from privacykit.reports.output.charts.svg import ChartData
from privacykit.reports.output.html import page_text
from privacykit.reports.output.numbers_text import printable
from privacykit.reports.output.sentence import left_out, sentence, units
from privacykit.reports.result import DataSet, Report, ReportTable

IDS: Final = {
    "daily": "end at midnight: who comes on two days is counted on both",
    "consented": "last as long as the consent",
    "mixed": "some end at midnight, some last as long as the consent",
}


class PagePart(msgspec.Struct, frozen=True):
    """
    A table with its charts, of each period that has it.

    Attributes:
        caption: What it shows.
        charts: SVG.
        tables: The figures.
        periods: The period of each table.
    """

    caption: str
    charts: list[Markup]
    tables: tuple[ReportTable, ...]
    periods: tuple[str, ...]


class PageSection(msgspec.Struct, frozen=True):
    """
    All of everybody, or of one segment.

    Attributes:
        name: Whose.
        sentence: What was found.
        hidden: What is not shown, a sentence for each period.
        parts: Tables with their charts.
    """

    name: str
    sentence: str
    hidden: list[str]
    parts: list[PagePart]


def text(report: Report, *, above: Markup | None = None, form: bool = False) -> str:
    """
    Return *report* as HTML.

    Args:
        report: The report.
        above: What stands before it, where a server shows it.
        form: Whether a form is in that.
    """
    return page_text(
        "report.html",
        form=form,
        report=report,
        title=heading(report),
        above=above or "",
        periods=period_names(report),
        units=units(report),
        ids=IDS[report.ids],
        sections=list(_sections(report)),
    )


def heading(report: Report) -> str:
    """Return what a page of *report* is called."""
    kind = report.report.replace("_", " ").capitalize()
    title = printable(report.title)
    return title if title.lower().startswith(kind.lower()) else f"{kind}: {title}"


def period_names(report: Report) -> list[str]:
    """Return what the periods of *report* are called."""
    return [
        one.start if one.start == one.end else f"{one.start} to {one.end}" for one in report.periods
    ]


def write(report: Report, path: str) -> None:
    """
    Write *report* to *path*, instead of what is there.

    Raises:
        BackendError: It cannot be written.
    """
    try:
        with replacing(Path(path)) as file:
            file.write(text(report).encode())
    except OSError as error:
        raise BackendError(f"cannot write {path}: {error.strerror}") from None


def _sections(report: Report) -> list[PageSection]:
    names = list(dict.fromkeys(one.segment for one in report.sets))
    return [
        _section(report, number, [one for one in report.sets if one.segment == name])
        for number, name in enumerate(names, 1)
    ]


def _section(report: Report, number: int, sets: list[DataSet]) -> PageSection:
    periods = period_names(report)
    name = "Everybody" if sets[0].segment is None else printable(sets[0].segment)
    keys = list(dict.fromkeys(table.key for one in sets for table in one.tables))
    told = [
        " ".join(left_out(report, one, f" from {periods[one.period]}" if periods[1:] else ""))
        for one in sets
    ]
    hidden = [text for text in told if text]
    parts = [_part(f"{number}-{place}", key, sets, periods) for place, key in enumerate(keys, 1)]
    return PageSection(name, _said(report, sets), hidden, parts)


def _said(report: Report, sets: list[DataSet]) -> str:
    first, *before = [sentence(report, one) for one in sets]
    told = (f"In the period before: {one[0].lower()}{one[1:]}" for one in before if one)
    return " ".join([first, *told])


def _part(name: str, key: str, sets: list[DataSet], periods: list[str]) -> PagePart:
    found = [(one.period, table) for one in sets for table in one.tables if table.key == key]
    tables = tuple(table for _, table in found)
    when = tuple(periods[period] for period, _ in found)
    return PagePart(tables[0].caption, charts(ChartData(name, tables, when)), tables, when)
