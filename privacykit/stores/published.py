"""
The ledger of published reports, in ``[records]``: which periods and segments were shown. Does I/O.

No figure and nobody is in it: only what was asked, so that a later report cannot be compared with
an earlier one to find out about a few.
"""

from __future__ import annotations

from datetime import date

import msgspec
from sqlalchemy import (
    Column,
    Double,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    inspect,
    select,
)
from sqlalchemy import insert as insert_into

from privacykit.stores.database.engine import TABLE_OPTIONS, reading, writing
from privacykit.stores.database.schema import Schema, prepare

_METADATA = MetaData()
_PUBLISHED = Table(
    "published_reports",
    _METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("site", String(255), nullable=False, index=True),
    Column("report", String(64), nullable=False),
    Column("first_day", String(10), nullable=False),
    Column("last_day", String(10), nullable=False),
    Column("segments", Text, nullable=False),
    Column("at", Double, nullable=False),
    **TABLE_OPTIONS,
)
SCHEMA = Schema("published", _METADATA)


class PublishedReport(msgspec.Struct, frozen=True):
    """
    What was shown once.

    Attributes:
        first: The first day.
        last: The last day.
        segments: Conditions of the segments, as they were written.
    """

    first: date
    last: date
    segments: tuple[str, ...]


class PublishedReports:
    """
    The ledger of one database; may be shared by threads, and by any number of processes.

    Args:
        engine: Where the table is.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, site: str, report: str) -> list[PublishedReport]:
        """
        Return what was shown of *site* by reports of one kind, the oldest first; makes no table.

        Raises:
            StoreError: The database failed.
        """
        found = (
            select(_PUBLISHED.c.first_day, _PUBLISHED.c.last_day, _PUBLISHED.c.segments)
            .where(_PUBLISHED.c.site == site, _PUBLISHED.c.report == report)
            .order_by(_PUBLISHED.c.number)
        )
        with reading(self._engine) as connection:
            if not inspect(connection).has_table(_PUBLISHED.name):
                return []
            rows = connection.execute(found).all()
        return [
            PublishedReport(
                date.fromisoformat(row.first_day),
                date.fromisoformat(row.last_day),
                msgspec.json.decode(row.segments, type=tuple[str, ...]),
            )
            for row in rows
        ]

    def add(self, site: str, report: str, shown: PublishedReport, now: float) -> None:
        """
        Note what is about to be shown.

        Raises:
            StoreError: The database failed; nothing may be shown.
        """
        prepare(self._engine, SCHEMA)
        row = {
            "site": site,
            "report": report,
            "first_day": str(shown.first),
            "last_day": str(shown.last),
            "segments": msgspec.json.encode(shown.segments).decode(),
            "at": now,
        }
        with writing(self._engine) as connection:
            connection.execute(insert_into(_PUBLISHED).values(row))
