"""The chart of a table with two names a figure, like cohorts: a field of shaded cells. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from privacykit.reports.output.charts.scale import drawn, largest, text_columns, worth
from privacykit.reports.output.charts.svg import (
    LETTER,
    LINE,
    WIDTH,
    ChartData,
    box,
    drawing,
    element,
    shortened,
    text,
)
from privacykit.reports.output.numbers_text import figure
from privacykit.reports.result import ReportColumn, ReportTable

LABELS: Final = 150
CELL: Final = 30
SHADES: Final = 5
FEWEST: Final = 4
"""Columns that are worth a field; fewer are bars, but for those that are later and later."""
LATER: Final = "after_"
"""Begins the names of columns that are later and later, as those of cohorts are."""
MOST: Final = 14
"""Columns, and rows of pairs, that there is room for."""
MOST_ROWS: Final = 40


def is_field(table: ReportTable) -> bool:
    """Tell whether *table* has one name a row and several figures of one kind and nothing else."""
    numbers = table.columns[text_columns(table) :]
    fewest = 1 if any(column.key.startswith(LATER) for column in numbers) else FEWEST
    return (
        text_columns(table) == 1
        and fewest <= len(drawn(table)) == len(numbers) <= MOST
        and len(table.rows) <= MOST_ROWS
    )


def is_pairs(table: ReportTable) -> bool:
    """Tell whether *table* has two names a row, few enough of each."""
    return text_columns(table) == 2 and all(  # noqa: PLR2004 - a pair
        len({row[place] for row in table.rows}) <= MOST for place in (0, 1)
    )


def draw_field(data: ChartData) -> Markup:
    """Return the chart of a table that is a field."""
    table = data.tables[0]
    columns = drawn(table)
    cells = {
        (str(row[0]), column.label): row[place] for row in table.rows for place, column in columns
    }
    down = [str(row[0]) for row in table.rows]
    return _draw(data, down, [column.label for _, column in columns], cells, columns[0][1])


def draw_pairs(data: ChartData) -> Markup:
    """Return the chart of a table of pairs: the first name down, the second across."""
    table = data.tables[0]
    place, column = drawn(table)[0]
    cells = {(str(row[0]), str(row[1])): row[place] for row in table.rows}
    down = list(dict.fromkeys(one for one, _ in cells))
    across = list(dict.fromkeys(one for _, one in cells))
    return _draw(data, down, across, cells, column)


def _draw(
    data: ChartData,
    down: Sequence[str],
    across: Sequence[str],
    cells: Mapping[tuple[str, str], Any],
    column: ReportColumn,
) -> Markup:
    wide = (WIDTH - LABELS) / len(across)
    upright = max(map(len, across)) * LETTER > wide - 4
    top = LINE + (130.0 if upright else 24.0)
    most = largest(cells.values())
    parts = [text(0, 14, data.periods[0], class_="small")]
    parts += [
        _head(name, LABELS + wide * (at + 0.5), top, upright) for at, name in enumerate(across)
    ]
    for line, name in enumerate(down):
        y = top + CELL * line
        words = shortened(name, LABELS - 10)
        parts.append(text(LABELS - 8, y + 20, words, class_="small end"))
        for at, other in enumerate(across):
            value = cells.get((name, other), "")
            if value != "":
                parts += _cell(LABELS + wide * at, y, wide, value, column, most)
    caption = f"{data.tables[0].caption} ({data.periods[0]})"
    about = f"{len(down)} rows and {len(across)} columns; darker is more. Figures are in the table."
    return drawing(data, top + CELL * len(down) + 6, caption, about, *parts)


def _head(name: str, x: float, top: float, upright: bool) -> Markup:
    if not upright:
        return text(x, top - 8, name, class_="small middle")
    turned = f"rotate(-90 {x + 4:.1f} {top - 8:.1f})"
    return text(x + 4, top - 8, shortened(name, 116), class_="small", transform=turned)


def _cell(
    x: float, y: float, wide: float, value: Any, column: ReportColumn, most: float
) -> list[Markup]:
    told = figure(value, column)
    fitting = "tight" if len(told) * LETTER > wide - 4 else "small"
    if value is None:
        kind, ink = "unseen", fitting
    else:
        shade = min(int(SHADES * max(worth(value), 0) / most), SHADES - 1)
        kind, ink = f"shade-{shade}", f"{fitting} on-{shade}"
    return [
        box(x + 1, y + 1, wide - 2, CELL - 2, kind),
        element("text", told, x=x + wide / 2, y=y + 19, class_=f"{ink} middle"),
    ]
