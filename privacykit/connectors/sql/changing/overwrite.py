"""
Write what strategies leave into fields, as one statement where the value does not matter.

Does I/O on a connection it is lent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    and_,
    bindparam,
    case,
    false,
    literal,
    null,
    or_,
    select,
    update,
)

from privacykit.connectors.sql.changing.batch import RowBatch
from privacykit.connectors.sql.convert import plain
from privacykit.connectors.sql.derived import written
from privacykit.connectors.sql.ownership.predicates import Predicate, compared_as, place
from privacykit.connectors.sql.ownership.whose import Whose
from privacykit.errors import InputError, StoreError
from privacykit.govern.erasure.ports.connector import Context
from privacykit.govern.erasure.ports.work import Key
from privacykit.govern.erasure.strategies import IN_PLACE, constant, weaken
from privacykit.govern.erasure.treatment import SOMEBODYS, Cut, FieldChange, cuts_of, treat
from privacykit.govern.words import Action, ErasureStrategy

WHOLE = "="
"""Stands behind the class of a row that stays as it is."""


def unfinished(whose: Whose, name: str, changes: Sequence[FieldChange]) -> Predicate:
    """Say that some field is not yet what it is to become, as far as SQL can tell."""
    ways = list[Predicate]()
    for change in changes:
        column = place(whose.tables[name], change.column.name)
        if change.strategy not in IN_PLACE:
            return literal(value=True)
        value = constant(change.strategy, change.column, change.to)
        empty = value is None
        ways.append(column.is_not(None) if empty else column != _fitted(whose, name, change, value))
    return or_(*ways)


def marked(whose: Whose, name: str, kind: BindParameter[str]) -> ColumnElement[str]:
    """Return the class *kind* as a column: with a mark where nothing can be cut off the row."""
    if kind.value not in SOMEBODYS or treat(whose.ownership, name, kind.value)[0] is Action.KEEP:
        return kind
    cuts = cuts_of(whose.ownership, name, kind.value)
    ways = (and_(leads(whose, name, it), unfinished(whose, name, it.changes)) for it in cuts)
    return case((or_(false(), *ways), kind), else_=literal(kind.value + WHOLE))


def leads(whose: Whose, name: str, cut: Cut) -> Predicate:
    """Say that the row still leads to the person, the way that *cut* is to end."""
    if cut.is_person:
        return whose.is_root(name, whose.tables[name])
    if cut.tie is not None:
        # A row that others own too stays theirs: the key to it is not only the person's.
        return whose.tied_alone(cut.tie, whose.tables[name])
    match = whose.identified.in_column(name, cut.changes[0].column.name, whose.tables[name])
    return literal(value=False) if match is None else match


def assign(
    batch: RowBatch, what: object, where: Callable[[], Predicate], changes: Sequence[FieldChange]
) -> int:
    """Write *changes* into the rows of the batch that meet *where*; return how many."""
    if any(change.strategy not in IN_PLACE for change in changes):
        return _assign_each(batch, what, where, changes)

    def build() -> Executable:
        values: dict[str, ColumnElement[Any]] = {}
        for change in changes:
            value = constant(change.strategy, change.column, change.to)
            # Nothing stays nothing: a mask in an empty field would say that something was there.
            new = null() if value is None else _where_filled(batch, change, value)
            values[change.column.name] = new
        allowed = and_(batch.whose.in_batch(batch.name, batch.table), where())
        return update(batch.table).where(allowed).values(_set(batch, values))

    return batch.change(what, build)


def _where_filled(batch: RowBatch, change: FieldChange, value: object) -> ColumnElement[Any]:
    kind = compared_as(batch.table, change.column.name).type
    filled = literal(_fitted(batch.whose, batch.name, change, value), kind)
    return case((place(batch.table, change.column.name).is_not(None), filled), else_=null())


def _fitted(whose: Whose, name: str, change: FieldChange, value: object) -> Any:  # noqa: ANN401 - a column's value
    return whose.fit(compared_as(whose.tables[name], change.column.name), value)


def _set(batch: RowBatch, values: Mapping[str, ColumnElement[Any]]) -> dict[str, Any]:
    """Return *values* as the real columns take them."""
    return dict(written(batch.table, values, batch.connection.dialect.name))


def _assign_each(
    batch: RowBatch, what: object, where: Callable[[], Predicate], changes: Sequence[FieldChange]
) -> int:
    names = [change.column.name for change in changes]

    def build() -> Executable:
        kinds = [compared_as(batch.table, name).type for name in names]
        places = [bindparam(f"new_{number}", type_=kind) for number, kind in enumerate(kinds)]
        one = batch.whose.in_batch(batch.name, batch.table)
        new = _set(batch, dict(zip(names, places, strict=True)))
        return update(batch.table).where(one).values(new)

    rows = [(key, list(new.values())) for key, new in pending(batch, what, where, changes)]
    return batch.change_each((what, "each"), build, rows)


def pending(
    batch: RowBatch,
    what: object,
    where: Callable[[], Predicate] | None,
    changes: Sequence[FieldChange],
) -> Iterator[tuple[Key, dict[str, Any]]]:
    """Yield key and new values of the rows that are not yet what they are to become."""
    table = batch.table
    key = batch.whose.key(batch.name, table)

    def build() -> Executable:
        query = select(*key, *(place(table, change.column.name) for change in changes))
        query = query.where(batch.whose.in_batch(batch.name, table))
        return query if where is None else query.where(where()).with_for_update()

    for row in batch.fetch((what, "values"), build):
        names, old = tuple(row[: len(key)]), row[len(key) :]
        new = _weakened(batch, tuple(map(plain, names)), old, changes)
        if list(new.values()) != list(old):
            yield names, new


def _weakened(
    batch: RowBatch, key: Key, old: Sequence[Any], changes: Sequence[FieldChange]
) -> dict[str, Any]:
    row = repr(key).encode()
    pairs = zip(changes, old, strict=True)
    return {change.column.name: _new(batch, change, value, row) for change, value in pairs}


def _new(batch: RowBatch, change: FieldChange, value: Any, row: bytes) -> Any:  # noqa: ANN401
    secret = _key(batch.context, change)
    try:
        new = weaken(value, change.strategy, change.column, change.to, key=secret, row=row)
    except InputError as error:
        raise StoreError(f"a strategy does not fit: {error} (PK226)") from None
    masked = change.strategy is ErasureStrategy.MASK
    return _fitted(batch.whose, batch.name, change, new) if masked else new


def _key(context: Context, change: FieldChange) -> bytes:
    if change.strategy is ErasureStrategy.HMAC:
        if not context.key:
            raise StoreError("the strategy hmac needs a key (PK227)")
        return context.key
    return context.salt
