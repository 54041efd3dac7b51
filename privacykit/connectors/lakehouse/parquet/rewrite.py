"""
One Parquet file written anew without some rows, or with others in their place. Pure but for reads.

Rows that stay keep their types, order and row groups; columns keep their packing, and those without
statistics or bloom filter get none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO

from privacykit.connectors.parquet_writing import written_as
from privacykit.errors import StoreError


def rewrite_parquet(
    source: BinaryIO, target: BinaryIO, edits: Mapping[int, Mapping[str, Any] | None]
) -> int:
    """
    Write *source* to *target*, changed.

    Args:
        source: The old file.
        target: The new one.
        edits: The place of a row in the file to its new values; ``None`` takes the row away.

    Returns:
        How many rows the new file has.

    Raises:
        StoreError: A new value does not fit its column, or the file cannot be read.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(source) as old:
            rows, first = 0, 0
            with parquet.ParquetWriter(target, old.schema_arrow, **written_as(old)) as new:
                for number in range(old.num_row_groups):
                    table = old.read_row_group(number)
                    changed = _changed(table, first, edits)
                    first += table.num_rows
                    if changed.num_rows:
                        new.write_table(changed, row_group_size=changed.num_rows)
                    rows += changed.num_rows
    except (pa.ArrowException, pa.ArrowTypeError) as error:
        raise StoreError(f"rewriting a Parquet file: {type(error).__name__}") from None
    return rows


def _changed(table: Any, first: int, edits: Mapping[int, Mapping[str, Any] | None]) -> Any:  # noqa: ANN401
    """Return the rows of a row group, of which *first* is the first in the file, changed."""
    last = first + table.num_rows
    mine = {place - first: new for place, new in edits.items() if first <= place < last}
    return changed_rows(table, mine) if mine else table


def changed_rows(table: Any, edits: Mapping[int, Mapping[str, Any] | None]) -> Any:  # noqa: ANN401
    """
    Return *table*, of Arrow, with the rows at some places gone or replaced, the rest in order.

    Args:
        table: The rows.
        edits: Places to new values; ``None`` takes the row away.
    """
    import pyarrow as pa

    news = {place: new for place, new in edits.items() if new is not None}
    if not news:
        keep = [place not in edits for place in range(table.num_rows)]
        return table.filter(pa.array(keep))
    fresh = pa.Table.from_pylist(
        [{name: new.get(name) for name in table.schema.names} for new in news.values()],
        schema=table.schema,
    )
    at = dict(zip(news, range(table.num_rows, table.num_rows + len(news)), strict=True))
    order = [
        at.get(place, place)
        for place in range(table.num_rows)
        if place not in edits or place in news
    ]
    return pa.concat_tables([table, fresh]).take(order)
