"""
Deletion vectors of a Delta table: rows that are masked and stand in their files still. Reads them.

Spark, Databricks and Trino write them; `deltalake` reads them, and can write no file without what
they mask. So a table with some is shown as they say, and neither changed nor claimed as erased.
"""

from __future__ import annotations

from typing import Any

from privacykit.errors import StoreError

VECTORS = "has deletion vectors; run REORG TABLE … APPLY (PURGE) where they were written (PK383)"


def has_vectors(table: Any, name: str) -> bool:  # noqa: ANN401 - of deltalake
    """
    Say whether a file of *table* has a deletion vector.

    Raises:
        StoreError: One cannot be read.
    """
    return any(batch.num_rows for batch in _read(table, name))


def rows_shown(table: Any, name: str) -> int:  # noqa: ANN401 - of deltalake
    """
    Return the rows of *table*; its log counts those that are masked, too.

    Raises:
        StoreError: A deletion vector cannot be read.
    """
    masked: int = sum(
        kept.count(False) for batch in _read(table, name) for kept in batch.column(1).to_pylist()
    )
    return int(table.count()) - masked


def _read(table: Any, name: str) -> list[Any]:  # noqa: ANN401 - of deltalake, of Arrow
    import deltalake
    import pyarrow as pa

    try:
        return list(pa.RecordBatchReader.from_stream(table.deletion_vectors()))
    except (deltalake.exceptions.DeltaError, pa.ArrowException, OSError, ValueError) as error:
        words = f"a deletion vector of the Delta table {name} cannot be read"
        raise StoreError(f"{words}: {type(error).__name__} (PK383)") from None
