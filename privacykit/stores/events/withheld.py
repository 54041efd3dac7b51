"""
Counts of events that are not there, by day and reason, shared by processes. Does I/O.

An operator who finds no event finds here why. They are numbers beside words of ours: nothing of a
visitor is in them.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from sqlalchemy import BigInteger, Column, Engine, MetaData, String, Table

from privacykit.stores.database.daily_counts import DailyCounts
from privacykit.stores.database.engine import TABLE_OPTIONS
from privacykit.stores.database.schema import Schema

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
        self._counts = DailyCounts(engine, WITHHELD_SCHEMA, WITHHELD)

    def add(self, more: Mapping[str, int], now: float) -> None:
        """
        Add *more*, by reason, to the counts of the day of *now*, in UTC.

        Raises:
            StoreError: The database failed; nothing was added.
        """
        self._counts.add(({"reason": it, "n": n} for it, n in sorted(more.items())), now)

    def read(self, since: float = 0.0) -> list[WithheldCount]:
        """
        Return the counts since the day of *since*, the greatest first; makes no table.

        Raises:
            StoreError: The database failed.
        """
        rows = self._counts.totals("reason", since=since)
        counts = [WithheldCount(row.reason, int(row.total)) for row in rows]
        return sorted(counts, key=lambda one: (-one.n, one.reason))
