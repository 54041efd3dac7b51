"""Row conditions as people write them: ``status = "disputed"``, ``paid_at is not null``. Pure."""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime, time
from typing import Any, cast

from privacykit.errors import InputError
from privacykit.govern.records import Operator, RowCondition

_SHAPE = re.compile(
    r"\s*(?:\"(?P<quoted>(?:[^\"]|\"\")+)\"|(?P<column>[^\W\d][\w.]*))\s*"
    r"(?:(?P<null>is\s+(?:not\s+)?null)|(?P<op>!=|<=|>=|=|<|>|in\b)\s*(?P<value>.+?))\s*",
    re.IGNORECASE | re.DOTALL,
)


def parse_condition(text: str) -> RowCondition:
    """
    Read one condition: a column, an operator, a TOML value.

    Args:
        text: ``COLUMN = VALUE`` (also ``!= < <= > >=``), ``COLUMN in [VALUE, …]``,
            ``COLUMN is null`` or ``COLUMN is not null``. A column of other characters than letters,
            digits, ``_`` and ``.`` stands in double quotes, as in SQL. Dates and times are kept as
            ISO 8601.

    Raises:
        InputError: It has another shape; the text is not quoted, for it may hold a name.
    """
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise InputError("a condition reads: column, operator, value")
    column = match["column"] or match["quoted"].replace('""', '"')
    if match["null"]:
        return RowCondition(column, cast("Operator", " ".join(match["null"].lower().split())))
    operator = cast("Operator", match["op"].lower())
    value = _value(match["value"])
    if (operator == "in") != isinstance(value, list):
        raise InputError("'in' takes a list, the other comparisons one value")
    return RowCondition(column, operator, value)


def column_words(column: str) -> str:
    """Return *column* as a condition names it."""
    plain = re.fullmatch(r"[^\W\d][\w.]*", column) is not None
    return column if plain else '"' + column.replace('"', '""') + '"'


def _value(text: str) -> Any:  # noqa: ANN401 - a constant of any TOML type
    try:
        document = tomllib.loads(f"v = {text}")
    except tomllib.TOMLDecodeError:
        raise InputError(
            "the value of a condition is written as in TOML: 'text', 3, true"
        ) from None
    if document.keys() != {"v"} or isinstance(document["v"], dict):
        raise InputError("the value of a condition is one value or a list of values")
    value = document["v"]
    return [_plain(item) for item in value] if isinstance(value, list) else _plain(value)


def _plain(value: Any) -> Any:  # noqa: ANN401 - a constant of any TOML type
    return value.isoformat() if isinstance(value, date | datetime | time) else value
