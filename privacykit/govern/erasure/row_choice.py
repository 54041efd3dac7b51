"""The choice among the rows that a plan finds: all of them, unless somebody names fewer. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from privacykit.govern.erasure.connector import Connector, Context, PersonRow, Target


class RowChoice(Protocol):
    """Which rows a plan and its verification are about."""

    def has(self, row: PersonRow) -> bool:
        """Say whether a row that is a person is meant."""
        ...

    def targets(self, connector: Connector, collection: str, context: Context) -> Iterator[Target]:
        """
        Name every row of *collection* that is the selection's and meant.

        Raises:
            StoreError: The store could not be asked.
        """
        ...


class EveryRow:
    """All that is found is meant."""

    def has(self, row: PersonRow) -> bool:
        """Say yes."""
        del row
        return True

    def targets(self, connector: Connector, collection: str, context: Context) -> Iterator[Target]:
        """Name what the connector finds."""
        return connector.find(collection, context)


EVERY_ROW = EveryRow()
