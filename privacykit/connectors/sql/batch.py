"""Some rows of one collection, about to be changed. Does I/O on a connection it is lent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from sqlalchemy import Connection, Executable, func, select
from sqlalchemy import Table as SqlTable

from privacykit.connectors.sql.binds import KEYS, NOTHING, Build
from privacykit.connectors.sql.logic import Predicate
from privacykit.connectors.sql.statement import Row
from privacykit.connectors.sql.whose import Whose
from privacykit.govern.connector import Applied, Context, Key

_Run: TypeAlias = tuple[Connection, tuple[object, ...], Build, Context]


@dataclass(frozen=True)
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

    @cached_property
    def fitted(self) -> Sequence[Any]:
        """The keys as the collection's columns compare them."""
        width = len(self.whose.ownership.key(self.name))
        nobody = None if width == 1 else (None,) * width
        return self.whose.keys(self.name, self.keys) or [nobody]

    def fetch(self, what: object, build: Build) -> list[Row]:
        """Return the rows of the statement *what* over the batch."""
        return self.whose.binds.fetch(*self._run(what, build), {KEYS: self.fitted})

    def change(
        self,
        what: object,
        build: Build,
        keys: Sequence[Any] | None = None,
        new: Mapping[str, Any] = NOTHING,
    ) -> int:
        """
        Run the statement *what*; return how many rows it changed.

        Args:
            what: Names it.

            build: Builds it the first time.

            keys: The rows, if not the whole batch.

            new: Other parameters of it.
        """
        rows = self.fitted if keys is None else keys
        if not rows:
            return 0
        return self.whose.binds.change(*self._run(what, build), {KEYS: rows, **new})

    def once(self, statement: Executable) -> Any:  # noqa: ANN401 - SQLAlchemy's result
        """Run a statement that holds values of its own and must not be kept."""
        return self.whose.binds.once(self.connection, statement, self.context, self.fitted)

    def write_once(self, statement: Executable) -> int:
        """Run a change that holds values of its own; return how many rows it changed."""
        changed = int(self.once(statement).rowcount)
        if changed < 0:
            # Python's SQLite does not count where a statement begins with WITH.
            return int(self.connection.exec_driver_sql("select changes()").scalar_one())
        return changed

    def _run(self, what: object, build: Build) -> _Run:
        return self.connection, (what, self.name, self.kind), build, self.context

    def left(self, what: object, where: Callable[[], Predicate]) -> int:
        """Count rows of the batch that meet *where*."""
        table = self.table

        def build() -> Executable:
            batch = self.whose.in_batch(self.name, table)
            return select(func.count()).select_from(table).where(batch, where())

        return int(self.fetch((what, "left"), build)[0][0])

    def tally(self, changed: int, left: int) -> Applied:
        """Account for every row: those neither changed nor left were so before."""
        changed = min(changed, len(self.keys) - left)
        return Applied(changed, gone=len(self.keys) - changed - left, skipped=left)
