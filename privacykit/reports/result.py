"""
The result of a report: what was asked, the figures, and all that somebody must know to read them.

Every kind of report makes its figures into the same parts, so that each writer (terminal, JSON,
CSV, Parquet, HTML) is written once: a *document* for machines and *tables* for people. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

VERSION: Final = 1
HIDDEN: Final = None
"""Stands for a figure that is hidden, since too few people are in it."""

CellKind = Literal["text", "count", "share", "money", "seconds", "credit"]
Ids = Literal["daily", "consented", "mixed"]


class ReportColumn(msgspec.Struct, frozen=True):
    """
    A column of a table.

    Attributes:
        key: Its name for machines.
        label: Its name for people.
        kind: What it holds: ``count`` whole numbers, ``share`` fractions from 0 to 1, ``money``
            minor units, ``seconds``, ``credit`` hundredths of a conversion.
    """

    key: str
    label: str
    kind: CellKind = "count"


class ReportTable(msgspec.Struct, frozen=True):
    """
    A table of figures.

    Attributes:
        key: What it is called by machines.
        caption: What it shows, in a sentence.
        columns: Its columns; the first names the row.
        rows: A cell for each column; ``None`` is hidden, and an empty text does not
            apply, like a share of nothing; both are null in JSON.
    """

    key: str
    caption: str
    columns: tuple[ReportColumn, ...]
    rows: tuple[tuple[Any, ...], ...]


class ReportedPeriod(msgspec.Struct, frozen=True):
    """
    The days of a report, both included, and whose days they are.

    Attributes:
        start: The first day.
        end: The last day.
        timezone: Of the days.
        kept: When the figures were kept, RFC 3339 in UTC, where the events are gone.
    """

    start: str
    end: str
    timezone: str
    kept: str | UnsetType = UNSET


class Hidden(msgspec.Struct, frozen=True):
    """
    What is in no figure.

    How many groups are too small is never told: one person who did six things makes six of them.

    Attributes:
        cells: 1 where groups are left out, else 0; whoever makes it may give their number.
        share: How many of all units they are, to two decimals; ``None`` where that would tell how
            many are in none of several groups.
        conversions: How many of all conversions they are, to two decimals; ``None`` where these
            are no units of their own, or where that would tell of too few people.
    """

    cells: int
    share: str | None
    conversions: str | None = None

    def __post_init__(self) -> None:
        """Forget how many groups there are; also of figures that were kept with their number."""
        msgspec.structs.force_setattr(self, "cells", min(1, self.cells))


class DataSet(msgspec.Struct, frozen=True):
    """
    The figures of one period and one segment.

    Attributes:
        period: The place of its period in the report.
        segment: The name of its segment; ``None`` is everybody.
        document: The figures for machines; each kind of report says its members.
        tables: The figures for people.
        hidden: What is not in them.
    """

    period: int
    segment: str | None
    document: Mapping[str, Any]
    tables: tuple[ReportTable, ...]
    hidden: Hidden


class Report(msgspec.Struct, frozen=True):
    """
    A whole report.

    Attributes:
        report: Its kind: ``funnel``, ``attribution``, …
        title: What people call it.
        site: Whose events; the name of the file where they are of no site.
        unit: What is counted.
        ids: What the visitor ids allow: those of a day, those of a consent, or both.
        periods: One, or two that are compared.
        segments: The segments, as they were written.
        k: People whom every figure is at least of.
        synthetic: Whether the events were declared to be of nobody.
        policies: ``id@hash`` of all policies under which the events were made.
        sets: The figures; the first is of the first period and everybody.
        notes: What the reader must know, as sentences.
        not_available: What the ids make impossible, as codes.
        generated_at: When, RFC 3339 in UTC.
    """

    report: str
    title: str
    site: str
    unit: str
    ids: Ids
    periods: tuple[ReportedPeriod, ...]
    segments: tuple[str, ...]
    k: int
    synthetic: bool
    policies: tuple[str, ...]
    sets: tuple[DataSet, ...]
    notes: tuple[str, ...]
    not_available: tuple[str, ...]
    generated_at: str


def document(report: Report) -> dict[str, Any]:
    """
    Return *report* for machines.

    The figures of its first data set stand beside what is said of the whole; those of the others
    are under ``compared``, in the same form.
    """
    first, *others = report.sets
    return {
        "report": report.report,
        "version": VERSION,
        "title": report.title,
        "site": report.site,
        "unit": report.unit,
        "ids": report.ids,
        "periods": msgspec.to_builtins(report.periods),
        "segments": list(report.segments),
        "k": report.k,
        "rounding": "none",
        "synthetic": report.synthetic,
        "policies": list(report.policies),
        **first.document,
        "hidden": msgspec.to_builtins(first.hidden),
        "compared": [
            {
                "period": one.period,
                "segment": one.segment,
                **one.document,
                "hidden": msgspec.to_builtins(one.hidden),
            }
            for one in others
        ],
        "notes": list(report.notes),
        "not_available": list(report.not_available),
        "generated_at": report.generated_at,
    }
