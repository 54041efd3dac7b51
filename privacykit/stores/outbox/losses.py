"""
Events that left and are nowhere, by sink, reason and day, shared by processes. Does I/O.

The backend threw them away, as it says itself, or nobody knows and the operator wants no second
try. They are numbers beside words of ours: nothing of a visitor is in them.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Engine, MetaData, String, Table

from privacykit.stores.database.daily_counts import DailyCounts
from privacykit.stores.database.engine import TABLE_OPTIONS
from privacykit.stores.database.schema import Schema

_METADATA = MetaData()
LOSSES = Table(
    "outbox_losses",
    _METADATA,
    Column("sink", String(64), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("reason", String(64), primary_key=True),
    Column("n", BigInteger, nullable=False),
    **TABLE_OPTIONS,
)
LOSSES_SCHEMA = Schema("losses", _METADATA)


class SinkLosses:
    """
    The losses of one database; may be shared by threads, and by any number of processes.

    Args:
        engine: Where the table is.
    """

    def __init__(self, engine: Engine) -> None:
        self._counts = DailyCounts(engine, LOSSES_SCHEMA, LOSSES)

    def add(self, sink: str, reason: str, n: int, now: float) -> None:
        """
        Add *n* events of *sink* to the day of *now*, in UTC; days of long ago are forgotten.

        Args:
            sink: The sink's name.
            reason: A word or a few without data; cut after 64 characters.
            n: How many.
            now: Unix seconds.

        Raises:
            StoreError: The database failed; nothing was added.
        """
        self._counts.add([{"sink": sink[:64], "reason": reason[:64], "n": n}], now)

    def read(self, since: float = 0.0) -> dict[str, dict[str, int]]:
        """
        Return how many were lost since the day of *since*, by sink and reason; makes no table.

        Args:
            since: Unix seconds.

        Raises:
            StoreError: The database failed.
        """
        by_sink: dict[str, dict[str, int]] = {}
        for row in self._counts.totals("sink", "reason", since=since):
            by_sink.setdefault(row.sink, {})[row.reason] = int(row.total)
        return by_sink
