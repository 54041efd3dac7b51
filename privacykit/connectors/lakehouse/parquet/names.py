"""
Names of Parquet files: the table of each, and the columns that its folders give values. Pure.

``visits/month=2026-01/part-0.parquet`` is of the table ``visits``, and the month of every row of it
is 2026-01.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from privacykit.errors import StoreError

SUFFIX = ".parquet"
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


def is_data(name: str) -> bool:
    """Say whether a file is one of a table: no summary, log or hidden file."""
    hidden = any(part[:1] in {"_", "."} for part in name.split("/") if "=" not in part)
    return name.lower().endswith(SUFFIX) and not hidden


def table_of(name: str) -> str:
    """Return the table that a file is of."""
    head, slash, _ = name.partition("/")
    return head if slash else name.removesuffix(SUFFIX)


def shown(name: str) -> str:
    """Return the name of a file for a message: what a folder gives a column is left out."""
    parts = name.encode("utf-8", "replace").decode().split("/")
    return "/".join(
        f"{part.partition('=')[0]}=…" if "=" in part else "…" if "@" in part else part
        for part in parts
    )


def partition_of(name: str) -> dict[str, str | None]:
    """Return the columns that the folders in *name* give values, ``month=2026-01/`` for one."""
    found: dict[str, str | None] = {}
    for part in name.split("/")[:-1]:
        column, equals, value = part.partition("=")
        if equals and column:
            found[unquote(column)] = None if value == NO_VALUE else unquote(value)
    return found


def with_partition(schema: Any, name: str) -> Any:  # noqa: ANN401 - of Arrow
    """Return *schema* with the columns that the name of a file gives values."""
    import pyarrow as pa

    for column in partition_of(name):
        if column not in schema.names:
            schema = schema.append(pa.field(column, pa.string()))
    return schema


def whole_batch(table: Any, name: str) -> Any:  # noqa: ANN401 - of Arrow
    """Return *table* as one batch, with the columns that the name of its file gives values."""
    import pyarrow as pa

    for column, value in partition_of(name).items():
        if column not in table.schema.names:
            values = pa.array([value] * table.num_rows, pa.string())
            table = table.append_column(pa.field(column, pa.string()), values)
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)


def check_partition(part: str, news: Iterable[Mapping[str, Any] | None]) -> None:
    """
    Refuse to write a value that stands in a folder's name.

    Raises:
        StoreError: A new row has another value there.
    """
    given = partition_of(part)
    if any(new is not None and new.get(c, v) != v for new in news for c, v in given.items()):
        raise StoreError("a column that folders are named by cannot be changed in place (PK382)")
