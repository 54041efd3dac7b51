"""The choice of a chart by what a table holds, so that a new kind of report has one too. Pure."""

from __future__ import annotations

from markupsafe import Markup

from privacykit.reports.output.charts import bars, funnel, lines, matrix
from privacykit.reports.output.charts.scale import drawn, text_columns
from privacykit.reports.output.charts.svg import ChartData


def charts(data: ChartData) -> list[Markup]:
    """
    Return the charts of a table; none where it has one row, or no figures.

    The steps of a funnel are a funnel; pairs of names, and rows of many figures of one kind, a
    field for each period; days, weeks and months a line; all else bars of its first figures.
    """
    table = data.tables[0]
    if not drawn(table) or not text_columns(table) or not table.rows:
        return []
    if {column.key for column in table.columns} >= funnel.COLUMNS and _same_rows(data):
        return [funnel.draw(data)]
    if len(table.rows) == 1 and len(data.tables) == 1:
        return []
    return _any(data)


def _any(data: ChartData) -> list[Markup]:
    table = data.tables[0]
    if matrix.is_pairs(table):
        return [matrix.draw_pairs(each) for each in _each(data)]
    if matrix.is_field(table):
        return [matrix.draw_field(each) for each in _each(data)]
    if lines.is_series(table):
        return [lines.draw(data)]
    return [bars.draw(data)]


def _same_rows(data: ChartData) -> bool:
    names = [[row[0] for row in table.rows] for table in data.tables]
    return all(one == names[0] for one in names)


def _each(data: ChartData) -> list[ChartData]:
    """Return the data of each period by itself."""
    return [
        ChartData(f"{data.name}-{at}", (table,), (name,), data.k)
        for at, (table, name) in enumerate(zip(data.tables, data.periods, strict=True))
        if table.rows
    ]
