"""What retention asks of each kind of database, and a partition as it sees one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Engine, Table

from privacykit.connectors.sql.logic import Predicate
from privacykit.govern.purge import Dropped


@dataclass(frozen=True, slots=True)
class Part:
    """
    A partition that lies wholly before the cut-off.

    Attributes:
        name: Its name.
        rows: How many rows it has, as the store estimates.
        inside: Which rows of the whole table lie in it.
    """

    name: str
    rows: int
    inside: Predicate


@dataclass(frozen=True, slots=True)
class Deleted:
    """
    What one statement deleted.

    Attributes:
        rows: How many rows.
        taken: The columns asked for, row by row.
    """

    rows: int
    taken: Sequence[Sequence[Any]] = ()


class Store(Protocol):
    """One kind of database; a module of this folder."""

    LONGEST: float

    def parts(self, connection: Connection, table: Table, column: str, cut: Any) -> list[Part]:  # noqa: ANN401
        """Name the partitions of *table* by *column* that lie wholly before *cut*."""
        ...

    def drop(self, engine: Engine, table: Table, column: str, cut: Any, part: str) -> Dropped:  # noqa: ANN401
        """Drop *part* without making readers wait."""
        ...

    def working(self, engine: Engine) -> Engine:
        """Return the engine to purge with."""
        ...

    def pick(
        self,
        connection: Connection,
        table: Table,
        key: Sequence[ColumnElement[Any]],
        free: Predicate,
        limit: int,
        taking: Sequence[ColumnElement[Any]] = (),
    ) -> Deleted:
        """Delete *limit* of the rows that are *free*, and return of each what is *taking*."""
        ...

    def tidy(self, engine: Engine) -> None:
        """Give back what batches left in logs."""
        ...
