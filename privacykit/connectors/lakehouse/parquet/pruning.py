"""
Row groups of a Parquet file that cannot hold a value: by their statistics and bloom filters.

Reads the footer it is given; a bloom filter is asked by DuckDB, where that is installed, in the
file itself. What neither excludes has to be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from privacykit.connectors.lakehouse.rows.sought import SoughtValues, Wanted

ASKED = 16
"""Values up to which a bloom filter is asked: each question is one look into the file."""


def row_groups(metadata: Any, wanted: Wanted, path: str | None) -> Iterator[int]:  # noqa: ANN401
    """
    Yield the numbers of the row groups that may hold a row that *wanted* fits.

    Args:
        metadata: The file's footer, of Arrow.
        wanted: What is looked for.
        path: Where the file is, for its bloom filters; ``None`` leaves them.
    """
    excluded: dict[str, frozenset[int]] = {}
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        if wanted is None:
            yield number
            continue
        chunks = {group.column(n).path_in_schema: group.column(n) for n in range(group.num_columns)}
        for one in wanted:
            chunk = chunks.get(one.column)
            if chunk is None or _may_hold(chunk, one, number, path, excluded):
                yield number
                break


def _may_hold(
    chunk: Any,  # noqa: ANN401 - of Arrow
    one: SoughtValues,
    number: int,
    path: str | None,
    excluded: dict[str, frozenset[int]],
) -> bool:
    if one.texts is None or one.folded:
        return True
    statistics = chunk.statistics
    if statistics is not None and statistics.has_min_max:
        low, high = statistics.min, statistics.max
        if not any(_between(text, low, high) for text in one.texts):
            return False
    if path is None or chunk.bloom_filter_offset is None or len(one.texts) > ASKED:
        return True
    if one.column not in excluded:
        excluded[one.column] = _by_bloom_filter(path, one, statistics)
    return number not in excluded[one.column]


def _between(text: str, low: Any, high: Any) -> bool:  # noqa: ANN401 - values
    if isinstance(low, bool | float):
        return True
    if isinstance(low, int):
        try:
            return bool(low <= int(text) <= high)
        except ValueError:
            return False
    if isinstance(low, str):
        # Compared as Parquet orders text: by its bytes.
        return low.encode() <= text.encode() <= str(high).encode()
    return True


def _by_bloom_filter(path: str, one: SoughtValues, statistics: Any) -> frozenset[int]:  # noqa: ANN401
    """Return the row groups that hold none of the values, as the file's bloom filters say."""
    try:
        import duckdb
    except ImportError:
        return frozenset()
    whole = statistics is not None and statistics.has_min_max and isinstance(statistics.min, int)
    found: frozenset[int] | None = None
    with duckdb.connect() as engine:
        for text in one.texts or ():
            if whole and not text.lstrip("-").isdigit():
                continue
            query = (
                "SELECT row_group_id FROM parquet_bloom_probe(?, ?, ?) WHERE bloom_filter_excludes"
            )
            given = [path, one.column, int(text) if whole else text]
            try:
                rows = engine.execute(query, given).fetchall()
            except duckdb.Error:
                return frozenset()
            without = frozenset(int(row[0]) for row in rows)
            found = without if found is None else found & without
    return found or frozenset()
