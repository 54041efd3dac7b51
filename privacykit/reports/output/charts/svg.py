"""
Elements of SVG that stand inside a page. Pure.

Whatever is put in is escaped: names of pages and channels are visitors' input.
"""

from __future__ import annotations

from typing import Final

import msgspec
from markupsafe import Markup, escape

from privacykit.reports.output.numbers_text import printable, width_of
from privacykit.reports.result import ReportTable

WIDTH: Final = 560
"""Of each chart, in units of its view box; a page makes it as wide as there is room."""
LINE: Final = 20
"""The height of a line of text."""
LETTER: Final = 7.2
"""How wide a letter is, about."""


class ChartData(msgspec.Struct, frozen=True):
    """
    What a chart is drawn of.

    Attributes:
        name: Its own on the page, for ids that are there once.
        tables: The table; of two periods that are compared, both.
        periods: What the periods are called.
        apart: Whether another period has a chart of its own, since its table is another.
    """

    name: str
    tables: tuple[ReportTable, ...]
    periods: tuple[str, ...]
    apart: bool = False


def element(name: str, *inside: str, **attributes: str | float) -> Markup:
    """
    Return an element.

    Args:
        name: Its name.
        inside: Elements, or text that is escaped.
        attributes: Lengths have one decimal; ``_`` is ``-`` and one at the end is left out.
    """
    told = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _written(value))
        for key, value in attributes.items()
    )
    content = Markup("").join(map(_steady, inside))
    return Markup("<{}{}>{}</{}>").format(name, told, content, name)


def text(x: float, y: float, *words: str, **attributes: str | float) -> Markup:
    """Return *words* at a place."""
    return element("text", *words, x=x, y=y, **attributes)


def box(x: float, y: float, width: float, height: float, class_: str) -> Markup:
    """Return a rectangle."""
    return element("rect", x=x, y=y, width=max(width, 0), height=height, class_=class_)


def drawing(
    data: ChartData, height: float, title: str, about: str, *parts: str, width: float = WIDTH
) -> Markup:
    """
    Return a whole chart.

    Args:
        data: What it was drawn of.
        height: Its height.
        title: What it shows.
        about: The same in more words, for whoever does not see it.
        parts: What is in it.
        width: Its width.
    """
    name = f"chart-{data.name}"
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", about, id=f"{name}-desc"),
        *parts,
        viewBox=f"0 0 {_written(width)} {_written(height)}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def hatch(data: ChartData, kind: str) -> Markup:
    """Return the definition of a pattern of lines; *kind* is the class of these lines."""
    line = element("path", d="M0 0V7", class_=kind)
    pattern = element(
        "pattern",
        element("rect", width=7, height=7, class_=f"{kind}-ground"),
        line,
        id=f"{kind}-{data.name}",
        width=7,
        height=7,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )
    return element("defs", pattern)


def shortened(words: str, room: float) -> str:
    """Return *words* without what would steer a reader, and no wider than *room*."""
    words, most = printable(words), int(room / LETTER)
    if width_of(words) <= most:
        return words
    while words and width_of(words) > most - 1:
        words = words[:-1]
    return f"{words}…"


def _steady(words: str) -> Markup:
    return words if isinstance(words, Markup) else escape(printable(words))


def _written(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
