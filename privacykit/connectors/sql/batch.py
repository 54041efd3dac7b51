"""Some rows of one collection, about to be changed. Does I/O on a connection it is lent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable, func, select
from sqlalchemy import Table as SqlTable

from privacykit.connectors.sql.logic import Predicate
from privacykit.connectors.sql.whose import Whose
from privacykit.govern.connector import Applied, Context, Key


@dataclass(frozen=True, slots=True)
class Batch:
    """
    Some rows of one collection, about to be changed.

    Attributes:
        connection: In a transaction.
        whose: The predicates.
        context: Whose rows, which holds.
        name: The collection.
        kind: The class of the rows.
        keys: Their keys.
    """

    connection: Connection
    whose: Whose
    context: Context
    name: str
    kind: str
    keys: Sequence[Key]

    @property
    def table(self) -> SqlTable:
        """The collection's table."""
        return self.whose.tables[self.name]

    def run(
        self, what: object, build: Callable[[], Executable], keys: Sequence[Any] | None = None
    ) -> CursorResult[Any]:
        """Run the statement *what*, built the first time, over the batch or over *keys*."""
        fitted = self.whose.keys(self.name, self.keys) if keys is None else keys
        name = (what, self.name, self.kind)
        return self.whose.binds.run(self.connection, name, build, self.context, fitted)

    def once(self, statement: Executable) -> CursorResult[Any]:
        """Run a statement that holds values of its own and must not be kept."""
        keys = self.whose.keys(self.name, self.keys)
        return self.whose.binds.once(self.connection, statement, self.context, keys)

    def count(self, what: object, build: Callable[[], Executable]) -> int:
        """Run a statement that changes rows; return how many."""
        return int(self.run(what, build).rowcount)

    def left(self, what: object, where: Callable[[], Predicate]) -> int:
        """Count rows of the batch that meet *where*."""
        table = self.table

        def build() -> Executable:
            batch = self.whose.in_batch(self.name, table)
            return select(func.count()).select_from(table).where(batch, where())

        return int(self.run((what, "left"), build).scalar_one())

    def tally(self, changed: int, left: int) -> Applied:
        """Account for every row: those neither changed nor left were so before."""
        changed = min(changed, len(self.keys) - left)
        return Applied(changed, gone=len(self.keys) - changed - left, skipped=left)
