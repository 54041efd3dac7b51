"""Carry values between a column and our records: keys, conditions, identities. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from sqlalchemy import Column as SqlColumn

from privacykit.connectors.sql.reflect import KIND

DATE_LENGTH = len("2024-05-17")
LATEST_SECOND = 100_000_000_000
"""A larger number is milliseconds: in seconds it lies in the year 5138."""

PLAIN = (int, float, str, bytes, bool, type(None))


class Unfit(Exception):  # noqa: N818 - caught at once, never seen
    """The text can be no value of the column, so no row matches."""


def plain(value: Any) -> Any:  # noqa: ANN401 - a column's value
    """Return *value* as JSON and MessagePack know it; what they do not know becomes text."""
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return bytes(value) if isinstance(value, memoryview | bytearray) else str(value)


class Fitting:
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

    def moment(self, column: SqlColumn[Any], at: float) -> Any:  # noqa: ANN401
        """
        Return the moment *at*, Unix seconds, as *column* compares it, whatever its type.

        Numbers are seconds or milliseconds, texts as long as the first row's.
        """
        if column.info.get(KIND) in {"time", "date"} and not _raw(column):
            return self(column, at)
        return self._raw_time(column, at)

    def _raw_time(self, column: SqlColumn[Any], value: Any) -> Any:  # noqa: ANN401
        if column not in self._samples:
            self._samples[column] = self._sample(column)
        sample, moment = self._samples[column], _instant(value)
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
    if isinstance(value, int):
        return value
    number = Decimal(str(value))
    if number == number.to_integral_value():
        return int(number)
    return float(number) if _raw(column) else number


def _moment(column: SqlColumn[Any], value: Any) -> datetime:  # noqa: ANN401
    moment = _instant(value)
    # A column without zone is taken for UTC.
    zoned = getattr(column.type, "timezone", False)
    return moment if zoned else moment.astimezone(UTC).replace(tzinfo=None)


def _day(_: SqlColumn[Any], value: Any) -> date:  # noqa: ANN401
    return _instant(value).date()


def _other(column: SqlColumn[Any], value: Any) -> Any:  # noqa: ANN401
    try:
        wanted = column.type.python_type
    except NotImplementedError:
        return value
    return UUID(str(value)) if wanted is UUID else value


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
