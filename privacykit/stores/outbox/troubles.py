"""
Trouble of sinks as the last delivery left it, beside the outbox, shared by processes. Does I/O.

Who looks at sinks without asking them finds here why they take nothing. The words are ours and hold
no data.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import (
    Column,
    Double,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    inspect,
    select,
)

from privacykit.stores.database.engine import TABLE_OPTIONS, reading, writing
from privacykit.stores.database.insert import insert_or_change
from privacykit.stores.database.schema import Schema, prepare

LONGEST = 200
"""Characters of what is kept of the words."""

_METADATA = MetaData()
TROUBLES = Table(
    "outbox_troubles",
    _METADATA,
    Column("sink", String(64), primary_key=True),
    Column("said", String(LONGEST), nullable=False),
    Column("since", Double, nullable=False),
    Column("at", Double, nullable=False),
    Column("again", Double, nullable=False),
    Column("attempts", Integer, nullable=False),
    **TABLE_OPTIONS,
)
TROUBLES_SCHEMA = Schema("troubles", _METADATA)


class NotedTrouble(msgspec.Struct, frozen=True):
    """
    What kept a sink from taking events when that was last tried.

    Attributes:
        said: Why, in words without data.
        since: Unix seconds of the first attempt that failed so.
        at: Unix seconds of the last one.
        again: Unix seconds before which the sink is left alone.
        attempts: How many failed since.
    """

    said: str
    since: float
    at: float
    again: float
    attempts: int


class SinkTroubles:
    """
    The troubles of one database; may be shared by threads, and by any number of processes.

    Args:
        engine: Where the table is.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._prepared = False

    def note(self, sink: str, said: str, now: float, again: float) -> None:
        """
        Keep why *sink* took nothing; the first time of a row of failures stays.

        Args:
            sink: The sink's name.
            said: Why, in words without data; cut after 200 characters.
            now: Unix seconds of the attempt.
            again: Unix seconds before which it is left alone.

        Raises:
            StoreError: The database failed.
        """
        self._prepare()
        attempts = TROUBLES.c.attempts
        row = insert_or_change(
            self._engine,
            TROUBLES,
            lambda new: {
                "said": new.said,
                "at": new.at,
                "again": new.again,
                "attempts": attempts + 1,
            },
        )
        values = {"said": said[:LONGEST], "since": now, "at": now, "again": again, "attempts": 1}
        with writing(self._engine) as connection:
            connection.execute(row.values(sink=sink[:64], **values))

    def clear(self, sink: str) -> None:
        """
        Forget the trouble of *sink*: it takes events.

        Raises:
            StoreError: The database failed.
        """
        self._prepare()
        with writing(self._engine) as connection:
            connection.execute(delete(TROUBLES).where(TROUBLES.c.sink == sink[:64]))

    def read(self) -> dict[str, NotedTrouble]:
        """
        Return the troubles by sink; makes no table.

        Raises:
            StoreError: The database failed.
        """
        with reading(self._engine) as connection:
            if not inspect(connection).has_table(TROUBLES.name):
                return {}
            rows = connection.execute(select(TROUBLES)).all()
        return {row.sink: NotedTrouble(*row[1:]) for row in rows}

    def _prepare(self) -> None:
        if not self._prepared:
            prepare(self._engine, TROUBLES_SCHEMA)
            self._prepared = True
