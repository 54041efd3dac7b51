"""The chart of a table whose rows are days, weeks or months: a line. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from markupsafe import Markup

from privacykit.reports.output.charts.scale import drawn, largest, round_above, worth
from privacykit.reports.output.charts.svg import (
    LINE,
    WIDTH,
    ChartData,
    box,
    drawing,
    element,
    text,
)
from privacykit.reports.output.numbers_text import figure
from privacykit.reports.result import ReportColumn, ReportTable

LEFT: Final = 62
TOP: Final = 14
HEIGHT: Final = 170
ROOM: Final = WIDTH - LEFT - 14
MOST_DOTS: Final = 62
_TIME: Final = re.compile(r"^\d{4}-(\d\d(-\d\d)?|W\d\d)$")


def is_series(table: ReportTable) -> bool:
    """Tell whether the rows of *table* are one after the other in time."""
    return len(table.rows) > 1 and all(_TIME.match(str(row[0])) for row in table.rows)


def draw(data: ChartData) -> Markup:
    """Return a line of the first column with figures."""
    place, column = drawn(data.tables[0])[0]
    sides = [[row[place] for row in table.rows] for table in data.tables]
    top = round_above(largest(value for side in sides for value in side))
    if column.kind in {"count", "seconds"}:
        top = max(top, 1)
    parts = [*_grid(column, top)]
    for side, kind in zip(sides, ("line", "line dashed"), strict=False):
        parts += _line(side, top, kind)
    names = [str(row[0]) for row in data.tables[0].rows]
    y = float(TOP + HEIGHT + 18)
    for at in sorted({0, (len(names) - 1) // 2, len(names) - 1}):
        where = "" if 0 < at < len(names) - 1 else ("start" if at == 0 else "end")
        parts.append(text(_x(at, len(names)), y, names[at], class_=f"small {where or 'middle'}"))
    if len(sides) > 1 or data.apart:
        for kind, name in zip(("line", "line dashed"), data.periods, strict=False):
            y += LINE
            parts.append(element("path", d=f"M{LEFT} {y - 4:.1f}h30", class_=kind))
            parts.append(text(LEFT + 38, y, name, class_="small"))
    about = f"{column.label}, from {names[0]} to {names[-1]}; each figure is in the table below."
    return drawing(data, y + 8, f"{data.tables[0].caption}: {column.label}", about, *parts)


def _x(at: int, number: int) -> float:
    return LEFT + ROOM * at / max(number - 1, 1)


def _y(value: float, top: float) -> float:
    return TOP + HEIGHT - HEIGHT * value / top


def _grid(column: ReportColumn, top: float) -> Iterator[Markup]:
    whole = column.kind in {"count", "seconds", "money"}
    for part in (0, 1, 2):
        value = top * part / 2
        y = _y(value, top)
        yield element("path", d=f"M{LEFT} {y:.1f}H{WIDTH - 14}", class_="grid")
        if not whole or value == int(value):
            label = figure(int(value) if whole else str(value), column)
            yield text(LEFT - 6, y + 4, label, class_="small end")


def _line(values: list[Any], top: float, kind: str) -> Iterator[Markup]:
    number = len(values)
    places = [
        None if value is None or value == "" else (_x(at, number), _y(worth(value), top))
        for at, value in enumerate(values)
    ]
    drawn_path, before = "", None
    for place in places:
        if place is not None:
            drawn_path += f"{'L' if before else 'M'}{place[0]:.1f} {place[1]:.1f}"
        before = place
    if drawn_path:
        yield element("path", d=drawn_path, class_=kind)
    if number <= MOST_DOTS and kind == "line":
        for place in places:
            if place is not None:
                yield element("circle", cx=place[0], cy=place[1], r=2.5, class_="performed")
    yield from _gaps(values)


def _gaps(values: list[Any]) -> Iterator[Markup]:
    """Yield a dotted outline over each run of what is hidden, the first one with its name."""
    number, at, named = len(values), 0, False
    half = ROOM / max(number - 1, 1) / 2
    while at < number:
        end = at
        while end < number and values[end] is None:
            end += 1
        if end > at:
            left = max(_x(at, number) - half, LEFT)
            right = min(_x(end - 1, number) + half, LEFT + ROOM)
            yield box(left, TOP, right - left, HEIGHT, "unseen")
            if not named:
                words = figure(None, ReportColumn("", ""))
                yield text((left + right) / 2, TOP + 14, words, class_="small middle")
                named = True
        at = max(end, at + 1)
