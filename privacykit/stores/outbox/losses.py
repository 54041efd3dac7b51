"""
Events that left and are nowhere, by sink, reason and day, shared by processes. Does I/O.

The backend threw them away, as it says itself, or nobody knows and the operator wants no second
try. They are numbers beside words of ours: nothing of a visitor is in them.
"""

from __future__ import annotations

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
from privacykit.stores.events.withheld import KEPT_DAYS, day_of

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
        self._engine = engine
        self._prepared = False

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
        if not self._prepared:
            prepare(self._engine, LOSSES_SCHEMA)
            self._prepared = True
        row = insert_or_change(self._engine, LOSSES, lambda new: {"n": LOSSES.c.n + new.n})
        with writing(self._engine) as connection:
            connection.execute(delete(LOSSES).where(LOSSES.c.day < day_of(now, KEPT_DAYS)))
            values = {"sink": sink[:64], "day": day_of(now), "reason": reason[:64], "n": n}
            connection.execute(row.values(**values))

    def read(self) -> dict[str, dict[str, int]]:
        """
        Return how many were lost, by sink and reason; makes no table.

        Raises:
            StoreError: The database failed.
        """
        total = func.sum(LOSSES.c.n).label("total")
        found = select(LOSSES.c.sink, LOSSES.c.reason, total)
        with reading(self._engine) as connection:
            if not inspect(connection).has_table(LOSSES.name):
                return {}
            rows = connection.execute(found.group_by(LOSSES.c.sink, LOSSES.c.reason)).all()
        by_sink: dict[str, dict[str, int]] = {}
        for row in rows:
            by_sink.setdefault(row.sink, {})[row.reason] = int(row.total)
        return by_sink
