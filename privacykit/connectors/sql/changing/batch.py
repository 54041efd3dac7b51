"""Some rows of one collection, about to be changed. Does I/O on a connection it is lent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Executable, func, select
from sqlalchemy import Table as SqlTable

from privacykit.connectors.sql.dialects.writes import count
from privacykit.connectors.sql.ownership.predicates import Predicate
from privacykit.connectors.sql.ownership.whose import Whose
from privacykit.connectors.sql.statement_cache import KEYS, Build
from privacykit.connectors.statements.statement import Cells, Row, cells
from privacykit.govern.erasure.ports.connector import Context
from privacykit.govern.erasure.ports.work import Applied, Key


@dataclass(frozen=True)
class RowBatch:
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

    @cached_property
    def _cells(self) -> Cells:
        return cells(self.fitted)

    def fetch(self, what: object, build: Build) -> list[Row]:
        """Return the rows of the statement *what* over the batch."""
        return self.whose.binds.fetch(
            self.connection, self._named(what), build, self.context, {KEYS: self._cells}
        )

    def change(
        self,
        what: object,
        build: Build,
        keys: Sequence[Any] | None = None,
    ) -> int:
        """
        Run the statement *what*; return how many rows it changed.

        Args:
            what: Names it.
            build: Builds it the first time.
            keys: The rows, if not the whole batch.
        """
        rows = self._cells if keys is None else keys and cells(keys)
        if not rows:
            return 0
        changed = self.whose.binds.change(
            self.connection, self._named(what), build, self.context, {KEYS: rows}
        )
        count(self.connection, changed)
        return changed

    def change_each(
        self, what: object, build: Build, rows: Sequence[tuple[Key, Sequence[Any]]]
    ) -> int:
        """
        Run the statement *what* for row after row; return how many it changed.

        Args:
            what: Names it.
            build: Builds it the first time, with parameters ``new_0``, ``new_1`` and so on.
            rows: Keys as the columns compare them, and what each of these parameters takes.
        """
        each = [{KEYS: key, **{f"new_{n}": (v,) for n, v in enumerate(new)}} for key, new in rows]
        changed = self.whose.binds.change_each(
            self.connection, self._named(what), build, self.context, each
        )
        count(self.connection, changed)
        return changed

    def once(self, statement: Executable) -> Any:  # noqa: ANN401 - SQLAlchemy's result
        """Run a statement that holds values of its own and must not be kept."""
        return self.whose.binds.once(self.connection, statement, self.context, self.fitted)

    def write_once(self, statement: Executable) -> int:
        """Run a change that holds values of its own; return how many rows it changed."""
        changed = int(self.once(statement).rowcount)
        if changed < 0:
            # Python's SQLite does not count where a statement begins with WITH.
            changed = int(self.connection.exec_driver_sql("select changes()").scalar_one())
        count(self.connection, changed)
        return changed

    def _named(self, what: object) -> tuple[object, ...]:
        return what, self.name, self.kind

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
