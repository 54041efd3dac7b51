"""
Conditions on a row of a file, compared as what is written there: number, time, text. Pure.

Law of this file: before and after a day are asked of what is a date. A text that is none is
neither, however it sorts.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from privacykit.connectors.files.record import value_at
from privacykit.connectors.moments import instant, is_dated, period_of
from privacykit.govern.records import RowCondition

_OPERATORS: dict[str, Callable[[Any, Any], object]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_IN_TIME = frozenset({"<", "<=", ">", ">="})


def meets(values: Mapping[str, Any], where: Sequence[RowCondition]) -> bool:
    """Say that a row fits every condition; what cannot be compared fits none."""
    return all(_holds(item, value_at(values, item.column)) for item in where)


def _holds(item: RowCondition, value: Any) -> bool:  # noqa: ANN401 - a value
    if item.op in {"is null", "is not null"}:
        return (value is None) is (item.op == "is null")
    if value is None:
        return False
    if item.op == "in":
        return any(_holds(RowCondition(item.column, "=", one), value) for one in item.value)
    if is_dated(item.value) and item.op in _IN_TIME:
        return _in_time(item.op, value, item.value)
    left, right = _comparable(value, item.value)
    try:
        return bool(_OPERATORS[item.op](left, right))
    except TypeError:
        return False


def _in_time(op: str, value: Any, wanted: Any) -> bool:  # noqa: ANN401 - values
    """Compare a date: one that names a day, month or year is before a moment with its end."""
    told, at = period_of(value), instant(wanted)
    if told is None or at is None:
        return False
    start, end = told
    if op in {">", ">="}:
        return start > at or (op == ">=" and start == at)
    return (end <= at if end > start else start < at) or (op == "<=" and start == at)


def _comparable(value: Any, wanted: Any) -> tuple[Any, Any]:  # noqa: ANN401 - values
    """Bring both to one type: numbers, times, else text."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return str(value).lower(), str(wanted).lower()
    try:
        return float(value), float(wanted)
    except (TypeError, ValueError):
        pass
    left, right = instant(value), instant(wanted)
    return (left, right) if left is not None and right is not None else (str(value), str(wanted))
