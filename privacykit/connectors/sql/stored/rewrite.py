"""
The rewriter of SQL rows: pages by key, read under lock, written in the same transaction. Does I/O.

Laws of this file:

1. A row is read and written in one transaction under its lock, so that nothing the application
   wrote in between is overwritten.
2. Holds are part of the statement that reads: a row on which one stands is counted, not read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import Connection, Engine, and_, case, func, null, or_, select
from sqlalchemy import Table as SqlTable

from privacykit.connectors.sql.convert import ColumnConverter, plain
from privacykit.connectors.sql.database import reading, writing
from privacykit.connectors.sql.ownership.predicates import Predicate
from privacykit.connectors.sql.ownership.whose import Whose
from privacykit.connectors.sql.stored.counting import SqlCounts
from privacykit.connectors.sql.stored.written import write_rows
from privacykit.errors import StoreError
from privacykit.govern.anonymise.rewriter import Rewriter, RewrittenRows, StoredRows, TreatValue
from privacykit.govern.datamap import DataMap
from privacykit.govern.erasure.ownership import Ownership
from privacykit.govern.erasure.ports.connector import Context, Where
from privacykit.govern.records import Hold

LONGEST_SECONDS = 1.0
"""What somebody may wait for a row that is being treated."""


class RewritesTables:
    """What lets the rows of a connector be treated where they stand."""

    ownership: Ownership
    _engine: Engine
    _datamap: DataMap
    _tables: Mapping[str, SqlTable]
    _fitting: ColumnConverter

    def rewriter(self) -> Rewriter:
        """Return what changes stored fields, and counts rows."""
        return SqlRewriter(self._engine, self._datamap, self.ownership, self._tables, self._fitting)


class SqlRewriter(SqlCounts):
    """
    :class:`~privacykit.govern.anonymise.rewriter.Rewriter` of a SQL dataset; it counts as well.

    Args:
        engine: The database.
        datamap: The data map.
        ownership: The dataset's ties.
        tables: The tables, by name.
        fitting: Carries values into columns.
    """

    longest: float = LONGEST_SECONDS

    def __init__(
        self,
        engine: Engine,
        datamap: DataMap,
        ownership: Ownership,
        tables: Mapping[str, SqlTable],
        fitting: ColumnConverter,
    ) -> None:
        super().__init__(engine, tables, fitting)
        self._engine = engine
        self._datamap = datamap
        self._ownership = ownership
        self._tables = tables
        self._fitting = fitting

    def stored(self, collection: str, holds: Sequence[Hold], now: float) -> StoredRows:
        """
        Count the rows of *collection*.

        Raises:
            StoreError: The database refused, or the collection is not there.
        """
        held = func.coalesce(func.sum(case((self._held(collection, holds, now), 1), else_=0)), 0)
        query = select(func.count(), held).select_from(self._table(collection))
        with reading(self._engine, f"counting {collection}") as connection:
            rows, are_held = connection.execute(query).one()
        return StoredRows(int(rows), int(are_held))

    def batch(
        self,
        collection: str,
        fields: Mapping[str, TreatValue],
        holds: Sequence[Hold],
        now: float,
        *,
        after: tuple[object, ...] | None,
        limit: int,
        write: bool,
    ) -> RewrittenRows:
        """
        Treat *fields* of at most *limit* rows that come after *after* in the order of the key.

        Raises:
            StoreError: The database refused, and nothing of this batch was written; or the rows
                have no key.
        """
        key = self._key(collection)
        held = self._held(collection, holds, now)
        with self._opened(collection, write=write) as connection:
            found = self._page(connection, collection, fields, held, after=after, limit=limit)
            changes = [
                (tuple(row[: len(key)]), new)
                for row in found
                if not row[-1] and (new := treated(fields, row[len(key) : -1])) is not None
            ]
            if write and changes:
                write_rows(connection, self._table(collection), key, list(fields), changes)
        return RewrittenRows(
            rows=len(found),
            changed=len(changes),
            held=sum(1 for row in found if row[-1]),
            after=tuple(map(plain, found[-1][: len(key)])) if found else after,
            done=len(found) < limit,
        )

    def _page(
        self,
        connection: Connection,
        collection: str,
        fields: Mapping[str, TreatValue],
        held: Predicate,
        *,
        after: tuple[object, ...] | None,
        limit: int,
    ) -> Sequence[Any]:
        table, key = self._table(collection), self._key(collection)
        # What is held is not even read.
        values = [case((held, null()), else_=table.c[name]).label(name) for name in fields]
        query = select(*key, *values, case((held, 1), else_=0).label("held"))
        if after is not None:
            query = query.where(_beyond(key, self._fitted(collection, key, after)))
        query = query.order_by(*key).limit(limit)
        if connection.get_execution_options().get("privacykit_writes"):
            query = query.with_for_update()
        return connection.execute(query).all()

    def _fitted(
        self, collection: str, key: Sequence[SqlColumn[Any]], after: tuple[object, ...]
    ) -> tuple[Any, ...]:
        """
        Return the key *after* as its columns compare it.

        Raises:
            StoreError: It can be no key of the table: the plan is of another one.
        """
        fitted = self._fitting.rows(key, [after]) if len(after) == len(key) else []
        if not fitted:
            raise StoreError(f"the key of {collection} is another than when the run began")
        return fitted[0]

    def _opened(self, collection: str, *, write: bool) -> AbstractContextManager[Connection]:
        what = f"treating rows of {collection}"
        return writing(self._engine, what) if write else reading(self._engine, what)

    def _held(self, collection: str, holds: Sequence[Hold], now: float) -> Predicate:
        table = self._table(collection)
        context = Context(Where(collection, ()), now, tuple(holds))
        whose = Whose(
            self._datamap, self._ownership, self._tables, self._fitting, context, fixed=True
        )
        return whose.reasons.held(collection, table)

    def _key(self, collection: str) -> list[SqlColumn[Any]]:
        table = self._table(collection)
        key = [table.c[name] for name in self._ownership.key(collection)]
        if not key:
            raise StoreError(f"{collection} has no key to find a row again (PK225)")
        return key

    def _table(self, collection: str) -> SqlTable:
        table = self._tables.get(collection)
        if table is None:
            raise StoreError(f"{collection} is mapped and does not exist (PK222)")
        return table


def treated(fields: Mapping[str, TreatValue], old: Sequence[Any]) -> list[Any] | None:
    """Return the new values of a row, ``None`` where the policy changes none."""
    new = [treat(value) for treat, value in zip(fields.values(), old, strict=True)]
    return new if any(n != o for n, o in zip(new, old, strict=True)) else None


def _beyond(key: Sequence[SqlColumn[Any]], after: tuple[Any, ...]) -> Predicate:
    """Say that a key comes after *after*; MariaDB would compare tuples without the index."""
    first, value = key[0], after[0]
    behind: Predicate = first > value
    if len(key) == 1:
        return behind
    return and_(first >= value, or_(behind, _beyond(key[1:], after[1:])))
