"""
Counts by day, shared by processes: numbers beside words of ours, nothing of a visitor. Does I/O.

A table of theirs has a column ``day``, a column ``n`` and, of text, what is told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Table, delete, func, inspect, select

from privacykit.stores.database.engine import reading, writing
from privacykit.stores.database.insert import insert_or_change
from privacykit.stores.database.schema import Schema, prepare

KEPT_DAYS = 90
"""How long a day's counts are kept."""


class DailyCounts:
    """
    The counts of one table; may be shared by threads, and by any number of processes.

    Args:
        engine: Where the table is; it is made with the first count.
        schema: What it belongs to.
        table: The table.
    """

    def __init__(self, engine: Engine, schema: Schema, table: Table) -> None:
        self._engine, self._schema, self._table = engine, schema, table
        self._prepared = False

    def add(self, more: Iterable[Mapping[str, Any]], now: float) -> None:
        """
        Add *more* to the day of *now*, in UTC; days of long ago are forgotten.

        Args:
            more: Rows without their day, in one order, so that two processes never wait for each
                other's.
            now: Unix seconds.

        Raises:
            StoreError: The database failed; nothing was added.
        """
        if not self._prepared:
            prepare(self._engine, self._schema)
            self._prepared = True
        day, n = self._table.c.day, self._table.c.n
        row = insert_or_change(self._engine, self._table, lambda new: {"n": n + new.n})
        with writing(self._engine) as connection:
            connection.execute(delete(self._table).where(day < day_of(now, KEPT_DAYS)))
            for values in more:
                connection.execute(row.values(day=day_of(now), **values))

    def totals(self, *apart: str, since: float = 0.0) -> Sequence[Any]:
        """
        Return the sums since the day of *since*, as ``total`` beside the columns *apart*.

        No table is made.

        Raises:
            StoreError: The database failed.
        """
        keys = [self._table.c[name] for name in apart]
        total = func.sum(self._table.c.n).label("total")
        found = select(*keys, total).where(self._table.c.day >= day_of(since)).group_by(*keys)
        with reading(self._engine) as connection:
            if not inspect(connection).has_table(self._table.name):
                return []
            return connection.execute(found).all()


def day_of(now: float, before: int = 0) -> str:
    """Return the day that was *before* days before *now*, in UTC, as it is kept."""
    return f"{datetime.fromtimestamp(now, UTC) - timedelta(days=before):%Y-%m-%d}"
