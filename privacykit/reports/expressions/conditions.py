"""Conditions as expressions over the report table. Pure."""

from __future__ import annotations

from functools import reduce
from typing import Any

from privacykit.reports.conditions import Clauses, Condition


def holds(events: Any, clauses: Clauses) -> Any:
    """Return whether each of *events* fulfils *clauses*."""
    each = (
        reduce(lambda one, other: one | other, (condition(events, it) for it in clause))
        for clause in clauses
    )
    return reduce(lambda one, other: one & other, each)


def condition(events: Any, one: Condition) -> Any:
    """Return whether each of *events* fulfils *one*; what an event does not tell is empty."""
    column = events[one.field]
    if one.op[0] in "<>":
        number = column if one.field == "value" else column.try_cast("int64")
        limit = int(one.value)
        found = {
            "<": number < limit,
            "<=": number <= limit,
            ">": number > limit,
            ">=": number >= limit,
        }[one.op]
        return found.fill_null(False)
    text = column.cast("string").fill_null("")
    found = {
        "=": text == one.value,
        "=@": text.contains(one.value),
        "=^": text.startswith(one.value),
        "=$": text.endswith(one.value),
    }["=" + one.op[1:].removeprefix("=")]
    return ~found if one.is_negative else found
