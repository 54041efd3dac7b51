"""Rows that a verification passes over: those of people who were made up. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from sqlalchemy import Engine, Table

from privacykit.verify.places.place import Chance, StoredPlace, StoredRow


class LeftOut(Protocol):
    """Tells what is of somebody who does not exist."""

    def look_again(self) -> None:
        """Learn who is there now; asked before each place is read."""
        ...

    def is_theirs(self, row: StoredRow) -> bool:
        """Tell whether *row* is of somebody made up."""
        ...

    def is_line(self, line: bytes) -> bool:
        """Tell whether *line* of a log is."""
        ...

    def ids_in(self, engine: Engine, table: Table) -> Sequence[str]:
        """
        Return the ids of their events in a *table* of ours, for queries that count by themselves.

        Raises:
            StoreError: The database refused.
        """
        ...


class Nobody:
    """Nobody is made up."""

    def look_again(self) -> None:
        """Learn nothing."""

    def is_theirs(self, row: StoredRow) -> bool:  # noqa: ARG002 - the protocol's shape
        """Tell that it is not."""
        return False

    def is_line(self, line: bytes) -> bool:  # noqa: ARG002 - the protocol's shape
        """Tell that it is not."""
        return False

    def ids_in(self, engine: Engine, table: Table) -> Sequence[str]:  # noqa: ARG002 - likewise
        """Return none."""
        return ()


class PlaceWithout:
    """
    A place without the rows of people who were made up.

    Args:
        place: The place.
        left_out: Tells who that is.

    Attributes:
        name: As results name it.
        kinds: What its rows may be.
    """

    def __init__(self, place: StoredPlace, left_out: LeftOut) -> None:
        self.name = place.name
        self.kinds = place.kinds
        self._place = place
        self._left_out = left_out

    def rows(self, chance: Chance) -> Iterator[StoredRow]:
        """
        Yield the other rows.

        Raises:
            StoreError: It cannot be read.
        """
        self._left_out.look_again()
        for row in self._place.rows(chance):
            if not self._left_out.is_theirs(row):
                yield row
