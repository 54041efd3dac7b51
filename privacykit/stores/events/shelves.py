"""A shelf: the table, and the database, in which the events of a period lie. Does no I/O."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from sqlalchemy import Connection, Engine, Table

from privacykit.stores.database.bulk import BulkInsert

PutAside = Callable[[Connection], int]
"""Moves held events out of a period, in the transaction given; returns how many."""


class Shelf:
    """
    Where events lie.

    Attributes:
        engine: The database.
        table: The table in it.
    """

    def __init__(self, engine: Engine, table: Table) -> None:
        self.engine = engine
        self.table = table

    @cached_property
    def insert(self) -> BulkInsert:
        """Inserts events into it."""
        return BulkInsert(self.engine, self.table)
