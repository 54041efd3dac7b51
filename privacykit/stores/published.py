"""
The ledger of published reports, in ``[records]``: which periods and segments were shown. Does I/O.

No figure and nobody is in it: only what was asked, so that a later report cannot be compared with
an earlier one to find out about a few.
"""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

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
from privacykit.stores.database.leases import Leases
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
SECONDS = 30.0
"""How long a look at the ledger and the note after it may take."""
Untold = Literal["", "counted", "left_out"]
"""Whether there were events by which a policy lets nobody tell of campaigns, and what became of
them: no report of campaigns has them, and all others do."""
_UNTOLD: Final[dict[str, Untold]] = {"!counted": "counted", "!left_out": "left_out"}
"""How it stands beside the segments; no condition begins so."""


class PublishedReport(msgspec.Struct, frozen=True):
    """
    What was shown once.

    Attributes:
        first: The first day.
        last: The last day.
        segments: Conditions of the segments, as they were written.
        untold: What became of events by which nobody may tell of campaigns.
    """

    first: date
    last: date
    segments: tuple[str, ...]
    untold: Untold = ""


class PublishedReports:
    """
    The ledger of one database; may be shared by threads, and by any number of processes.

    Args:
        engine: Where the table is.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._leases = Leases(engine)

    def claim(self, site: str, owner: str, now: float) -> bool:
        """Let *owner* alone look and note what is shown of *site*; ``False`` while another does."""
        return self._leases.acquire(f"published {site}", owner, SECONDS, now)

    def release(self, site: str, owner: str, now: float) -> None:
        """Let others look and note again."""
        self._leases.release(f"published {site}", owner, now)

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
            _read(row.first_day, row.last_day, msgspec.json.decode(row.segments, type=list[str]))
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
            "segments": msgspec.json.encode([*shown.segments, *_written(shown.untold)]).decode(),
            "at": now,
        }
        with writing(self._engine) as connection:
            connection.execute(insert_into(_PUBLISHED).values(row))


def _written(untold: Untold) -> list[str]:
    return [text for text, one in _UNTOLD.items() if one == untold]


def _read(first: str, last: str, written: list[str]) -> PublishedReport:
    segments = tuple(text for text in written if text not in _UNTOLD)
    (untold,) = [_UNTOLD[text] for text in written if text in _UNTOLD] or [""]
    return PublishedReport(date.fromisoformat(first), date.fromisoformat(last), segments, untold)
