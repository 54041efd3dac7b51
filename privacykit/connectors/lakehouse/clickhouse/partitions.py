"""Partitions of a table of ClickHouse in which every row is over, and stays so. Pure."""

# ruff: noqa: S608 - names are quoted, and no value stands in a statement

from __future__ import annotations

import re
from collections.abc import Sequence

from privacykit.connectors.lakehouse.clickhouse.columns import ClickHouseColumn, literal, quoted
from privacykit.connectors.lakehouse.clickhouse.types import MOMENTS, parsed
from privacykit.connectors.lakehouse.tables import DroppablePart
from privacykit.connectors.moments import moment_of, period_end

_PERIODS = re.compile(
    r"(?P<of>toYear|toYYYYMM|toYYYYMMDD|toMonday|toDate|toDate32|toStartOf(?:Year|Quarter|Month|Day))"
    r"\((?P<column>[^()]+)\)"
)


def period_of(partition_key: str, column: str) -> str | None:
    """
    Return what of *partition_key* grows with *column*: what it is called with, or empty for bare.

    Args:
        partition_key: As the server tells it.
        column: The name of the column.

    Returns:
        The name of a function; the empty text where the column itself is there; ``None`` where a
        partition may get rows of any time.
    """
    inner = partition_key.removeprefix("tuple")
    parts = parsed(f"x{inner}").parts if inner.startswith("(") else (partition_key,)
    for part in parts:
        found = _PERIODS.fullmatch(part)
        if part in {column, quoted(column)}:
            return ""
        if found and found["column"] in {column, quoted(column)}:
            return found["of"]
    return None


def parts_query(table: str, column: ClickHouseColumn, period: str, before: str) -> str | None:
    """
    Return the query for id, rows and, of a text, the period of each partition that may be over.

    A partition is over where no row of it is as late as *before*, and none that came could be:
    the period of *before* is a later one.

    Args:
        table: Its name.
        column: What tells when a row's time is.
        period: As :func:`period_of` says.
        before: ISO 8601.
    """
    name = quoted(column.name)
    start = f"SELECT _partition_id, count(), toString(any({column.read})) FROM {quoted(table)}"
    whole = f" GROUP BY _partition_id HAVING countIf(isNull({name})) = 0"
    limit = moment_of(before)
    if limit is None:
        return None
    if column.sought == "text" and not period:
        return f"{start}{whole}"
    if column.kind.bare.name not in MOMENTS:
        return None
    moment = f"fromUnixTimestamp64Micro({round(limit * 1_000_000)}, 'UTC')"
    cutoff = f"CAST({moment}, {literal(column.kind.bare.text)})"
    return (
        f"{start}{whole} AND max({name}) < {moment} AND max({period}({name})) < {period}({cutoff})"
    )


def over(found: Sequence[Sequence[object]], *, text: bool, before: str) -> list[DroppablePart]:
    """
    Return those partitions of :func:`parts_query` that are over.

    Args:
        found: Its rows.
        text: Whether the period is a text, a year, month or day.
        before: ISO 8601.
    """
    limit = moment_of(before)
    parts = []
    for part, rows, period in found:
        end = period_end(str(period)) if text else None
        if not text or (end is not None and limit is not None and end <= limit):
            parts.append(DroppablePart(str(part), int(str(rows))))
    return sorted(parts)
