"""
The chart of a funnel: a bar a step, solid what did it, hatched what skipped it. Pure.

An arrow into a bar says who came in there, one out of it who left after it, and the band below is
who went on. What is hidden is a dotted outline, never nothing. Two periods are two bars of a step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from markupsafe import Markup

from privacykit.reports.output.charts.scale import largest, worth
from privacykit.reports.output.charts.svg import (
    LINE,
    WIDTH,
    ChartData,
    box,
    drawing,
    element,
    hatch,
    shortened,
    text,
)
from privacykit.reports.output.numbers_text import figure
from privacykit.reports.result import ReportColumn

COLUMNS: Final = frozenset({"entries", "in_funnel", "performed", "skipped", "exits", "proceeded"})
"""The columns that make a table a funnel's, beside the name of the step."""
BAR: Final = 22
BAND: Final = 46
LEFT: Final = 74
"""Room for those who come in."""
ROOM: Final = WIDTH - LEFT - 96
"""Of the longest bar."""
OUTLINE: Final = 50
"""The width of what is hidden, whatever it is."""
SHARE: Final = ReportColumn("step_rate", "", "share")
COUNT: Final = ReportColumn("count", "")

Step = Mapping[str, Any]


def draw(data: ChartData) -> Markup:
    """Return the chart of a funnel's steps, of one period or two."""
    sides = [_steps(data, place) for place in range(len(data.tables))]
    most = largest(step["in_funnel"] for side in sides for step in side)
    parts = [hatch(data, "skipped"), *_legend(data)]
    height = float(LINE * (1 + len(data.tables)) + 8)
    for place, steps in enumerate(zip(*sides, strict=True)):
        last = place + 1 == len(sides[0])
        parts += _step(data, steps, height, most, last=last)
        height += LINE + (BAR + 4) * len(steps)
        height += 6 if last else _between(len(steps))
    return drawing(data, height, data.tables[0].caption, _about(data, sides), *parts)


def _between(periods: int) -> int:
    """Return how much room there is between the bars of two steps."""
    return BAND if periods == 1 else LINE * periods + 14


def _steps(data: ChartData, place: int) -> list[Step]:
    table = data.tables[place]
    keys = ["step", *(column.key for column in table.columns[1:])]
    return [dict(zip(keys, row, strict=True)) for row in table.rows]


def _legend(data: ChartData) -> Iterator[Markup]:
    at = float(LEFT)
    for kind, words in (("performed", "did it"), ("skipped", "skipped it"), ("unseen", "hidden")):
        yield _bar(data, at, 4, 18, kind, 12)
        yield text(at + 24, 15, words, class_="small")
        at += 110
    if data.apart:
        yield text(LEFT, 15 + LINE, data.periods[0], class_="small")
    elif len(data.periods) > 1:
        for place, name in enumerate(data.periods):
            words = f"{'upper' if place == 0 else 'lower'} bar: {name}"
            yield text(LEFT, 15 + LINE * (place + 1), words, class_="small")


def _step(
    data: ChartData, steps: tuple[Step, ...], top: float, most: float, *, last: bool
) -> Iterator[Markup]:
    yield text(LEFT, top + 14, shortened(str(steps[0]["step"]), ROOM), class_="strong")
    y = top + LINE
    for place, step in enumerate(steps):
        length = _length(step, most)
        yield from _entries(step, y)
        yield from _bars(data, step, y, most)
        words = _told(step["in_funnel"])
        yield text(LEFT + length + 6, y + 16, words, class_="strong" if place == 0 else "plain")
        y += BAR + 4
    if last:
        return
    if len(steps) == 1:
        yield from _band(data, steps[0], y, most)
        return
    for place, step in enumerate(steps):
        yield text(LEFT + 4, y + 14 + LINE * place, _went_on(step), class_="small")


def _length(step: Step, most: float) -> float:
    """Return how long the bar of *step* is, with the outlines of what is hidden of it."""
    outlines = [step[one] is None for one in ("performed", "skipped")]
    if step["in_funnel"] is None:
        return OUTLINE
    return ROOM * worth(step["in_funnel"]) / most + OUTLINE * sum(outlines)


def _bars(data: ChartData, step: Step, y: float, most: float) -> Iterator[Markup]:
    if step["in_funnel"] is None:
        yield _bar(data, LEFT, y, OUTLINE, "unseen")
        return
    x = float(LEFT)
    for kind in ("performed", "skipped"):
        if step[kind] is None:
            yield _bar(data, x, y, OUTLINE, "unseen")
            yield text(x + OUTLINE / 2, y + 15, _told(None), class_="small middle")
            x += OUTLINE
        elif width := ROOM * worth(step[kind]) / most:
            yield _bar(data, x, y, width, kind)
            x += width


def _bar(
    data: ChartData, x: float, y: float, width: float, kind: str, height: float = BAR
) -> Markup:
    if kind == "skipped":
        return element(
            "rect", x=x, y=y, width=width, height=height, class_="outlined",
            fill=f"url(#skipped-{data.name})",
        )  # fmt: skip
    return box(x, y, width, height, kind)


def _entries(step: Step, y: float) -> Iterator[Markup]:
    if step["entries"] == 0:
        return
    yield text(LEFT - 26, y + 16, _told(step["entries"]), class_="small end")
    yield _arrow(LEFT - 22, y + BAR / 2, LEFT - 3, y + BAR / 2)


def _band(data: ChartData, step: Step, y: float, most: float) -> Iterator[Markup]:
    wide = ROOM * worth(step["in_funnel"]) / most
    on = ROOM * worth(step["proceeded"]) / most
    if on:
        bottom = y + BAND + LINE - 4
        shape = f"M{LEFT} {y - 4:.1f}H{LEFT + wide:.1f}L{LEFT + on:.1f} {bottom:.1f}H{LEFT}Z"
        yield element("path", d=shape, class_="band")
    else:
        yield _bar(data, LEFT, y, OUTLINE, "unseen", 14) if step["proceeded"] is None else Markup()
    yield text(LEFT + 8, y + 18, _on(step), class_="small")
    if step["exits"] != 0:
        at = WIDTH - 188
        yield _arrow(at, y + 30, at + 30, y + 30)
        yield text(at + 36, y + 35, _out(step), class_="small")


def _went_on(step: Step) -> str:
    return f"{_on(step)}; {_out(step)}"


def _on(step: Step) -> str:
    share = step.get("step_rate")
    told = "" if share in {None, ""} else f" ({figure(share, SHARE)})"
    return f"{_so_many(step['proceeded'], 'went on')}{told}"


def _out(step: Step) -> str:
    return _so_many(step["exits"], "left after it")


def _so_many(value: Any, did: str) -> str:
    return f"{did}: {_told(None)}" if value is None else f"{_told(value)} {did}"


def _arrow(x: float, y: float, to_x: float, to_y: float) -> Markup:
    head = f"M{to_x - 6:.1f} {to_y - 4:.1f}L{to_x:.1f} {to_y:.1f}L{to_x - 6:.1f} {to_y + 4:.1f}"
    return element("path", d=f"M{x:.1f} {y:.1f}H{to_x:.1f}{head}", class_="arrow")


def _told(value: Any) -> str:
    return figure(value, COUNT)


def _about(data: ChartData, sides: list[list[Step]]) -> str:
    """Return the chart in words."""
    told = []
    for name, steps in zip(data.periods, sides, strict=True):
        each = "; ".join(
            f"{step['step']}: {_told(step['in_funnel'])} in the funnel, "
            f"{_told(step['performed'])} did it"
            for step in steps
        )
        told.append(f"{name}: {each}.")
    return " ".join([*told, "All figures are in the table below."])
