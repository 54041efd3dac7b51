"""Figures as people read them: grouped digits, per cent, minutes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from unicodedata import east_asian_width

from privacykit.reports.result import CellKind, ReportColumn

NONE = "\N{EN DASH}"
"""Stands for a share of nothing."""
HIDDEN_FIGURE = "hidden"
"""
Stands for what is not shown. It may be of few people, or of many beside a few: so it is no number.
"""
_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


def figure(value: Any, column: ReportColumn) -> str:
    """Return *value* of *column* for people; a share that does not apply is a dash."""
    if value is None:
        return HIDDEN_FIGURE
    if value == "":
        return NONE if column.kind == "share" else ""
    return _WRITTEN[column.kind](value)


def _per_cent(value: str) -> str:
    return f"{(Decimal(value) * 100).quantize(Decimal('0.1'), ROUND_HALF_UP)} %"


def duration(seconds: int) -> str:
    """Return *seconds* in at most two units."""
    units = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (1, "s"))
    for place, (size, name) in enumerate(units):
        if seconds >= size:
            whole, rest = divmod(seconds, size)
            if place + 1 < len(units) and (more := rest // units[place + 1][0]):
                return f"{whole} {name} {more} {units[place + 1][1]}"
            return f"{whole} {name}"
    return "0 s"


def printable(text: str) -> str:
    """Return *text* without what would steer a terminal."""
    return "".join(one if one.isprintable() else "?" for one in text)


def width_of(text: str) -> int:
    """Return how many columns *text* takes where letters are equally wide."""
    return sum(2 if east_asian_width(one) in "WF" else 1 for one in text)


_WRITTEN: Mapping[CellKind, Callable[[Any], str]] = {
    "text": lambda value: printable(str(value)),
    "count": lambda value: f"{value:,}",
    "share": _per_cent,
    "money": lambda value: f"{Decimal(value) / 100:,.2f}",
    "credit": lambda value: f"{Decimal(str(value)):,.2f}",
    "seconds": duration,
}
