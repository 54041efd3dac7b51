"""
The writing of a Parquet file anew: the options that make it like the old one. Pure.

Columns keep their packing, and those without dictionary, statistics or bloom filter get none.
"""

from __future__ import annotations

from typing import Any, Final

_SAID_OTHERWISE: Final = {"UNCOMPRESSED": "NONE"}
"""Packings whose name in a file is not the name that a writer of Arrow takes."""


def written_as(old: Any) -> dict[str, Any]:  # noqa: ANN401 - of Arrow, which has no types
    """Return the options of Arrow's ``ParquetWriter`` that make a file like *old*."""
    if not old.metadata.num_row_groups:
        return {}
    group = old.metadata.row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    told = [column.path_in_schema for column in columns if column.is_stats_set]
    options: dict[str, Any] = {
        "compression": {
            column.path_in_schema: _SAID_OTHERWISE.get(column.compression, column.compression)
            for column in columns
        },
        "use_dictionary": [c.path_in_schema for c in columns if c.has_dictionary_page],
        "write_statistics": told or False,
        "use_deprecated_int96_timestamps": any(c.physical_type == "INT96" for c in columns),
    }
    filters = {c.path_in_schema: True for c in columns if c.bloom_filter_offset is not None}
    if filters:
        options["bloom_filter_options"] = filters
    return options
