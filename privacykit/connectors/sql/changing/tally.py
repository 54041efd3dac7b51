"""
Count rows into groups in the transaction that deletes them. Does I/O on a connection it is lent.

What is counted is exactly what was deleted: neither twice after a crash nor not at all. Groups too
small to hide anybody are put together when a run is through.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    MetaData,
    Numeric,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)

from privacykit.connectors.moments import LATEST_SECOND
from privacykit.govern.retention.rules import Aggregate

OTHERS = "(others)"
"""Stands in every column of the group that takes the small ones."""

LENGTH = 200
_CUT = {"year": 4, "month": 7, "day": 10}
_SUM = Numeric(38, 6, asdecimal=False).with_variant(Double(), "sqlite")


def columns(tally: Aggregate | None) -> tuple[str, ...]:
    """Return the columns of the rows that are read."""
    return (*(name for name, _ in tally.by), *tally.sum) if tally else ()


def tally_table(source: Table, tally: Aggregate) -> Table:
    """Return the table that takes the counts of *source*."""
    groups = [Column(_group(name, unit), String(LENGTH), nullable=False) for name, unit in tally.by]
    sums = [Column(f"sum_{name}", _SUM, nullable=False) for name in tally.sum]
    return Table(
        tally.into,
        MetaData(schema=source.schema),
        Column("id", String(64), primary_key=True),
        *groups,
        Column("counted", BigInteger, nullable=False),
        *sums,
    )


def count(
    connection: Connection, counts: Table, tally: Aggregate, rows: Iterable[Sequence[Any]]
) -> None:
    """Add *rows*, in the order of :func:`columns`, to their groups."""
    groups: dict[tuple[str, ...], list[Any]] = {}
    for row in rows:
        units = (unit for _, unit in tally.by)
        key = tuple(_said(v, u) for v, u in zip(row[: len(tally.by)], units, strict=True))
        group = groups.setdefault(key, [0] * (1 + len(tally.sum)))
        for index, value in enumerate((1, *row[len(tally.by) :])):
            group[index] += _number(value)
    for key, added in groups.items():
        _add(connection, counts, key, added)


def fold(connection: Connection, counts: Table, tally: Aggregate) -> None:
    """Put groups of fewer rows than the minimum together."""
    named = [counts.c[_group(name, unit)] for name, unit in tally.by]
    small = (counts.c.counted < tally.minimum) & (counts.c.id != _id([OTHERS] * len(named)))
    numbers = [counts.c.counted, *(counts.c[f"sum_{name}"] for name in tally.sum)]
    added = connection.execute(select(*map(func.sum, numbers)).where(small)).one()
    if added[0]:
        connection.execute(delete(counts).where(small))
        _add(connection, counts, [OTHERS] * len(named), [_number(value) for value in added])


def _add(connection: Connection, counts: Table, key: Sequence[str], added: Sequence[float]) -> None:
    numbers = [column for column in counts.columns if column.name not in {"id", *_names(counts)}]
    more = {column.name: column + n for column, n in zip(numbers, added, strict=True)}
    this = counts.c.id == _id(key)
    if connection.execute(update(counts).where(this).values(more)).rowcount:
        return
    new = dict(zip((column.name for column in numbers), added, strict=True))
    names = dict(zip(_names(counts), key, strict=True))
    connection.execute(insert(counts).values(id=_id(key), **names, **new))


def _names(counts: Table) -> list[str]:
    return [column.name for column in counts.columns if isinstance(column.type, String)][1:]


def _group(name: str, unit: str) -> str:
    return f"{name}_{unit}" if unit else name


def _id(key: Sequence[str]) -> str:
    return sha256("\x1f".join(key).encode()).hexdigest()


def _said(value: Any, unit: str) -> str:  # noqa: ANN401 - a column's value
    if value is None:
        return ""
    if not unit:
        return str(value)[:LENGTH]
    if isinstance(value, int | float):
        value = datetime.fromtimestamp(value / (1000 if value > LATEST_SECOND else 1), UTC)
    text = value.isoformat() if isinstance(value, date) else str(value)
    return text[: _CUT[unit]]


def _number(value: Any) -> float:  # noqa: ANN401 - a column's value
    if value is None:
        return 0
    return float(value) if isinstance(value, Decimal | str) else value
