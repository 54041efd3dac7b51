"""The queries over a DuckDB table. Pure. Values are joined with and stand in no statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from privacykit.connectors.lakehouse.duckdb.columns import ReadColumn
from privacykit.connectors.lakehouse.duckdb.file import quoted
from privacykit.connectors.lakehouse.rows.columns import own_prefix
from privacykit.connectors.lakehouse.rows.sought import SoughtValues, Wanted

SOUGHT = "privacykit_sought_"
"""What the names of the tables begin with that values are looked for by."""


def rows_query(table: str, columns: Sequence[ReadColumn]) -> str:
    """
    Return the query for every row: its number first, then its columns.

    Args:
        table: As SQL takes it.
        columns: How its columns are read.
    """
    names = [column.name for column in columns]
    number, rowid = f"{own_prefix(names)}row", "NULL" if hides_numbers(names) else "rowid"
    read = "".join(f", {column.read} AS {quoted(column.name)}" for column in columns)
    return f"SELECT {rowid} AS {number}{read} FROM {table}"  # noqa: S608 - names are quoted


def hides_numbers(columns: Sequence[str]) -> bool:
    """Say whether a column of the table's own hides the numbers of its rows."""
    return any(column.lower() == "rowid" for column in columns)


def condition_of(wanted: Wanted, columns: Sequence[ReadColumn]) -> tuple[str, dict[str, Any]]:
    """
    Return the condition that no row fails which *wanted* fits, empty for none, and its tables.

    Args:
        wanted: What is looked for.
        columns: How the columns of the table are read.

    Returns:
        SQL, and by their names the Arrow tables that it joins with.
    """
    known = {column.name: column for column in columns}
    parts, tables = [], dict[str, Any]()
    for number, one in enumerate(wanted or ()):
        column = known.get(one.column)
        if column is None or not column.sought or one.texts is None:
            return "", {}
        name = f"{SOUGHT}{number}"
        parts.append(_fits(one, column, name))
        tables[name] = _values(one)
    return (f" WHERE {' OR '.join(parts)}" if parts else ""), tables


def _fits(one: SoughtValues, column: ReadColumn, name: str) -> str:
    if column.sought == "int":
        among = f"(SELECT TRY_CAST(value AS {column.kind}) FROM {name})"  # noqa: S608 - ours
        return f"{column.read} IN {among}"
    among = f"(SELECT value FROM {name})"  # noqa: S608 - ours
    if not one.folded:
        return f"{column.read} IN {among}"
    # Beyond ASCII, lower case is not the same everywhere: those rows are looked at.
    beyond = f"strlen({column.read}) <> length({column.read})"
    return f"lower({column.read}) IN {among} OR {beyond}"


def _values(one: SoughtValues) -> Any:  # noqa: ANN401 - of Arrow
    import pyarrow as pa

    texts = {text.lower() for text in one.texts or ()} if one.folded else one.texts or ()
    return pa.table({"value": pa.array(sorted(texts), pa.string())})
