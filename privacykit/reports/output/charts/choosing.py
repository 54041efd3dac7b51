"""The choice of a chart by what a table holds, so that a new kind of report has one too. Pure."""

from __future__ import annotations

from markupsafe import Markup
from msgspec import structs

from privacykit.reports.output.charts import bars, funnel, lines, matrix
from privacykit.reports.output.charts.scale import drawn, text_columns
from privacykit.reports.output.charts.svg import ChartData
from privacykit.reports.result import ReportTable


def charts(data: ChartData) -> list[Markup]:
    """
    Return the charts of a table; none where it has one row, or no figures.

    The steps of a funnel are a funnel; pairs of names, and rows of many figures of one kind, a
    field for each period; days, weeks and months a line; all else bars of its first figures. Two
    periods are one chart where their tables are alike, else each has its own or none.
    """
    if not any(_has_figures(table) for table in data.tables):
        return []
    if _alike(data) and (chart := _together(data)) is not None:
        return [chart]
    return [chart for one in _each(data) for chart in _alone(one)]


def _has_figures(table: ReportTable) -> bool:
    return bool(table.rows and text_columns(table) and drawn(table))


def _alike(data: ChartData) -> bool:
    """Return whether all tables have the names and figures of a row at the same places."""
    first = data.tables[0]
    return all(
        text_columns(table) == text_columns(first) and drawn(table) == drawn(first)
        for table in data.tables
    )


def _together(data: ChartData) -> Markup | None:
    """Return one chart of all tables, which are alike; ``None`` where each needs its own."""
    if all(_is_funnel(table) for table in data.tables) and _same_rows(data):
        return funnel.draw(data)
    if any(matrix.is_pairs(table) or matrix.is_field(table) for table in data.tables):
        return None
    if len(data.tables) == len(data.tables[0].rows) == 1:
        return None
    if all(lines.is_series(table) for table in data.tables):
        return lines.draw(data)
    return bars.draw(data)


def _alone(data: ChartData) -> list[Markup]:
    """Return the chart of one table."""
    (table,) = data.tables
    if not _has_figures(table):
        return []
    if _is_funnel(table):
        return [funnel.draw(data)]
    if len(table.rows) == 1 and not data.apart:
        return []
    if matrix.is_pairs(table):
        return [matrix.draw_pairs(data)]
    if matrix.is_field(table):
        return [matrix.draw_field(data)]
    return [lines.draw(data) if lines.is_series(table) else bars.draw(data)]


def _is_funnel(table: ReportTable) -> bool:
    named = text_columns(table) == 1
    return named and {column.key for column in table.columns} >= funnel.COLUMNS


def _same_rows(data: ChartData) -> bool:
    names = [[row[0] for row in table.rows] for table in data.tables]
    return all(one == names[0] for one in names)


def _each(data: ChartData) -> list[ChartData]:
    """Return the data of each period by itself."""
    return [
        structs.replace(
            data,
            name=f"{data.name}-{at}",
            tables=(table,),
            periods=(name,),
            apart=len(data.tables) > 1,
        )
        for at, (table, name) in enumerate(zip(data.tables, data.periods, strict=True))
    ]
