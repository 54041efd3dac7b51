"""Columns of a table of ClickHouse, how each is read, and how a row is known. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from privacykit.connectors.lakehouse.clickhouse.types import (
    MOMENTS,
    WHOLE,
    ClickHouseType,
    parsed,
    read_expression,
    text_expression,
)

_NOT_TEXT = WHOLE | MOMENTS | {"Bool", "Float32", "Float64", "Decimal", "Array", "Tuple", "Map"}
_LONG = frozenset({"JSON", "Object", "Variant", "Dynamic", "AggregateFunction"})


class ClickHouseColumn(NamedTuple):
    """
    A column.

    Attributes:
        name: What it is called.
        kind: Its type.
        read: The expression that reads it.
        text: The expression that is its text, where a value is looked for by that.
        sought: How a value is looked for: as ``text``, as ``int``, or not at all.
    """

    name: str
    kind: ClickHouseType
    read: str
    text: str
    sought: str


class RowHash(NamedTuple):
    """
    What a row is known by: a hash of all that its columns store, which nobody can foresee.

    Attributes:
        low: The lower half of its key, 64 bits.
        high: The upper.
    """

    low: int
    high: int

    def of(self, columns: Sequence[ClickHouseColumn]) -> str:
        """Return the expression for a row of *columns*: 16 bytes, as they would be sent."""
        names = ", ".join(quoted(column.name) for column in columns)
        key = f"(toUInt64({self.low}), toUInt64({self.high}))"
        return f"sipHash128Keyed({key}, formatRow('RowBinary', {names}))"

    def number(self, columns: Sequence[ClickHouseColumn]) -> str:
        """Return the expression for the same as a number."""
        return f"reinterpretAsUInt128({self.of(columns)})"

    def __repr__(self) -> str:
        return "<RowHash>"


def read_columns(told: Sequence[Sequence[str]]) -> list[ClickHouseColumn]:
    """
    Return how each column of a table is read.

    Args:
        told: Name and type of each that is stored.
    """
    return [_read(name, parsed(kind)) for name, kind in told]


def _read(name: str, kind: ClickHouseType) -> ClickHouseColumn:
    column, bare = quoted(name), kind.bare.name
    read, sought = read_expression(kind, column), ""
    if bare in WHOLE:
        sought = "int"
    elif bare not in _NOT_TEXT and bare not in _LONG:
        sought = "text"
    text = column if bare == "String" else text_expression(kind, column)
    return ClickHouseColumn(name, kind, read, text, sought)


def quoted(name: str) -> str:
    """Return a name as SQL takes it."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def literal(text: str) -> str:
    """Return a text as SQL takes it: a name of a table or a period, never a value of a row."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
