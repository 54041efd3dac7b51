"""Rows of a DuckDB table changed by their numbers, where they are still what was read. Does I/O."""

# ruff: noqa: S608 - names are quoted, and no value stands in a statement

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from privacykit.connectors.files.record import Record, digest
from privacykit.connectors.lakehouse.duckdb.columns import ReadColumn
from privacykit.connectors.lakehouse.duckdb.file import AttachedFile, quoted
from privacykit.connectors.lakehouse.duckdb.query import rows_query
from privacykit.connectors.lakehouse.tables import Edited
from privacykit.errors import StoreError

EDITED = "privacykit_edited"
CHANGED = "rows were changed by somebody else meanwhile; run it again"


def change_rows(
    at: AttachedFile, table: str, columns: Sequence[ReadColumn], edits: Sequence[Edited]
) -> None:
    """
    Do *edits* in one transaction, on the disk when this returns.

    Args:
        at: The file, attached for writing.
        table: As SQL takes it.
        columns: How its columns are read.
        edits: The rows by their numbers.

    Raises:
        StoreError: A row is not what was read, or a new value does not fit; nothing is changed.
    """
    source, changed = _source(columns, edits)
    at.cursor.register(EDITED, source)
    at.cursor.execute("BEGIN")
    numbered = f"{rows_query(table, columns)} WHERE rowid IN (SELECT number FROM {EDITED})"
    if _known(at.cursor.sql(numbered).to_arrow_table()) != _expected(edits):
        raise StoreError(CHANGED)
    at.cursor.execute(
        f"DELETE FROM {table} WHERE rowid IN (SELECT number FROM {EDITED} WHERE gone)"
    )
    if changed:
        # A value that is not to change is not written: what was read of it may be less than it is.
        sets = ", ".join(
            f"{quoted(column.name)} = CASE WHEN s.set_{n} AND s.new_{n} IS NULL THEN NULL"
            f" WHEN s.set_{n} THEN CAST(s.new_{n} AS {column.kind})"
            f" ELSE t.{quoted(column.name)} END"
            for n, column in changed
        )
        which = f"FROM {EDITED} s WHERE t.rowid = s.number AND NOT s.gone"
        at.cursor.execute(f"UPDATE {table} AS t SET {sets} {which}")
    at.cursor.execute("COMMIT")
    at.cursor.execute(f"CHECKPOINT {at.name}")


def _source(
    columns: Sequence[ReadColumn], edits: Sequence[Edited]
) -> tuple[Any, list[tuple[int, ReadColumn]]]:
    """Return the rows to join with, an Arrow table, and the columns that change, numbered."""
    import pyarrow as pa

    olds = [row for edit in edits for row in edit.old.to_pylist()]
    news = [new for edit in edits for new in edit.new]
    numbers = [number for edit in edits for number in edit.positions]
    source = pa.table(
        {
            "number": pa.array(numbers, pa.int64()),
            "gone": pa.array([new is None for new in news], pa.bool_()),
        }
    )
    changed = []
    for n, column in enumerate(columns):
        sets = [
            new is not None and new.get(column.name) != old[column.name]
            for new, old in zip(news, olds, strict=True)
        ]
        if any(sets):
            changed.append((n, column))
            values = [
                new.get(column.name) if new and it else None
                for new, it in zip(news, sets, strict=True)
            ]
            kind = edits[0].old.schema.field(column.name).type
            source = source.append_column(f"set_{n}", pa.array(sets, pa.bool_()))
            source = source.append_column(f"new_{n}", pa.array(values, kind))
    return source, changed


def _known(rows: Any) -> dict[int, str]:  # noqa: ANN401 - of Arrow
    number, *names = rows.schema.names
    contents = rows.select(names).to_pylist()
    each = zip(rows.column(number).to_pylist(), contents, strict=True)
    return {place: digest(Record(values)) for place, values in each}


def _expected(edits: Sequence[Edited]) -> dict[int, str]:
    return {
        place: digest(Record(values))
        for edit in edits
        for place, values in zip(edit.positions, edit.old.to_pylist(), strict=True)
    }
