"""Conditions on a row of a file, compared as what is written there: number, time, text. Pure."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from privacykit.connectors.files.record import value_at
from privacykit.govern.records import RowCondition

_OPERATORS: dict[str, Callable[[Any, Any], object]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


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
    left, right = _comparable(value, item.value)
    try:
        return bool(_OPERATORS[item.op](left, right))
    except TypeError:
        return False


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


def instant(value: Any) -> float | None:  # noqa: ANN401 - a value
    """Return a time in Unix seconds, from seconds or ISO 8601 (UTC where it says none)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
