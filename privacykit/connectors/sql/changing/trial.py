"""
Work done in a transaction that is rolled back, to hear what the database refuses. Does I/O.

No row is different afterwards. What remains are numbers that sequences and auto-increments gave to
triggers, dead row versions and log until the server tidies up, and whatever a trigger does outside
its transaction. Nothing is tried on tables that know no transaction, or, where there are such, on
tables with triggers. Locks are held for a moment: nobody waits for one longer than
:data:`LOCK_SECONDS`, and no statement runs longer than :data:`STATEMENT_SECONDS`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from privacykit.connectors.sql.changing import apply as batches
from privacykit.connectors.sql.changing.refusals import KEY, UNTRIED, busy, fields_of, words_for
from privacykit.connectors.sql.database import WRITES
from privacykit.connectors.sql.dialects.writes import beyond, so_far
from privacykit.connectors.sql.ownership.whose import Whose
from privacykit.errors import StoreError
from privacykit.govern.erasure.context import CHUNK_ROWS
from privacykit.govern.erasure.ownership import Ownership
from privacykit.govern.erasure.ports.capability import Refusal, Tried
from privacykit.govern.erasure.ports.connector import Context
from privacykit.govern.erasure.ports.work import Work
from privacykit.govern.records import Action

LOCK_SECONDS = 2
STATEMENT_SECONDS = 10

_BEFORE = {
    "sqlite": (f"pragma busy_timeout={LOCK_SECONDS * 1000}", "pragma cache_spill=off"),
    "mysql": (
        f"set session innodb_lock_wait_timeout = {LOCK_SECONDS}",
        f"set session lock_wait_timeout = {LOCK_SECONDS}",
        f"set session max_statement_time = {STATEMENT_SECONDS}",
    ),
}
_INSIDE = {
    "postgresql": (
        f"set local lock_timeout = '{LOCK_SECONDS}s'",
        f"set local statement_timeout = '{STATEMENT_SECONDS}s'",
    ),
}
_AFTER = {
    "sqlite": ("pragma busy_timeout=5000", "pragma cache_spill=on"),
    "mysql": (
        "set session innodb_lock_wait_timeout = default",
        "set session lock_wait_timeout = default",
        "set session max_statement_time = default",
    ),
}
_DEFER = {"sqlite": "pragma defer_foreign_keys=on", "postgresql": "set constraints all deferred"}
_IMMEDIATE = {"postgresql": "set constraints all immediate"}


def defer_keys(connection: Connection, whose: Whose) -> None:
    """Have keys of a loop looked at when the transaction ends, where there is such a loop."""
    statement = _DEFER.get(connection.dialect.name)
    if statement and loops(whose):
        connection.exec_driver_sql(statement)


def loops(whose: Whose) -> frozenset[str]:
    """Return the collections in loops of keys that go in one transaction."""
    return whose.kept("loops", lambda: frozenset(_loops(whose.ownership)))


def _loops(ownership: Ownership) -> Iterator[str]:
    for name in ownership.collections:
        for source, key in ownership.incoming(name):
            if source in ownership.collections and ownership.deferred(source, key):
                yield source


class PlanTrial:
    """
    Work that is undone.

    Args:
        engine: The database.
        whose: The predicates that the work is made of.
        unsafe: Tables on which nothing can be undone.
    """

    def __init__(self, engine: Engine, whose: Whose, unsafe: frozenset[str]) -> None:
        self._engine = engine
        self._whose = whose
        self._unsafe = unsafe
        self._errors = (SQLAlchemyError, engine.dialect.loaded_dbapi.Error)

    def run(self, work: Sequence[Work], context: Context, *, whole: bool) -> Tried:
        """Return what the database makes of *work*; see :class:`.Trials`."""
        if unsafe := sorted(self._touched(work) & self._unsafe):
            words = "its engine knows no transaction, so that nothing can be tried or undone"
            return Tried(tuple(Refusal("PK274", name, (), words) for name in unsafe))
        found: list[Refusal] = []
        let_go, besides = Counter[str](), Counter[str]()
        added = 0
        first = work[0].step.collection
        try:
            with self._undone() as connection:
                before = so_far(connection)
                counted = before.counted
                for item in work:
                    found += self._one(connection, item, context, let_go, whole=whole)
                    changed, new = beyond(connection, before, self._touched([item]))
                    besides[item.step.collection] += changed
                    added, before = added + new, so_far(connection)
                if not counted:
                    words = "track_counts is off: what triggers and rules write besides is unseen"
                    found.append(Refusal("PK278", first, (), words))
                found += self._end(connection, work, whole=whole)
                if not found:
                    found += _besides(besides)
        except self._errors as error:
            words = UNTRIED if busy(error) else words_for(error)
            found.append(Refusal("PK274", first, (), words))
        return Tried(tuple(found), added, dict(let_go))

    def _touched(self, work: Sequence[Work]) -> set[str]:
        """Return the tables that are written to, those that let go of a deleted row included."""
        names = {item.step.collection for item in work}
        ownership = self._whose.ownership
        return names | {source for name in names for source, _ in ownership.incoming(name)}

    @contextmanager
    def _undone(self) -> Iterator[Connection]:
        name = self._engine.dialect.name
        with self._engine.connect().execution_options(**WRITES) as connection:
            driver = connection.connection.driver_connection
            assert driver is not None, "a connection was lent"
            _run(driver, _BEFORE.get(name, ()))
            try:
                transaction = connection.begin()
                try:
                    for statement in _INSIDE.get(name, ()):
                        connection.exec_driver_sql(statement)
                    defer_keys(connection, self._whose)
                    yield connection
                finally:
                    transaction.rollback()
            finally:
                _run(driver, _AFTER.get(name, ()))

    def _one(
        self,
        connection: Connection,
        item: Work,
        context: Context,
        let_go: Counter[str],
        *,
        whole: bool,
    ) -> Iterator[Refusal]:
        name = item.step.collection
        before = connection.begin_nested()
        try:
            applied = batches.apply(connection, self._whose, item, context)
        except StoreError as error:
            before.rollback()
            yield Refusal("PK272", name, (), str(error))
            return
        except self._errors as error:
            before.rollback()
            if busy(error):
                yield Refusal("PK274", name, (), UNTRIED)
                return
            written = [field for field, _ in item.step.fields]
            fields = fields_of(error, self._whose.ownership.tables[name], written)
            yield Refusal("PK272", name, fields, words_for(error))
            return
        let_go[name] += applied.let_go
        if applied.skipped and whole:
            why = "rows would stay: rows that stay, or a trigger, hold them"
            if item.step.action in {Action.RECTIFY, Action.RESTRICT}:
                why = "rows would not hold the new value: it has no place there, or is not kept so"
            words = f"{applied.skipped} {why}"
            yield Refusal("PK273", name, (), words)

    def _end(
        self, connection: Connection, work: Sequence[Work], *, whole: bool
    ) -> Iterator[Refusal]:
        """What the database looks at when a transaction ends."""
        together = loops(self._whose)
        bound = [item for item in work if item.step.collection in together]
        if sum(item.step.rows for item in bound) > CHUNK_ROWS:
            words = "more rows point at each other in a loop than one transaction takes"
            yield Refusal("PK273", bound[0].step.collection, (), words)
        elif whole:
            name = (bound or work)[0].step.collection
            if words := self._broken(connection, together if bound else frozenset()):
                yield Refusal("PK272", name, (), f"when the transaction ends, {words}")

    def _broken(self, connection: Connection, together: AbstractSet[str]) -> str:
        """Say which keys or conditions, looked at in the end, the work would break."""
        if statement := _IMMEDIATE.get(connection.dialect.name):
            try:
                connection.exec_driver_sql(statement)
            except SQLAlchemyError as error:
                return words_for(error)
            return ""
        quote = connection.dialect.identifier_preparer.quote
        names = [quote(self._whose.tables[name].name) for name in sorted(together)]
        checks = (f"pragma foreign_key_check({name})" for name in names)
        broken = any(connection.exec_driver_sql(check).first() for check in checks)
        return KEY if broken else ""


def _besides(written: Counter[str]) -> Iterator[Refusal]:
    """Say what was written besides, at the collection whose rows set it off."""
    for name, rows in written.items():
        if rows:
            words = f"a trigger or rule of the database writes {rows} rows besides"
            yield Refusal("PK278", name, (), words)


def _run(driver: object, statements: Sequence[str]) -> None:
    """Run *statements* on the driver's own connection: they are no part of a transaction."""
    for statement in statements:
        cursor = driver.cursor()  # type: ignore[attr-defined]
        try:
            cursor.execute(statement)
        finally:
            cursor.close()
