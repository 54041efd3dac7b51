"""
Write what strategies leave into fields, as one statement where the value does not matter.

Does I/O on a connection it is lent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import (
    ColumnElement,
    Executable,
    and_,
    bindparam,
    case,
    literal,
    or_,
    select,
    update,
)

from privacykit.connectors.sql.batch import Batch
from privacykit.connectors.sql.logic import Predicate
from privacykit.connectors.sql.values import plain
from privacykit.errors import InputError, StoreError
from privacykit.govern.connector import Context, Key
from privacykit.govern.strategies import IN_PLACE, constant, weaken
from privacykit.govern.treatment import Change
from privacykit.govern.words import ErasureStrategy


def unfinished(batch: Batch, changes: Sequence[Change]) -> Callable[[], Predicate]:
    """Say that some field is not yet what it is to become, as far as SQL can tell."""

    def where() -> Predicate:
        ways = list[Predicate]()
        for change in changes:
            column = batch.table.c[change.column.name]
            if change.strategy not in IN_PLACE:
                return literal(value=True)
            value = constant(change.strategy, change.column, change.to)
            empty = value is None
            ways.append(column.is_not(None) if empty else column != batch.whose.fit(column, value))
        return or_(*ways)

    return where


def assign(
    batch: Batch, what: object, where: Callable[[], Predicate], changes: Sequence[Change]
) -> int:
    """Write *changes* into the rows of the batch that meet *where*; return how many."""
    if any(change.strategy not in IN_PLACE for change in changes):
        return _assign_each(batch, what, where, changes)

    def build() -> Executable:
        values: dict[str, Any] = {}
        for change in changes:
            column = batch.table.c[change.column.name]
            value = constant(change.strategy, change.column, change.to)
            # Nothing stays nothing: a mask in an empty field would say that something was there.
            values[column.name] = None if value is None else _where_filled(batch, column, value)
        allowed = and_(batch.whose.in_batch(batch.name, batch.table), where())
        return update(batch.table).where(allowed).values(values)

    return batch.change(what, build)


def _where_filled(batch: Batch, column: SqlColumn[Any], value: object) -> ColumnElement[Any]:
    filled = literal(batch.whose.fit(column, value), column.type)
    return case((column.is_not(None), filled), else_=None)


def _assign_each(
    batch: Batch, what: object, where: Callable[[], Predicate], changes: Sequence[Change]
) -> int:
    columns = [batch.table.c[change.column.name] for change in changes]

    def build() -> Executable:
        new = {column: bindparam(f"new_{n}", type_=column.type) for n, column in enumerate(columns)}
        one = batch.whose.in_batch(batch.name, batch.table)
        return update(batch.table).where(one).values(new)

    changed = 0
    for key, new in list(pending(batch, what, where, changes)):
        values = {f"new_{number}": value for number, value in enumerate(new.values())}
        changed += batch.change((what, "each"), build, [key if len(key) > 1 else key[0]], values)
    return changed


def pending(
    batch: Batch, what: object, where: Callable[[], Predicate] | None, changes: Sequence[Change]
) -> Iterator[tuple[Key, dict[str, Any]]]:
    """Yield key and new values of the rows that are not yet what they are to become."""
    table = batch.table
    key = batch.whose.key(batch.name, table)

    def build() -> Executable:
        query = select(*key, *(table.c[change.column.name] for change in changes))
        query = query.where(batch.whose.in_batch(batch.name, table))
        return query if where is None else query.where(where()).with_for_update()

    for row in batch.fetch((what, "values"), build):
        names, old = tuple(row[: len(key)]), row[len(key) :]
        new = _weakened(batch, tuple(map(plain, names)), old, changes)
        if list(new.values()) != list(old):
            yield names, new


def _weakened(
    batch: Batch, key: Key, old: Sequence[Any], changes: Sequence[Change]
) -> dict[str, Any]:
    row = repr(key).encode()
    pairs = zip(changes, old, strict=True)
    return {change.column.name: _new(batch, change, value, row) for change, value in pairs}


def _new(batch: Batch, change: Change, value: Any, row: bytes) -> Any:  # noqa: ANN401
    secret = _key(batch.context, change)
    try:
        new = weaken(value, change.strategy, change.column, change.to, key=secret, row=row)
    except InputError as error:
        raise StoreError(f"a strategy does not fit: {error} (PK226)") from None
    masked = change.strategy is ErasureStrategy.MASK
    return batch.whose.fit(batch.table.c[change.column.name], new) if masked else new


def _key(context: Context, change: Change) -> bytes:
    if change.strategy is ErasureStrategy.HMAC:
        if not context.key:
            raise StoreError("the strategy hmac needs a key (PK227)")
        return context.key
    return context.salt
