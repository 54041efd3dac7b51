"""
The layout of periods in each kind of database: files or partitions. Does I/O.

A missing period is never made up for: there is no default partition, so that an event whose
retention nobody prepared for stays in the outbox.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

from sqlalchemy import Connection, Engine, text

from privacykit.errors import StoreError
from privacykit.stores.database.engine import reading, writing
from privacykit.stores.database.sqlite import is_sqlite
from privacykit.stores.events.event_tables import EVENTS, WHOLE, events_table
from privacykit.stores.events.period_files import PeriodFiles
from privacykit.stores.events.periods import Period, named
from privacykit.stores.events.shelves import PutAside, Shelf
from privacykit.stores.events.view import is_there, make_view

LOCK_SECONDS = 5
"""How long a change of partitions waits for readers, while writers queue up behind it."""


class PeriodLayout(Protocol):
    """Where the events of each period lie."""

    def existing(self) -> set[Period]:
        """Return the periods there are."""
        ...

    def create(self, period: Period) -> None:
        """Make room for *period*."""

    def show(self) -> None:
        """Make the view ``events`` where it is not there yet; events are kept without it too."""

    def shelf(self, period: Period) -> Shelf:
        """Return where events of *period* are inserted, and read from."""
        ...

    def shelves(self, periods: Iterable[Period]) -> list[Shelf]:
        """Return where the events of *periods* lie."""
        ...

    def drop(self, period: Period, first: PutAside | None) -> int:
        """Drop *period* with all that is in it but what *first* puts aside; return how much."""
        ...

    def empty(self, connection: Connection, period: Period) -> None:
        """Drop all that is in *period*, but keep the room."""


def period_layout(engine: Engine) -> PeriodLayout:
    """Return how *engine* keeps periods."""
    if is_sqlite(engine):
        return PeriodFiles(engine)
    if engine.dialect.name == "postgresql":
        return _Partitions(engine)
    return _MariaPartitions(engine)


class _Whole(ABC):
    """One table with partitions."""

    def __init__(self, engine: Engine, **options: str) -> None:
        self._engine = engine
        self._table = events_table(WHOLE, **options)
        self._shelf = Shelf(engine, self._table)
        self._shown = False

    def show(self) -> None:
        if self._shown:
            return
        with reading(self._engine) as connection:
            self._shown = is_there(connection)
        if not self._shown:
            with suppress(StoreError), writing(self._engine) as connection:
                make_view(connection, WHOLE)
                self._shown = True

    def shelf(self, _period: Period) -> Shelf:
        return self._shelf

    def shelves(self, periods: Iterable[Period]) -> list[Shelf]:
        return [self._shelf] if any(True for _ in periods) else []

    def drop(self, period: Period, first: PutAside | None) -> int:
        with writing(self._engine) as connection:
            aside = first(connection) if first else 0
            self._drop(connection, period)
            return aside

    @abstractmethod
    def _drop(self, connection: Connection, period: Period) -> None:
        """Drop *period* within the transaction of *connection*."""


class _Partitions(_Whole):
    """PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, postgresql_partition_by="RANGE (expires_at)")

    def existing(self) -> set[Period]:
        partitions = text(
            "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid"
            " where i.inhparent = to_regclass(:name)"
        )
        with reading(self._engine) as connection:
            names = connection.scalars(partitions, {"name": WHOLE}).all()
        return named(name.removeprefix(f"{EVENTS}_") for name in names)

    def create(self, period: Period) -> None:
        with writing(self._engine) as connection:
            self._hurry(connection)
            self._table.create(connection, checkfirst=True)
            connection.execute(
                text(
                    f"create table if not exists {EVENTS}_{period.name} partition of {WHOLE}"
                    f" for values from ({period.start}) to ({period.end})"
                )
            )

    def _drop(self, connection: Connection, period: Period) -> None:
        self._hurry(connection)
        connection.execute(text(f"drop table if exists {EVENTS}_{period.name}"))

    def empty(self, connection: Connection, period: Period) -> None:
        self._hurry(connection)
        connection.execute(text(f"truncate table {EVENTS}_{period.name}"))

    @staticmethod
    def _hurry(connection: Connection) -> None:
        connection.execute(text(f"set local lock_timeout = '{LOCK_SECONDS}s'"))
        connection.execute(text("select pg_advisory_xact_lock(hashtext('privacykit_events'))"))


class _MariaPartitions(_Whole):
    """MariaDB; its partitions have an upper bound only, and come in order."""

    def existing(self) -> set[Period]:
        with reading(self._engine) as connection:
            return self._existing(connection)

    @staticmethod
    def _existing(connection: Connection) -> set[Period]:
        rows = connection.execute(
            text(
                "select partition_name from information_schema.partitions"
                " where table_schema = database() and table_name = :name"
                " and partition_name is not null"
            ),
            {"name": WHOLE},
        )
        return named(name.removeprefix("p") for name in rows.scalars())

    def create(self, period: Period) -> None:
        with writing(self._engine) as connection:
            self._create(connection, period)

    def _create(self, connection: Connection, period: Period) -> None:
        connection.execute(text(f"set session lock_wait_timeout = {LOCK_SECONDS}"))
        existing = self._existing(connection)
        if not existing:
            by = f"RANGE (expires_at) ({_bound(period)})"
            first = events_table(WHOLE, mysql_partition_by=by)
            first.create(connection, checkfirst=True)
            return
        if period in existing:
            return
        above = min((other for other in existing if other > period), default=None)
        if above is None:
            change = f"add partition ({_bound(period)})"
        else:
            change = f"reorganize partition p{above.name} into ({_bound(period)}, {_bound(above)})"
        connection.execute(text(f"alter table {WHOLE} {change}"))

    def _drop(self, connection: Connection, period: Period) -> None:
        connection.execute(text(f"set session lock_wait_timeout = {LOCK_SECONDS}"))
        if self._existing(connection) == {period}:
            # The last partition cannot go; it stays for what comes below its bound.
            self.empty(connection, period)
        else:
            connection.execute(text(f"alter table {WHOLE} drop partition p{period.name}"))

    def empty(self, connection: Connection, period: Period) -> None:
        connection.execute(text(f"alter table {WHOLE} truncate partition p{period.name}"))


def _bound(period: Period) -> str:
    return f"PARTITION p{period.name} VALUES LESS THAN ({period.end})"
