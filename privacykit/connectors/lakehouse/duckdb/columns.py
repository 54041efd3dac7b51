"""
Columns of a DuckDB table, each read in a type that Arrow and Python hold exactly. Pure.

Whole numbers, texts and bytes stay what they are, inside structs and lists too, and moments in a
column of their own; of whatever else (UUID, HUGEINT, ENUM, UNION, a time of day) the text is read,
as DuckDB writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from privacykit.connectors.lakehouse.duckdb.file import quoted

WHOLE = frozenset(
    {
        *("tinyint", "smallint", "integer", "bigint"),
        *("utinyint", "usmallint", "uinteger", "ubigint"),
    }
)
_EXACT = WHOLE | {"boolean", "float", "double", "decimal", "varchar", "blob"}
_MOMENTS = {
    "date": ("DATE", "DATE"),
    "timestamp": ("TIMESTAMP", "TIMESTAMP"),
    "timestamp_s": ("TIMESTAMP", "TIMESTAMP"),
    "timestamp_ms": ("TIMESTAMP", "TIMESTAMP"),
    "timestamp_ns": ("TIMESTAMP", "TIMESTAMP"),
    "timestamp with time zone": ("TIMESTAMPTZ", "TIMESTAMPTZ"),
}
_TEXT = "VARCHAR"


class ReadColumn(NamedTuple):
    """
    A column and how it is read.

    Attributes:
        name: The column.
        kind: Its type, as DuckDB writes it.
        read: The expression that reads it.
        sought: How a value is looked for: as ``text``, as ``int``, or not at all.
    """

    name: str
    kind: str
    read: str
    sought: str


def read_columns(names: Sequence[str], kinds: Sequence[Any]) -> list[ReadColumn]:
    """
    Return how each column of a table is read.

    Args:
        names: The columns.
        kinds: Their types, of DuckDB.
    """
    return [_read(name, kind) for name, kind in zip(names, kinds, strict=True)]


def _read(name: str, kind: Any) -> ReadColumn:  # noqa: ANN401 - of DuckDB
    column, given = quoted(name), str(kind)
    if kind.id in _MOMENTS:
        # Beyond these years Python has no moments; such a row is over never.
        made, of = _MOMENTS[kind.id]
        low, high = f"{of} '0001-01-02'", f"{of} '9999-12-30'"
        cast = f"CAST({column} AS {made})"
        read = f"CASE WHEN {cast} BETWEEN {low} AND {high} THEN {cast} END"
        return ReadColumn(name, given, read, "")
    wanted = exact_type(kind)
    read = column if wanted == given else f"CAST({column} AS {wanted})"
    if kind.id in WHOLE:
        return ReadColumn(name, given, read, "int")
    return ReadColumn(name, given, read, "text" if wanted == _TEXT or kind.id == "varchar" else "")


def exact_type(kind: Any) -> str:  # noqa: ANN401 - of DuckDB
    """Return the type, as SQL, in which values of *kind* are read."""
    if kind.id in _EXACT:
        return str(kind)
    if kind.id == "struct":
        parts = (f"{quoted(name)} {exact_type(part)}" for name, part in kind.children)
        changed = any(exact_type(part) != str(part) for _, part in kind.children)
        return f"STRUCT({', '.join(parts)})" if changed else str(kind)
    if kind.id in {"list", "array"}:
        inner = dict(kind.children)
        length = inner.get("size", "")
        return f"{exact_type(inner['child'])}[{length}]"
    if kind.id == "map":
        inner = dict(kind.children)
        return f"MAP({exact_type(inner['key'])}, {exact_type(inner['value'])})"
    return _TEXT
