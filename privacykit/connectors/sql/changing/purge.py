"""
Remove what is over: batches of one statement each, dropped partitions. Does I/O.

Laws of this file:

1. Each batch is one transaction that repeats every predicate: over, not held, not kept, not
   pointed at. Nothing is decided by a look beforehand.
2. Only what the store itself names as lying before the cut-off is dropped.
3. Nobody waits long for a lock, so that nobody queues up behind us.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    Delete,
    Engine,
    and_,
    case,
    delete,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy import Table as SqlTable

from privacykit.connectors.sql.changing import apply as batches
from privacykit.connectors.sql.changing import tally as tallies
from privacykit.connectors.sql.convert import ColumnConverter, plain
from privacykit.connectors.sql.database import guarded, reading, writing
from privacykit.connectors.sql.dialects.partitions import Deleted, Partition
from privacykit.connectors.sql.dialects.stores import STORES
from privacykit.connectors.sql.ownership import overdue
from privacykit.connectors.sql.ownership.predicates import Predicate, untrue
from privacykit.connectors.sql.ownership.whose import Whose
from privacykit.errors import StoreError
from privacykit.govern.datamap import DataMap
from privacykit.govern.erasure.ownership import Ownership
from privacykit.govern.erasure.ports.connector import Context, Subject, Where
from privacykit.govern.erasure.ports.work import Work
from privacykit.govern.planned import PlanStep
from privacykit.govern.records import Action, Hold
from privacykit.govern.retention.purger import Dropped, DueRows, PurgedBatch
from privacykit.govern.retention.rules import RetentionTask
from privacykit.govern.words import ErasureStrategy


class SqlPurger:
    """
    :class:`privacykit.govern.retention.purger.Purger` for a SQL dataset.

    Made by :meth:`SqlConnector.purger`.

    Args:
        engine: The database.
        datamap: The data map.
        ownership: The dataset's ties.
        tables: The tables, by name.
        fitting: Carries values into columns.
        key: Key of the strategy *hmac*.
        salt: Key of *hash* and *random*, of this run alone.
    """

    def __init__(
        self,
        engine: Engine,
        datamap: DataMap,
        ownership: Ownership,
        tables: Mapping[str, SqlTable],
        fitting: ColumnConverter,
        *,
        key: bytes = b"",
        salt: bytes = b"",
    ) -> None:
        self._key = key
        self._salt = salt
        self._built: tuple[tuple[object, ...], Whose, Predicate] | None = None
        self._given = engine
        self._datamap = datamap
        self._ownership = ownership
        self._tables = tables
        self._fitting = fitting
        self._store = STORES[engine.dialect.name]
        self._engine = self._store.working(engine)
        self.longest: float = self._store.longest

    def due(self, rule: RetentionTask, holds: Sequence[Hold], now: float) -> DueRows:
        """
        Count what *rule* finds, and name what can be dropped.

        Raises:
            StoreError: The database refused, or the collection is not there.
        """
        table = self._table(rule)
        whose = self._whose(rule, holds, now)
        over = self._over(rule, whose)
        held = whose.reasons.held(rule.collection, table)
        kept = and_(untrue(held), overdue.kept(whose, rule, table))
        query = select(
            func.count(),
            func.coalesce(func.sum(case((held, 1), else_=0)), 0),
            func.coalesce(func.sum(case((kept, 1), else_=0)), 0),
        )
        if rule.tally:
            self._make_tally(rule)
        with reading(self._engine, f"counting {rule.name}") as connection:
            rows, are_held, are_kept = connection.execute(
                query.select_from(table).where(over)
            ).one()
            parts = self._droppable(connection, rule, whose)
        names = tuple(part.name for part in parts)
        estimate = sum(part.rows for part in parts)
        return DueRows(int(rows), int(are_held), int(are_kept), names, estimate)

    def drop(self, rule: RetentionTask, part: str, holds: Sequence[Hold], now: float) -> Dropped:
        """
        Detach and drop the partition *part* without making readers wait; idempotent.

        ``held`` where one of *holds*, or a reason to keep, lies on a row in it by now.

        Raises:
            StoreError: The database refused for another reason than a lock.
        """
        table = self._table(rule)
        cut = self._cut(rule)
        whose = self._whose(rule, holds, now)
        with reading(self._engine, f"looking at {rule.name}") as connection:
            found = self._store.parts(connection, table, rule.column, cut)
            mine = [it for it in found if it.name == part]
            if mine and not self._all_free(connection, rule, whose, mine):
                return "held"
        with guarded(f"dropping a partition of {rule.name}", self._engine):
            return self._store.drop(self._engine, table, rule.column, cut, part)

    def batch(
        self, rule: RetentionTask, holds: Sequence[Hold], now: float, *, low: object, limit: int
    ) -> PurgedBatch:
        """
        Remove or change at most *limit* rows, the oldest first, from *low* on.

        Raises:
            StoreError: The database refused; this batch was not done, those before were.
        """
        whose, allowed = self._prepared(rule, holds, now)
        if rule.then is ErasureStrategy.DELETE and (rule.tally or not overdue.lets_go(whose, rule)):
            return self._delete(rule, allowed, low, limit)
        return self._by_key(rule, allowed, holds, now, low, limit)

    def close(self) -> None:
        """Close the connections that are the purger's own."""
        if self._engine is not self._given:
            self._engine.dispose()

    def tidy(self) -> None:
        """Let SQLite give its write-ahead log back when it has grown."""
        with guarded("tidying up", self._engine):
            self._store.tidy(self._engine)

    def _delete(self, rule: RetentionTask, allowed: Predicate, low: Any, limit: int) -> PurgedBatch:  # noqa: ANN401
        """
        Delete a window of the index: at most *limit* rows between two moments.

        That costs what one plain DELETE of them costs; only where more rows than that share one
        moment are they picked one by one.
        """
        column = self._table(rule).c[rule.column]
        ahead = column < self._cut(rule)
        if low is not None:
            at, again = low
            ahead = and_(ahead, column >= at if again else column > at)
        query = select(column).where(ahead).order_by(column).limit(1)
        ends = select(query.scalar_subquery(), query.offset(limit).scalar_subquery())
        free = and_(ahead, allowed)
        with writing(self._engine, f"removing rows of {rule.name}") as connection:
            first, edge = connection.execute(ends).one()
            if edge is not None and edge == first:
                some = self._some(connection, rule, and_(free, column == first), limit)
                gone = self._gone(connection, rule, some)
                low = (first, gone.rows == limit)
            else:
                window = free if edge is None else and_(free, column < edge)
                gone = self._gone(connection, rule, delete(self._table(rule)).where(window))
                low = low if edge is None else (edge, True)
            done = edge is None
            if rule.tally:
                counts = tallies.tally_table(self._table(rule), rule.tally)
                tallies.count(connection, counts, rule.tally, gone.taken)
                if done:
                    tallies.fold(connection, counts, rule.tally)
        return PurgedBatch(gone.rows, low, done)

    def _some(
        self, connection: Connection, rule: RetentionTask, free: Predicate, limit: int
    ) -> Delete:
        table = self._table(rule)
        key = [table.c[name] for name in self._ownership.key(rule.collection)]
        return self._store.some(connection, table, key, free, limit)

    def _gone(self, connection: Connection, rule: RetentionTask, statement: Delete) -> Deleted:
        """Run *statement*; return of each row what the rule counts."""
        taking = [self._table(rule).c[name] for name in tallies.columns(rule.tally)]
        if not taking:
            return Deleted(int(connection.execute(statement).rowcount))
        taken = connection.execute(statement.returning(*taking)).all()
        return Deleted(len(taken), taken)

    def _by_key(
        self,
        rule: RetentionTask,
        allowed: Predicate,
        holds: Sequence[Hold],
        now: float,
        low: Any,  # noqa: ANN401
        limit: int,
    ) -> PurgedBatch:
        table = self._table(rule)
        column = table.c[rule.column]
        key = [table.c[name] for name in self._ownership.key(rule.collection)]
        if not key:
            raise StoreError(f"{rule.name} has no key to find a row again (PK225)")
        page = select(column, *key).where(allowed)
        if low is not None:
            at, *after = low
            further = tuple_(*key) > tuple(after) if len(key) > 1 else key[0] > after[0]
            page = page.where(or_(column > at, and_(column == at, further)))
        action = Action.DELETE if rule.then is ErasureStrategy.DELETE else Action.CHANGE
        step = PlanStep(rule.dataset, rule.collection, action, rule.then, rows=0)
        selection = Where(rule.collection, (), rule.then)
        context = Context(selection, now, tuple(holds), key=self._key, salt=self._salt)
        chosen = Whose(self._datamap, self._ownership, self._tables, self._fitting, context)
        with writing(self._engine, f"changing rows of {rule.name}") as connection:
            found = connection.execute(page.order_by(column, *key).limit(limit)).all()
            keys = [tuple(map(plain, row[1:])) for row in found]
            done = batches.apply(connection, chosen, Work(step, keys), context) if keys else None
        low = tuple(found[-1]) if found else low
        return PurgedBatch(done.changed if done else 0, low, len(found) < limit)

    def _make_tally(self, rule: RetentionTask) -> None:
        # Made beforehand: MariaDB commits when it creates a table.
        assert rule.tally is not None
        counts = tallies.tally_table(self._table(rule), rule.tally)
        with writing(self._engine, f"making the table {rule.tally.into}") as connection:
            counts.create(connection, checkfirst=True)

    def _over(self, rule: RetentionTask, whose: Whose) -> Predicate:
        column = self._table(rule).c[rule.column]
        where = whose.reasons.meets(rule.collection, self._table(rule), rule.where)
        return and_(column < self._cut(rule), self._fitting.dated(column), where)

    def _droppable(
        self, connection: Connection, rule: RetentionTask, whose: Whose
    ) -> list[Partition]:
        whole = rule.then is ErasureStrategy.DELETE and not rule.where and not rule.tally
        if not whole or self._ownership.incoming(rule.collection):
            return []
        found = self._store.parts(connection, self._table(rule), rule.column, self._cut(rule))
        return self._all_free(connection, rule, whose, found)

    def _all_free(
        self, connection: Connection, rule: RetentionTask, whose: Whose, found: Sequence[Partition]
    ) -> list[Partition]:
        """Return those in which no row is held or kept."""
        table = self._table(rule)
        stays = or_(whose.reasons.held(rule.collection, table), overdue.kept(whose, rule, table))
        some = select(1).select_from(table).where(stays).limit(1)
        return [p for p in found if connection.execute(some.where(p.inside)).first() is None]

    def _prepared(
        self, rule: RetentionTask, holds: Sequence[Hold], now: float
    ) -> tuple[Whose, Predicate]:
        """Return the predicates, built once while rule and holds are the same."""
        same = (rule.fingerprint(), rule.cutoff, tuple(hold.hold_id for hold in holds))
        if self._built is None or self._built[0] != same:
            whose = self._whose(rule, holds, now)
            free = overdue.free(whose, rule, self._table(rule))
            self._built = (same, whose, and_(self._over(rule, whose), free))
        return self._built[1:]

    def _whose(self, rule: RetentionTask, holds: Sequence[Hold], now: float) -> Whose:
        self._table(rule)
        # For nobody in particular: reasons to keep hold against retention too.
        context = Context(Subject(()), now, tuple(holds))
        return Whose(
            self._datamap, self._ownership, self._tables, self._fitting, context, fixed=True
        )

    def _cut(self, rule: RetentionTask) -> Any:  # noqa: ANN401 - as the column compares it
        return self._fitting.moment(self._table(rule).c[rule.column], rule.cutoff)

    def _table(self, rule: RetentionTask) -> SqlTable:
        table = self._tables.get(rule.collection)
        if table is None:
            raise StoreError(f"{rule.name} is mapped and does not exist (PK222)")
        return table
