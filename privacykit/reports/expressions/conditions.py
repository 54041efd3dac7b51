"""Conditions as expressions over the report table. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any, Final

import ibis

from privacykit.reports.conditions import VISIT_FIELDS, Clauses, Condition

VISIT: Final = "visit"
"""What the columns of fields of whole visits begin with, for the conditions of segments."""
_NUMBERS: Final = frozenset({"value", "visits", "orders"})
_WHOLE: Final = "^-?[0-9]{1,18}$"
"""How a text writes a number; engines do not agree on what else is one."""
_BEYOND: Final = 10**18
"""Above every number."""


def holds(events: Any, clauses: Clauses) -> Any:
    """Return whether each of *events* fulfils *clauses*."""
    each = (
        reduce(lambda one, other: one | other, (condition(events, it) for it in clause))
        for clause in clauses
    )
    return reduce(lambda one, other: one & other, each)


def people_of(events: Any, each: Sequence[Clauses]) -> Any:
    """Return how many people have an event that fulfils each of *each*: ``people_0`` and so on."""
    return events.aggregate(
        **{
            f"people_{at}": events.visitor.nunique(where=holds(events, clauses))
            for at, clauses in enumerate(each)
        }
    )


def condition(events: Any, one: Condition) -> Any:
    """Return whether each of *events* fulfils *one*; what an event does not tell is empty."""
    if one.field in VISIT_FIELDS:
        column = events[visit_column(one.field)]
        return column.notnull() & _compared(column, one)
    return _compared(events[one.field], one)


def visit_column(field: str, under: str = VISIT) -> str:
    """Return the column of *field*, which is of a whole visit; empty where it cannot be known."""
    return f"{under}.{field}"


def _compared(column: Any, one: Condition) -> Any:
    if one.op[0] in "<>":
        number = column if one.field in _NUMBERS else _number(column)
        limit = min(max(int(one.value), -_BEYOND), _BEYOND)
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


def _number(text: Any) -> Any:
    """Return the whole number that *text* writes; nothing where it writes none."""
    return ibis.ifelse(text.re_search(_WHOLE), text, ibis.null("string")).cast("int64")
