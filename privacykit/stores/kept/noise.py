"""
Reports with noise, in ``[records]``: what was shown, and what it has cost. Does I/O.

The same question of the same period has the same noise for ever, so that nobody finds the mean of
many answers; what was spent on a period is never given back.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
from sqlalchemy import Column, Double, Engine, LargeBinary, MetaData, String, Table, inspect, select

from privacykit.stores.database.engine import TABLE_OPTIONS, reading, writing
from privacykit.stores.database.insert import insert_absent
from privacykit.stores.database.leases import Leases
from privacykit.stores.database.schema import Schema, prepare
from privacykit.stores.kept.figures import KeptSubject, period_columns, subject_columns

_METADATA = MetaData()
_NOISY = Table(
    "noisy_reports",
    _METADATA,
    *subject_columns(),
    *period_columns(),
    Column("epsilon", String(32), nullable=False),
    Column("body", LargeBinary(16_777_215), nullable=False),
    Column("at", Double, nullable=False),
    **TABLE_OPTIONS,
)
SCHEMA = Schema("noise", _METADATA)
SECONDS = 600.0
"""How long one report may take."""


class NoisyReport(msgspec.Struct, frozen=True):
    """
    A report that was shown with noise.

    Attributes:
        subject: What was asked.
        first: The first day.
        last: The last day.
        epsilon: What it has cost, as a decimal number.
        body: The report as JSON.
    """

    subject: KeptSubject
    first: date
    last: date
    epsilon: str
    body: bytes


class NoiseLedger:
    """
    What was shown with noise, of one database.

    Args:
        engine: Where the table is.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._leases = Leases(engine)

    def claim(self, site: str, owner: str, now: float) -> bool:
        """Let *owner* alone spend on *site*; ``False`` while somebody else does."""
        return self._leases.acquire(f"noise {site}", owner, SECONDS, now)

    def release(self, site: str, owner: str, now: float) -> None:
        """Let others spend again."""
        self._leases.release(f"noise {site}", owner, now)

    def of(self, site: str) -> list[NoisyReport]:
        """
        Return all that was shown of *site* with noise; makes no table.

        Raises:
            StoreError: The database failed; nothing may be shown.
        """
        with reading(self._engine) as connection:
            if not inspect(connection).has_table(_NOISY.name):
                return []
            rows = connection.execute(select(_NOISY).where(_NOISY.c.site == site)).all()
        return [
            NoisyReport(
                KeptSubject(row.site, row.report, row.question),
                date.fromisoformat(row.first_day),
                date.fromisoformat(row.last_day),
                row.epsilon,
                bytes(row.body),
            )
            for row in rows
        ]

    def add(self, shown: NoisyReport, now: float) -> None:
        """
        Note what is about to be shown.

        Raises:
            StoreError: The database failed; nothing may be shown.
        """
        prepare(self._engine, SCHEMA)
        row = {
            **msgspec.to_builtins(shown.subject),
            "first_day": str(shown.first),
            "last_day": str(shown.last),
            "epsilon": shown.epsilon,
            "body": shown.body,
            "at": now,
        }
        with writing(self._engine) as connection:
            connection.execute(insert_absent(self._engine, _NOISY).values(row))


def spent(shown: list[NoisyReport], first: date, last: date) -> Decimal:
    """Return what was spent on days from *first* to *last*, and on whatever they are part of."""
    return sum(
        (Decimal(one.epsilon) for one in shown if one.first <= last and first <= one.last),
        Decimal(0),
    )
