"""
The rows of a merge: what goes or changes, joined by its own content. Pure.

The log of the table keeps how the two are joined, and no value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from privacykit.connectors.lakehouse.rows.columns import own_prefix
from privacykit.connectors.lakehouse.tables import Edited
from privacykit.errors import StoreError


class MergeRows(NamedTuple):
    """
    What a merge needs.

    Attributes:
        source: The rows to join with, an Arrow table, each content once: ``s``.
        joined: The predicate that joins the table ``t`` with them, by every column that it has.
        gone: The predicate of those that go; the others change.
        updates: What is written into which column, both as SQL.
    """

    source: Any
    joined: str
    gone: str
    updates: dict[str, str]


def merge_of(edits: Sequence[Edited], quote: Callable[[str], str] | None = None) -> MergeRows:
    """
    Return the merge that does *edits*.

    Args:
        edits: The rows.
        quote: Returns a column's name as SQL takes it, if that is not `deltalake`'s.

    Raises:
        StoreError: The rows have no column to be known by.
    """
    import pyarrow as pa

    old = pa.Table.from_batches([edit.old for edit in edits])
    columns = old.schema.names
    if not columns:
        raise StoreError("a row without columns cannot be found again; nothing was changed")
    news = [new for edit in edits for new in edit.new]
    rows = old.to_pylist()
    once = {repr(sorted(row.items())): number for number, row in enumerate(rows)}
    keep = sorted(once.values())
    changed = [
        column
        for column in columns
        if any(
            new is not None and new.get(column) != row[column]
            for new, row in zip(news, rows, strict=True)
        )
    ]
    named, ours = quote or quoted, own_prefix(columns)
    source = old.take(keep).append_column(f"{ours}gone", pa.array([news[n] is None for n in keep]))
    for column in changed:
        values = [rows[n][column] if news[n] is None else news[n].get(column) for n in keep]  # type: ignore[union-attr]
        kind = old.schema.field(column).type
        source = source.append_column(f"{ours}new_{column}", pa.array(values, kind))
    updates = {named(it): f"s.{named(f'{ours}new_{it}')}" for it in changed}
    joined = (f"(t.{named(it)} IS NOT DISTINCT FROM s.{named(it)})" for it in columns)
    return MergeRows(source, " AND ".join(joined), f"s.{ours}gone", updates)


def quoted(column: str) -> str:
    """Return a column's name as SQL takes it."""
    return column if column.isidentifier() and column.islower() else f'"{column}"'


def literal(value: str) -> str:
    """Return a text as SQL takes it."""
    return "'" + value.replace("'", "''") + "'"
