"""Summaries and checksums beside Parquet files, which repeat of them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from privacykit.connectors.lakehouse.parquet.names import table_of
from privacykit.connectors.lakehouse.parquet.places import PlacedFile

SUMMARIES = ("_metadata", "_common_metadata")


def repeating(files: Iterable[PlacedFile], table: str, parts: Collection[str]) -> Iterator[str]:
    """
    Yield the names of what tells of the old rows once *parts* are changed.

    Args:
        files: All that are there.
        table: The table.
        parts: Those of its files that change.
    """
    checksums = {_checksum(part) for part in parts}
    for file in files:
        last = file.name.rpartition("/")[2]
        if file.name in checksums or (table_of(file.name) == table and last in SUMMARIES):
            yield file.name


def _checksum(part: str) -> str:
    folder, slash, last = part.rpartition("/")
    return f"{folder}{slash}.{last}.crc"
