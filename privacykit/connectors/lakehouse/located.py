"""The place of a lake: its files as they lie there, and what reaches them by itself. Does I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from privacykit.connectors.lakehouse.parquet.places import FilePlace
from privacykit.connectors.lakehouse.tables import LakeTables, StoredFile


class LocatedTables(LakeTables):
    """
    Tables that are folders of one place, known to us and to a library.

    Args:
        place: Lists and reads the files, to find tables and to verify.
        uri: The same place, as the library wants it, with a slash at its end.
        storage: What the library needs to reach it.
    """

    def __init__(self, place: FilePlace, uri: str, storage: Mapping[str, str]) -> None:
        self._place = place
        self._uri = uri
        self._storage = dict(storage)

    def close(self) -> None:
        """Close the place."""
        self._place.close()


def stored_in(place: FilePlace) -> Iterator[StoredFile]:
    """
    Yield every file of *place* as it is, whether a table refers to it or not.

    Raises:
        StoreError: A file cannot be read.
    """
    for file in place.files():
        with place.opened(file.name) as (stream, _):
            yield StoredFile(file.name, max(file.size, 0), stream)
