"""The place of a lake whose format's library reaches the files by itself. Does I/O."""

from __future__ import annotations

from collections.abc import Mapping

from privacykit.connectors.lakehouse.parquet.places import FilePlace
from privacykit.connectors.lakehouse.tables import LakeTables


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
