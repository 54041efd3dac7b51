"""
Kept figures, in ``[records]``: reports of calendar periods whose events may be gone. Does I/O.

Only results as they may be shown are in it: figures of at least k people, and no id. What is kept
is never written over: the same period has the same figures, whenever it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Double,
    Engine,
    LargeBinary,
    MetaData,
    String,
    Table,
    and_,
    delete,
    inspect,
    select,
    true,
    update,
)

from privacykit.stores.database.engine import TABLE_OPTIONS, reading, writing
from privacykit.stores.database.erased_bytes import empty_log
from privacykit.stores.database.insert import insert_absent
from privacykit.stores.database.schema import Schema, prepare

_METADATA = MetaData()


def subject_columns() -> tuple[Column[str], ...]:
    """Return the columns of a :class:`KeptSubject`, of the primary key."""
    sizes = {"site": 255, "report": 64, "question": 64}
    return tuple(Column(name, String(size), primary_key=True) for name, size in sizes.items())


def period_columns() -> tuple[Column[str], ...]:
    """Return the columns of a period, of the primary key: its first and last day."""
    return tuple(Column(name, String(10), primary_key=True) for name in ("first_day", "last_day"))


_KEPT = Table(
    "kept_reports",
    _METADATA,
    *subject_columns(),
    *period_columns(),
    Column("reason", String(64), nullable=False),
    Column("body", LargeBinary(16_777_215), nullable=False),
    Column("at", Double, nullable=False),
    **TABLE_OPTIONS,
)
_SINCE = Table(
    "kept_since",
    _METADATA,
    *subject_columns(),
    Column("at", Double, nullable=False),
    **TABLE_OPTIONS,
)
SCHEMA = Schema("kept", _METADATA)


class KeptSubject(msgspec.Struct, frozen=True):
    """
    Of what figures are kept.

    Attributes:
        site: The site's id.
        report: The kind of report.
        question: A digest of what exactly is asked.
    """

    site: str
    report: str
    question: str


class KeptReport(msgspec.Struct, frozen=True):
    """
    What is kept of a period.

    Attributes:
        first: The first day.
        last: The last day.
        reason: Why there are no figures, as a code; empty where there are.
        body: The report as JSON; empty where there is none.
        at: Unix seconds of the keeping.
    """

    first: date
    last: date
    reason: str
    body: bytes
    at: float


class KeptFigure(msgspec.Struct, frozen=True):
    """
    What is kept of one period, and of what.

    Attributes:
        subject: Of what.
        kept: What.
    """

    subject: KeptSubject
    kept: KeptReport


REMOVED = "removed"
"""The reason of a period whose figures an operator removed."""


class KeptReports:
    """
    The kept figures of one database; may be shared by threads, and by any number of processes.

    Args:
        engine: Where the tables are.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, subject: KeptSubject) -> list[KeptReport]:
        """
        Return what is kept of *subject*, the oldest period first; makes no table.

        Raises:
            StoreError: The database failed.
        """
        return [one.kept for one in self._read(_about(_KEPT, subject))]

    def all(self) -> list[KeptFigure]:
        """
        Return all that is kept, by site, report and question, the oldest period first.

        Raises:
            StoreError: The database failed.
        """
        return self._read(true())

    def _read(self, which: ColumnElement[bool]) -> list[KeptFigure]:
        order = [_KEPT.c[name] for name in ("site", "report", "question", "first_day")]
        with reading(self._engine) as connection:
            if not inspect(connection).has_table(_KEPT.name):
                return []
            rows = connection.execute(select(_KEPT).where(which).order_by(*order)).all()
        return [
            KeptFigure(
                KeptSubject(row.site, row.report, row.question),
                KeptReport(
                    date.fromisoformat(row.first_day),
                    date.fromisoformat(row.last_day),
                    row.reason,
                    bytes(row.body),
                    row.at,
                ),
            )
            for row in rows
        ]

    def remove(self, figures: Iterable[KeptFigure], note: Callable[[Connection], object]) -> None:
        """
        Erase *figures*, in one transaction with what *note* writes.

        That there were some is kept: their period is not counted anew.

        Raises:
            StoreError: The database failed: nothing is removed.
        """
        with writing(self._engine) as connection:
            for one in figures:
                this = and_(
                    _about(_KEPT, one.subject),
                    _KEPT.c.first_day == str(one.kept.first),
                    _KEPT.c.last_day == str(one.kept.last),
                )
                connection.execute(update(_KEPT).where(this).values(body=b"", reason=REMOVED))
            note(connection)
        empty_log(self._engine)

    def add(self, subject: KeptSubject, kept: KeptReport) -> None:
        """
        Keep the figures of a period, if none are; committed when this returns.

        Raises:
            StoreError: The database failed; the events may not go.
        """
        prepare(self._engine, SCHEMA)
        row = {
            **msgspec.to_builtins(subject),
            "first_day": str(kept.first),
            "last_day": str(kept.last),
            "reason": kept.reason,
            "body": kept.body,
            "at": kept.at,
        }
        with writing(self._engine) as connection:
            connection.execute(insert_absent(self._engine, _KEPT).values(row))

    def since(self, subject: KeptSubject) -> float | None:
        """
        Return since when figures of *subject* are kept before events go, in Unix seconds.

        Raises:
            StoreError: The database failed.
        """
        found = select(_SINCE.c.at).where(_about(_SINCE, subject))
        with reading(self._engine) as connection:
            if not inspect(connection).has_table(_SINCE.name):
                return None
            return connection.scalar(found)

    def begin(self, subject: KeptSubject, now: float) -> float:
        """
        Return since when figures of *subject* are kept: from *now* on, if they were not.

        Raises:
            StoreError: The database failed.
        """
        prepare(self._engine, SCHEMA)
        row = {**msgspec.to_builtins(subject), "at": now}
        with writing(self._engine) as connection:
            connection.execute(insert_absent(self._engine, _SINCE).values(row))
        begun = self.since(subject)
        return now if begun is None else begun

    def end(self, still: Sequence[KeptSubject]) -> None:
        """
        Note that of others than *still* no more figures are kept: their events may have gone.

        Raises:
            StoreError: The database failed.
        """
        with reading(self._engine) as connection:
            if not inspect(connection).has_table(_SINCE.name):
                return
            rows = connection.execute(select(_SINCE)).all()
        known = [KeptSubject(row.site, row.report, row.question) for row in rows]
        for subject in known:
            if subject not in still:
                with writing(self._engine) as connection:
                    connection.execute(delete(_SINCE).where(_about(_SINCE, subject)))


def _about(table: Table, subject: KeptSubject) -> ColumnElement[bool]:
    return and_(
        table.c.site == subject.site,
        table.c.report == subject.report,
        table.c.question == subject.question,
    )
