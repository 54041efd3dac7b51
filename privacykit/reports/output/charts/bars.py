"""The chart of a table with one name a row: horizontal bars, the longest names too. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from markupsafe import Markup

from privacykit.reports.output.charts.scale import drawn, largest, text_columns, worth
from privacykit.reports.output.charts.svg import (
    LINE,
    WIDTH,
    ChartData,
    box,
    drawing,
    shortened,
    text,
)
from privacykit.reports.output.numbers_text import figure
from privacykit.reports.result import ReportColumn, ReportTable

BAR: Final = 16
ROOM: Final = WIDTH - 100
"""Of the longest bar; its figure stands behind it."""
NAMES: Final = WIDTH - 70
"""Of names, which are bold and so wider than they count."""
OUTLINE: Final = 46
KINDS: Final = ("performed", "before")
"""Classes of the bars of each period."""
MOST: Final = 20
"""Rows that are drawn; the rest is in the table."""


def draw(data: ChartData) -> Markup:
    """Return bars of the first column with figures."""
    place, column = drawn(data.tables[0])[0]
    sides = [_named(table, place) for table in data.tables]
    names = list(dict.fromkeys(name for side in sides for name in side))
    most = largest(value for side in sides for value in side.values())
    parts = list(_legend(data))
    y = 4.0 + LINE * (len(sides) if len(sides) > 1 or data.apart else 0)
    for name in names[:MOST]:
        parts.append(text(0, y + 14, shortened(name, NAMES), class_="strong"))
        y += LINE
        for side, kind in zip(sides, KINDS, strict=False):
            parts += _bar(side.get(name, ""), column, y, most, kind)
            y += BAR + 3
        y += 5
    if len(names) > MOST:
        parts.append(text(0, y + 14, f"and {len(names) - MOST} more in the table", class_="small"))
        y += LINE
    about = f"{column.label}, a bar for each row, as in the table below."
    return drawing(data, y + 4, f"{data.tables[0].caption}: {column.label}", about, *parts)


def _legend(data: ChartData) -> Iterator[Markup]:
    if data.apart:
        yield text(0, 17, data.periods[0], class_="small")
    elif len(data.periods) > 1:
        names = zip(KINDS, ("upper", "lower"), data.periods, strict=True)
        for at, (kind, of, period) in enumerate(names):
            yield box(0, 6 + LINE * at, 18, 12, kind)
            yield text(26, 17 + LINE * at, f"{of}: {period}", class_="small")


def _bar(value: Any, column: ReportColumn, y: float, most: float, kind: str) -> list[Markup]:
    told = figure(value, column)
    width = float(OUTLINE) if value is None else max(ROOM * worth(value) / most, 0)
    drawn_as = "unseen" if value is None else kind
    return [box(0, y, width, BAR, drawn_as), text(width + 6, y + 13, told, class_="plain")]


def _named(table: ReportTable, place: int) -> dict[str, Any]:
    """Return the figures of a column by the name of their row."""
    names = text_columns(table)
    return {" → ".join(str(cell) for cell in row[:names]): row[place] for row in table.rows}
