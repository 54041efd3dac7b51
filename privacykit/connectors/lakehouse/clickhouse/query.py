"""The queries over a table of ClickHouse. Pure. Values go beside a statement, never in it."""

# ruff: noqa: S608 - names are quoted, and no value stands in a statement

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from privacykit.connectors.lakehouse.clickhouse.columns import ClickHouseColumn, RowHash, quoted
from privacykit.connectors.lakehouse.rows.columns import own_prefix
from privacykit.connectors.lakehouse.rows.sought import SoughtValues, Wanted

SOUGHT = "privacykit_sought_"
"""What the names of the tables begin with that values are looked for by."""

REPLACED = "\ufffd"
"""What bytes that are no text are read as."""


class ClickHouseQuery(NamedTuple):
    """
    A query, and the tables that go with it.

    Attributes:
        condition: From ``WHERE`` on; empty for every row.
        tables: Rows of each table, by its name.
    """

    condition: str
    tables: dict[str, bytes]

    def __repr__(self) -> str:
        return "<ClickHouseQuery>"


def rows_query(table: str, columns: Sequence[ClickHouseColumn], known: RowHash) -> str:
    """
    Return the query for every row: its hash, the id of its partition, then its columns by number.

    An alias that is called like a column would take its place inside the hash.
    """
    ours = own_prefix([column.name for column in columns])
    read = "".join(f", {column.read} AS {ours}{n}" for n, column in enumerate(columns))
    start = f"{known.of(columns)} AS {ours}row, _partition_id AS {ours}part"
    return f"SELECT {start}{read} FROM {quoted(table)}"


def condition_of(wanted: Wanted, columns: Sequence[ClickHouseColumn]) -> ClickHouseQuery:
    """
    Return the condition that no row fails which *wanted* fits.

    Args:
        wanted: What is looked for.
        columns: How the columns of the table are read.
    """
    known = {column.name: column for column in columns}
    parts, tables = [], dict[str, bytes]()
    for number, one in enumerate(wanted or ()):
        column = known.get(one.column)
        if column is None or not column.sought or one.texts is None:
            return ClickHouseQuery("", {})
        name = f"{SOUGHT}{number}"
        parts.append(_fits(one, column, name))
        texts = {it.lower() for it in one.texts} if one.folded else one.texts
        tables[name] = b"".join(msgspec.json.encode({"value": it}) + b"\n" for it in sorted(texts))
    return ClickHouseQuery(f" WHERE {' OR '.join(parts)}" if parts else "", tables)


def _fits(one: SoughtValues, column: ClickHouseColumn, name: str) -> str:
    if column.sought == "int":
        number = f"accurateCastOrNull(value, '{column.kind.bare.text}')"
        return f"{quoted(column.name)} IN (SELECT {number} FROM {name})"
    among = f"(SELECT value FROM {name})"
    if not one.folded:
        strange = any(REPLACED in text for text in one.texts or ())
        return f"{column.read if strange else column.text} IN {among}"
    # Beyond ASCII, lower case is not the same everywhere: those rows are looked at.
    beyond = f"length({column.read}) != lengthUTF8({column.read})"
    return f"lower({column.read}) IN {among} OR {beyond}"
