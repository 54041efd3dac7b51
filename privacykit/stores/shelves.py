"""
How each kind of database keeps events by period: tables or partitions. Does I/O.

A missing period is never made up for: there is no default partition, so that an event whose
retention nobody prepared for stays in the outbox.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from sqlalchemy import Connection, Engine, Table, inspect, text

from privacykit.stores.engine import is_sqlite
from privacykit.stores.event_tables import EVENTS, events_table
from privacykit.stores.periods import Period

LOCK_SECONDS = 5
"""How long a change of partitions waits for readers, while writers queue up behind it."""


class Shelves(Protocol):
    """Where the events of each period lie."""

    def existing(self, connection: Connection) -> set[Period]:
        """Return the periods there are."""
        ...

    def create(self, connection: Connection, period: Period) -> None:
        """Make room for *period*."""

    def drop(self, connection: Connection, period: Period) -> None:
        """Drop *period* with all that is in it."""

    def empty(self, connection: Connection, period: Period) -> None:
        """Drop all that is in *period*, but keep the room."""

    def table(self, period: Period) -> Table:
        """Return the table into which events of *period* are inserted, and read from."""
        ...

    def tables(self, periods: Iterable[Period]) -> list[Table]:
        """Return the tables that hold the events of *periods*."""
        ...


def shelves(engine: Engine) -> Shelves:
    """Return how *engine* keeps periods."""
    if is_sqlite(engine):
        return _Tables()
    return _Partitions() if engine.dialect.name == "postgresql" else _MariaPartitions()


class _Tables:
    """SQLite: a table for each period."""

    def __init__(self) -> None:
        self._made: dict[Period, Table] = {}

    def existing(self, connection: Connection) -> set[Period]:
        names = inspect(connection).get_table_names()
        return _named(name.removeprefix(f"{EVENTS}_") for name in names)

    def create(self, connection: Connection, period: Period) -> None:
        self.table(period).create(connection, checkfirst=True)

    def drop(self, connection: Connection, period: Period) -> None:
        self.table(period).drop(connection, checkfirst=True)

    def empty(self, connection: Connection, period: Period) -> None:
        self.drop(connection, period)
        self.create(connection, period)

    def table(self, period: Period) -> Table:
        if period not in self._made:
            self._made[period] = events_table(f"{EVENTS}_{period.name}")
        return self._made[period]

    def tables(self, periods: Iterable[Period]) -> list[Table]:
        return [self.table(period) for period in sorted(periods)]


class _Whole:
    """One table with partitions."""

    def __init__(self, **options: str) -> None:
        self._table = events_table(EVENTS, **options)

    def table(self, _period: Period) -> Table:
        return self._table

    def tables(self, periods: Iterable[Period]) -> list[Table]:
        return [self._table] if any(True for _ in periods) else []


class _Partitions(_Whole):
    """PostgreSQL."""

    def __init__(self) -> None:
        super().__init__(postgresql_partition_by="RANGE (expires_at)")

    def existing(self, connection: Connection) -> set[Period]:
        rows = connection.execute(
            text(
                "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid"
                " where i.inhparent = to_regclass(:name)"
            ),
            {"name": EVENTS},
        )
        return _named(name.removeprefix(f"{EVENTS}_") for name in rows.scalars())

    def create(self, connection: Connection, period: Period) -> None:
        self._hurry(connection)
        self._table.create(connection, checkfirst=True)
        connection.execute(
            text(
                f"create table if not exists {EVENTS}_{period.name} partition of {EVENTS}"
                f" for values from ({period.start}) to ({period.end})"
            )
        )

    def drop(self, connection: Connection, period: Period) -> None:
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

    def existing(self, connection: Connection) -> set[Period]:
        rows = connection.execute(
            text(
                "select partition_name from information_schema.partitions"
                " where table_schema = database() and table_name = :name"
                " and partition_name is not null"
            ),
            {"name": EVENTS},
        )
        return _named(name.removeprefix("p") for name in rows.scalars())

    def create(self, connection: Connection, period: Period) -> None:
        connection.execute(text(f"set session lock_wait_timeout = {LOCK_SECONDS}"))
        existing = self.existing(connection)
        if not existing:
            by = f"RANGE (expires_at) ({_bound(period)})"
            first = events_table(EVENTS, mysql_partition_by=by)
            first.create(connection, checkfirst=True)
            return
        if period in existing:
            return
        above = min((other for other in existing if other > period), default=None)
        if above is None:
            change = f"add partition ({_bound(period)})"
        else:
            change = f"reorganize partition p{above.name} into ({_bound(period)}, {_bound(above)})"
        connection.execute(text(f"alter table {EVENTS} {change}"))

    def drop(self, connection: Connection, period: Period) -> None:
        connection.execute(text(f"set session lock_wait_timeout = {LOCK_SECONDS}"))
        if self.existing(connection) == {period}:
            # The last partition cannot go; it stays for what comes below its bound.
            self.empty(connection, period)
        else:
            connection.execute(text(f"alter table {EVENTS} drop partition p{period.name}"))

    def empty(self, connection: Connection, period: Period) -> None:
        connection.execute(text(f"alter table {EVENTS} truncate partition p{period.name}"))


def _bound(period: Period) -> str:
    return f"PARTITION p{period.name} VALUES LESS THAN ({period.end})"


def _named(names: Iterable[str]) -> set[Period]:
    return {period for period in map(Period.named, names) if period}
