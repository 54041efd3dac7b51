"""Numbers of tables as lengths: what a figure is worth, and a round number above all. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from privacykit.reports.result import ReportColumn, ReportTable

_ROUND: Final = (1, 2, 5, 10)


def worth(value: Any) -> float:
    """Return what *value* of a table is as a number; what is hidden or does not apply is 0."""
    return 0.0 if value is None or value == "" else float(Decimal(str(value)))


def largest(values: Iterable[Any]) -> float:
    """Return the largest number of *values*, 1 at least where there is none."""
    return max((worth(value) for value in values), default=0) or 1.0


def round_above(number: float) -> float:
    """Return the next number that is 1, 2 or 5 and noughts."""
    step = 1.0
    while step * 10 <= number:
        step *= 10
    while step > number:
        step /= 10
    return next((step * one for one in _ROUND if step * one >= number), step * 10)


def text_columns(table: ReportTable) -> int:
    """Return how many columns name a row of *table*: the text ones that it begins with."""
    kinds = [column.kind == "text" for column in table.columns]
    return kinds.index(False) if False in kinds else len(kinds)


def drawn(table: ReportTable) -> list[tuple[int, ReportColumn]]:
    """Return the columns of *table* that have figures of the kind of the first one."""
    numbers = [
        (place, column)
        for place, column in enumerate(table.columns)
        if place >= text_columns(table) and column.kind != "text"
    ]
    return [one for one in numbers if one[1].kind == numbers[0][1].kind]
