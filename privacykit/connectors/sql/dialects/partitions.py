"""Partitions, and what retention asks of each kind of database. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Delete, Engine, Table

from privacykit.connectors.sql.ownership.predicates import Predicate
from privacykit.govern.retention.purger import Dropped


@dataclass(frozen=True, slots=True)
class Partition:
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


def _itself(engine: Engine) -> Engine:
    return engine


def _nothing(_: Engine) -> None:
    """Do nothing: a server does it by itself."""


@dataclass(frozen=True, slots=True)
class Store:
    """
    One kind of database.

    Attributes:
        parts: Names the partitions of a table by a column that lie wholly before a moment.
        drop: Drops one of them without making readers wait.
        some: Writes the statement that deletes at most so many of the rows that are free.
        longest: Seconds a batch may last.
        working: Returns the engine to purge with.
        tidy: Gives back what batches left in logs.
    """

    parts: Callable[[Connection, Table, str, Any], list[Partition]]
    drop: Callable[[Engine, Table, str, Any, str], Dropped]
    some: Callable[[Connection, Table, Sequence[ColumnElement[Any]], Predicate, int], Delete]
    longest: float = 0.05
    working: Callable[[Engine], Engine] = _itself
    tidy: Callable[[Engine], None] = _nothing
