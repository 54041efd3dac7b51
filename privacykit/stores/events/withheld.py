"""
Counts of events that are not there, by day and reason, shared by processes. Does I/O.

An operator who finds no event finds here why. They are numbers beside words of ours: nothing of a
visitor is in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    MetaData,
    String,
    Table,
    delete,
    func,
    inspect,
    select,
)

from privacykit.stores.database.engine import TABLE_OPTIONS, reading, writing
from privacykit.stores.database.insert import insert_or_change
from privacykit.stores.database.schema import Schema, prepare

KEPT_DAYS = 90
"""How long a day's counts are kept."""

_METADATA = MetaData()
WITHHELD = Table(
    "events_withheld",
    _METADATA,
    Column("day", String(10), primary_key=True),
    Column("reason", String(64), primary_key=True),
    Column("n", BigInteger, nullable=False),
    **TABLE_OPTIONS,
)
WITHHELD_SCHEMA = Schema("withheld", _METADATA)


class WithheldCount(msgspec.Struct, frozen=True):
    """
    How often an event was not made, for one reason.

    Attributes:
        reason: The reason's code.
        n: How often.
    """

    reason: str
    n: int


class WithheldStore:
    """
    The counts of one database; may be shared by threads, and by any number of processes.

    Args:
        engine: Where the table is.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._prepared = False

    def add(self, more: Mapping[str, int], now: float) -> None:
        """
        Add *more*, by reason, to the counts of the day of *now*, in UTC.

        Raises:
            StoreError: The database failed; nothing was added.
        """
        if not self._prepared:
            prepare(self._engine, WITHHELD_SCHEMA)
            self._prepared = True
        day, n = day_of(now), WITHHELD.c.n
        row = insert_or_change(self._engine, WITHHELD, lambda new: {"n": n + new.n})
        with writing(self._engine) as connection:
            connection.execute(delete(WITHHELD).where(WITHHELD.c.day < day_of(now, KEPT_DAYS)))
            # In one order, so that two processes never wait for each other's rows.
            for reason, count in sorted(more.items()):
                connection.execute(row.values(day=day, reason=reason, n=count))

    def read(self, since: float = 0.0) -> list[WithheldCount]:
        """
        Return the counts since the day of *since*, the greatest first; makes no table.

        Raises:
            StoreError: The database failed.
        """
        total = func.sum(WITHHELD.c.n).label("total")
        found = select(WITHHELD.c.reason, total).where(WITHHELD.c.day >= day_of(since))
        with reading(self._engine) as connection:
            if not inspect(connection).has_table(WITHHELD.name):
                return []
            rows = connection.execute(found.group_by(WITHHELD.c.reason)).all()
        counts = [WithheldCount(row.reason, int(row.total)) for row in rows]
        return sorted(counts, key=lambda one: (-one.n, one.reason))


def day_of(now: float, before: int = 0) -> str:
    """Return the day that was *before* days before *now*, in UTC, as it is kept."""
    return f"{datetime.fromtimestamp(now, UTC) - timedelta(days=before):%Y-%m-%d}"
