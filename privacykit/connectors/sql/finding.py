"""Find a person's rows and say of which class each is. Does I/O on a connection it is lent."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.sql.elements import False_

from privacykit.connectors.sql.logic import untrue
from privacykit.connectors.sql.pointers import blocked, hard_loop
from privacykit.connectors.sql.reflect import KIND
from privacykit.connectors.sql.values import plain
from privacykit.connectors.sql.whose import Whose
from privacykit.govern.connector import Context, Key, Subject
from privacykit.govern.datamap import Field
from privacykit.govern.records import Identity
from privacykit.govern.strategies import MASK_TEXT
from privacykit.govern.treatment import ACCESSED, HELD, OWN, REFERENCED, SHARED


def resolve(connection: Connection, whose: Whose, context: Context) -> Subject:
    """Return the keys of the rows that are the person, and the identities that stand in them."""
    roots: dict[str, tuple[Key, ...]] = {}
    known: dict[tuple[str, str, str], Identity] = {}
    for name, width, fields in whose.kept("resolve", lambda: list(_resolvable(whose))):
        build = partial(_resolving, whose, name)
        found = whose.binds.fetch(connection, ("resolve", name), build, context)
        if found:
            full = f"{whose.ownership.dataset}.{name}"
            roots[full] = tuple(tuple(map(plain, row[:width])) for row in found)
        for row in found:
            for field, value in zip(fields, row[width:], strict=True):
                if value is not None and field.identity:
                    identity = Identity(field.identity, str(plain(value)), field.format)
                    known[identity.type, identity.value, identity.format] = identity
    return Subject(tuple(known.values()), roots)


def _resolvable(whose: Whose) -> Iterator[tuple[str, int, list[Field]]]:
    """Collections in which an identity names a person: key width and identity fields of each."""
    for name, collection in whose.ownership.collections.items():
        if not collection.subject or name not in whose.tables:
            continue
        if whose.identified.in_row(name, whose.tables[name]) is not None:
            fields = list(whose.ownership.identity_fields(name).values())
            yield name, len(whose.ownership.key(name)), fields


def _resolving(whose: Whose, name: str) -> Select[Any]:
    table = whose.tables[name]
    key, match = whose.key(name, table), whose.identified.in_row(name, table)
    fields = [table.c[column] for column in whose.ownership.identity_fields(name)]
    return select(*key, *fields).where(false() if match is None else match).order_by(*key)


def strangers(connection: Connection, whose: Whose, context: Context) -> int:
    """Count root rows that carry an identity neither the person's nor an erasure's mark."""
    total = 0
    for name, collection in whose.ownership.collections.items():
        if not collection.subject or name not in whose.tables:
            continue
        build = partial(_strange, whose, name)
        total += int(whose.binds.fetch(connection, ("strangers", name), build, context)[0][0])
    return total


def _strange(whose: Whose, name: str) -> Select[Any]:
    table, key = whose.tables[name], whose.ownership.key(name)
    # The key proves nothing here: it is what may have been used again.
    fields = [column for column in whose.ownership.identity_fields(name) if column not in key]
    matches = [whose.identified.in_column(name, column, table) for column in fields]
    known = or_(false(), *(match for match in matches if match is not None))
    named = or_(false(), *(_names(table.c[column]) for column in fields))
    query = select(func.count()).select_from(table)
    return query.where(whose.is_root(name, table), named, untrue(known))


def _names(column: SqlColumn[Any]) -> ColumnElement[bool]:
    """Say that an identity stands in *column*, not the mark that an erasure left."""
    if column.info.get(KIND) != "text":
        return column.is_not(None)
    marked = column.like("pk-%") | column.like(f"{MASK_TEXT}%")
    return and_(column.is_not(None), not_(marked))


def kind_column(whose: Whose, name: str) -> ColumnElement[str]:
    """Return the class of a row of the collection as a column."""
    table = whose.tables[name]
    ways: list[tuple[Any, Any]] = [(whose.reasons.held(name, table), literal(HELD))]
    if whose.ownership.may_be_accessed(name) and not whose.where:
        ways.append((untrue(whose.owned(name, table)), literal(ACCESSED)))
    ways.append((whose.others(name, table), literal(SHARED)))
    ways += [(keeps, literal(reason)) for reason, keeps in whose.reasons.kept(name, table)]
    if whose.deletes(name):
        ways.append((blocked(whose, name, table), literal(REFERENCED)))
    real = [(predicate, kind) for predicate, kind in ways if not isinstance(predicate, False_)]
    return case(*real, else_=literal(OWN)) if real else literal(OWN)


def classified(
    connection: Connection, whose: Whose, name: str, context: Context
) -> Iterator[tuple[Key, str]]:
    """Yield the key and the class of every row of the selection, in key order."""
    found = whose.binds.stream(connection, ("find", name), partial(query, whose, name), context)
    for row in found:
        yield tuple(map(plain, row[:-1])), row[-1]


def query(whose: Whose, name: str, *, among: bool = False) -> Select[Any]:
    """
    Return the statement that names and classes the selection's rows.

    Args:
        whose: The predicates.

        name: The collection.

        among: Whether to look at the rows of one batch only, in no order.
    """
    table = whose.tables[name]
    key = whose.key(name, table)
    rows: Select[Any] = select(*key, kind_column(whose, name).label("privacykit_kind"))
    if among:
        return rows.where(whose.found(name, table), whose.in_batch(name, table))
    rows = whose.among_mine(name, rows)
    # Where a row may never lose the row it points at, those that point go first.
    order: list[ColumnElement[Any]] = list(key)
    if hard_loop(whose, name):
        order = [column.desc() for column in key]
    if nested := whose.depths(name):
        named, depths = nested
        inside = and_(*(table.c[column] == depths.c[column] for column in named))
        rows = rows.outerjoin(depths, inside)
        order.insert(0, depths.c.privacykit_depth)
    return rows.order_by(*order)
