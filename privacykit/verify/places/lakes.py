"""Datasets that only their connector reads: Parquet, Delta, Iceberg, DuckDB, Lance… Reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from privacykit.errors import StoreError
from privacykit.govern.erasure.ports.capability import ShowsRows
from privacykit.govern.erasure.ports.connector import Connector
from privacykit.verify.places.mapped import MAPPED
from privacykit.verify.places.place import ALL, Chance, PlaceKind, StoredRow


class ConnectedTables:
    """
    The tables of a dataset, read as its connector reads them.

    Args:
        name: The dataset.
        open_it: Opens its connector.

    Attributes:
        name: As results name it.
        kinds: What its rows are.
    """

    kinds = MAPPED

    def __init__(self, name: str, open_it: Callable[[], Connector]) -> None:
        self.name = name
        self._open = open_it

    def rows(self, chance: Chance) -> Iterator[StoredRow]:
        """
        Yield the rows of every table as it stands now, not of its older versions.

        Raises:
            ConfigurationError: The map does not say enough to open it.
            StoreError: It cannot be read, or its connector shows no rows.
        """
        connector = self._open()
        try:
            if not isinstance(connector, ShowsRows):
                raise StoreError("PK316 its connector shows no rows (ShowsRows)")
            for table in connector.every_table():
                share = ALL if chance.most is None else chance.share(connector.row_count(table))
                for values in connector.every_row(table):
                    if share >= ALL or chance.takes(share):
                        yield StoredRow(self.name, table, PlaceKind.MAPPED, values)
        finally:
            connector.close()
