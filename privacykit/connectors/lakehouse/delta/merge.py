"""
The rows of a merge: what goes or changes, joined by its own content. Pure.

The log of the table keeps how the two are joined, and no value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from privacykit.connectors.lakehouse.tables import Edited

GONE = "privacykit_gone"
NEW = "privacykit_new_"


def source_of(edits: Sequence[Edited]) -> tuple[Any, dict[str, str]]:
    """Return the rows to join with, each content once, and what is written into which column."""
    import pyarrow as pa

    old = pa.Table.from_batches([edit.old for edit in edits])
    news = [new for edit in edits for new in edit.new]
    rows = old.to_pylist()
    once = {repr(sorted(row.items())): number for number, row in enumerate(rows)}
    keep = sorted(once.values())
    changed = [
        column
        for column in old.schema.names
        if any(
            new is not None and new.get(column) != row[column]
            for new, row in zip(news, rows, strict=True)
        )
    ]
    source = old.take(keep).append_column(GONE, pa.array([news[n] is None for n in keep]))
    for column in changed:
        values = [rows[n][column] if news[n] is None else news[n].get(column) for n in keep]  # type: ignore[union-attr]
        kind = old.schema.field(column).type
        source = source.append_column(f"{NEW}{column}", pa.array(values, kind))
    return source, {quoted(column): f"s.{quoted(NEW + column)}" for column in changed}


def quoted(column: str) -> str:
    """Return a column's name as SQL takes it."""
    return column if column.isidentifier() and column.islower() else f'"{column}"'


def literal(value: str) -> str:
    """Return a text as SQL takes it."""
    return "'" + value.replace("'", "''") + "'"


def join_of(source: Any) -> str:  # noqa: ANN401 - of Arrow
    """Return the predicate that joins the table ``t`` with *source*, ``s``, by every column."""
    columns = [name for name in source.schema.names if not name.startswith("privacykit_")]
    each = (f"(t.{quoted(it)} IS NOT DISTINCT FROM s.{quoted(it)})" for it in columns)
    return " AND ".join(each)
