"""Carry values between a column and our records: keys, conditions, identities. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import Column as SqlColumn
from sqlalchemy import ColumnElement, and_

from privacykit.connectors.moments import EARLIEST_SECOND, LATEST_SECOND, is_dated, period_of
from privacykit.connectors.sql.catalogue.reflect import KIND

SAMPLED = 50
"""Values among which a column's way to write a time is looked for."""

DATE_LENGTH = len("2024-05-17")
_DATED = {len("2024"): "____", len("2024-05"): "____-__"}
_DAY = "____-__-__%"
_FIRST = "0001-01-01"
"""What is before it stands for no date: ``-infinity``, ``0000-00-00``."""

_WHOLE = 2**63

_TIME = r"(?: [0-9:.+-]{1,40})?"
_BEYOND = re.compile(
    rf"-?infinity|\d{{5,7}}-\d\d-\d\d{_TIME}|\d{{4,7}}-\d\d-\d\d{_TIME} BC"
    rf"|0000-\d\d-\d\d{_TIME}|\d{{4}}-(?:00-\d\d|\d\d-00){_TIME}",
    re.ASCII,
)
"""Days as PostgreSQL and MariaDB write them, of which Python has none: their own text is kept."""

PLAIN = (int, float, str, bytes, bool, type(None))


class Unfit(Exception):  # noqa: N818 - caught at once, never seen
    """The text can be no value of the column, so no row matches."""


def plain(value: Any) -> Any:  # noqa: ANN401 - a column's value
    """Return *value* as JSON and MessagePack know it; what they do not know becomes text."""
    if isinstance(value, PLAIN):
        # A driver's own kind of text (bits of PostgreSQL) is text.
        return str(value) if isinstance(value, str) else value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return bytes(value) if isinstance(value, memoryview | bytearray) else str(value)


def shape_among(found: Sequence[Any]) -> Any:  # noqa: ANN401 - a column's value
    """Return how a column writes a time; whole days before years, which may be other numbers."""
    return max((one for one in found if period_of(one)), key=is_dated, default=None)


class ColumnConverter:
    """
    Puts plain values into the shape a column compares.

    SQLite has no type for times: what stands in the first row is taken for the column's shape.
    """

    def __init__(self, sample: Callable[[SqlColumn[Any]], Any]) -> None:
        self._sample = sample
        self._samples: dict[SqlColumn[Any], Any] = {}

    def __call__(self, column: SqlColumn[Any], value: Any) -> Any:  # noqa: ANN401
        """
        Return *value* as *column* compares it.

        Args:
            column: The reflected column.
            value: A plain value; text for a number column is read as a number, ISO 8601 or Unix
                seconds for a time.

        Raises:
            Unfit: It cannot be a value of the column.
        """
        if value is None or isinstance(value, bytes):
            return value
        kind = column.info.get(KIND, "other")
        try:
            if kind in {"time", "date"} and _raw(column):
                return self._raw_time(column, value)
            return _FIT.get(kind, _other)(column, value)
        except (ValueError, TypeError, InvalidOperation, OverflowError):
            raise Unfit from None

    def rows(
        self, columns: Sequence[SqlColumn[Any]], rows: Sequence[Sequence[Any]]
    ) -> list[tuple[Any, ...]]:
        """Return *rows* as *columns* compare them, without those that can be none of theirs."""
        if all(column.info.get(KIND) == "int" for column in columns):
            # Keys are numbers mostly, and many: what needs no look is not looked at one by one.
            cells = list(chain.from_iterable(rows))
            if all(type(cell) is int and -_WHOLE <= cell < _WHOLE for cell in cells):
                return list(map(tuple, rows))
        found = []
        for row in rows:
            with suppress(Unfit):
                found.append(tuple(map(self._cell, columns, row)))
        return found

    def _cell(self, column: SqlColumn[Any], value: Any) -> Any:  # noqa: ANN401
        """Return a *value* of a key: a time that stands in SQLite is compared as it stands."""
        is_time = column.info.get(KIND) in {"time", "date"}
        return value if is_time and _raw(column) else self(column, value)

    def moment(self, column: SqlColumn[Any], at: float) -> Any:  # noqa: ANN401
        """
        Return the moment *at*, Unix seconds, as *column* compares it, whatever its type.

        Numbers are seconds or milliseconds, texts as long as the first row's.
        """
        if column.info.get(KIND) in {"time", "date"} and not _raw(column):
            return self(column, at)
        return self._raw_time(column, at)

    def dated(
        self, column: SqlColumn[Any], rows: ColumnElement[Any] | None = None
    ) -> ColumnElement[bool]:
        """
        Say that a row has a date in *column*, so that it can be compared with a moment.

        What is none (empty, ``01.12.2026``) would sort somewhere all the same.

        Args:
            column: The reflected column.
            rows: The same of an alias.
        """
        place = column if rows is None else rows
        kind = column.info.get(KIND)
        if kind in {"time", "date"} and not _raw(column):
            return and_(place >= self(column, _FIRST))
        sample = self._shape(column)
        if kind in {"int", "float"} or isinstance(sample, int | float):
            return and_(place >= EARLIEST_SECOND)
        shape = _DATED.get(len(sample), _DAY) if isinstance(sample, str) else _DAY
        return and_(place.like(shape), place >= _FIRST[:4])

    def _shape(self, column: SqlColumn[Any]) -> Any:  # noqa: ANN401
        if column not in self._samples:
            self._samples[column] = self._sample(column)
        return self._samples[column]

    def _raw_time(self, column: SqlColumn[Any], value: Any) -> Any:  # noqa: ANN401
        sample, moment = self._shape(column), _instant(value)
        if isinstance(sample, int | float):
            return moment.timestamp() * (1000 if sample > LATEST_SECOND else 1)
        text = moment.astimezone(UTC).isoformat(timespec="seconds").removesuffix("+00:00")
        shape = sample if isinstance(sample, str) else "2024-05-17 10:11:12"
        return text[: len(shape)].replace("T", shape[DATE_LENGTH : DATE_LENGTH + 1])


def _instant(value: Any) -> datetime:  # noqa: ANN401
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _number(column: SqlColumn[Any], value: Any) -> Any:  # noqa: ANN401
    number = value if isinstance(value, int) else Decimal(str(value))
    whole = _raw(column) or column.info.get(KIND) == "int"
    # No such column holds more, and drivers refuse what 64 bits do not.
    if whole and not -_WHOLE <= number < (2 if _unsigned(column) else 1) * _WHOLE:
        raise OverflowError
    if isinstance(number, int):
        return number
    if abs(number) < 2**64 and number == number.to_integral_value():
        return int(number)
    return float(number) if _raw(column) else number


def _unsigned(column: SqlColumn[Any]) -> bool:
    return bool(getattr(column.type, "unsigned", False))  # MariaDB's types only


def _moment(column: SqlColumn[Any], value: Any) -> datetime | str:  # noqa: ANN401
    if _is_beyond(value):
        return str(value)
    moment = _instant(value)
    # A column without zone is taken for UTC.
    zoned = getattr(column.type, "timezone", False)
    return moment if zoned else moment.astimezone(UTC).replace(tzinfo=None)


def _day(_: SqlColumn[Any], value: Any) -> date | str:  # noqa: ANN401
    return str(value) if _is_beyond(value) else _instant(value).date()


def _is_beyond(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, str) and _BEYOND.fullmatch(value) is not None


def _other(column: SqlColumn[Any], value: Any) -> Any:  # noqa: ANN401
    try:
        wanted = column.type.python_type
    except NotImplementedError:
        return value
    if wanted is list:
        return _list(column, value)
    return UUID(str(value)) if wanted is UUID else value


def _list(column: SqlColumn[Any], value: Any) -> list[Any]:  # noqa: ANN401
    """
    Return a list, or one written as JSON, of values of what the column is an array of.

    Raises:
        Unfit: It is none.
    """
    found = json.loads(value) if isinstance(value, str) else value
    kind = getattr(column.type, "item_type", column.type).python_type
    if not isinstance(found, list) or kind not in _ITEMS:
        raise Unfit
    if not all(type(item) in _ITEMS[kind] for item in found if item is not None):
        raise Unfit
    return [item if item is None or kind is type(item) else kind(item) for item in found]


_ITEMS: dict[type, frozenset[type]] = {
    str: frozenset({str}),
    int: frozenset({int}),
    float: frozenset({int, float}),
    Decimal: frozenset({int}),
    bool: frozenset({bool}),
    UUID: frozenset({str}),
}
"""What an array is of, and as what JSON has it; a fraction of JSON is no exact one."""


def _text(_: SqlColumn[Any], value: Any) -> str:  # noqa: ANN401
    return str(value)


def _raw(column: SqlColumn[Any]) -> bool:
    return column.type.__class__.__name__ == "NullType"


_FIT: dict[str, Callable[[SqlColumn[Any], Any], Any]] = {
    "int": _number,
    "float": _number,
    "time": _moment,
    "date": _day,
    "text": _text,
}
