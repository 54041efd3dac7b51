"""Find a person's rows and say of which class each is. Does I/O on a connection it is lent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import blake2b
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy import Table as SqlTable
from sqlalchemy.sql.elements import False_

from privacykit.connectors.sql.catalogue.reflect import KIND
from privacykit.connectors.sql.changing.overwrite import WHOLE, marked
from privacykit.connectors.sql.convert import plain
from privacykit.connectors.sql.ownership.exact import ExactText, Held
from privacykit.connectors.sql.ownership.predicates import compared_as, place, untrue
from privacykit.connectors.sql.ownership.references import blocked, hard_loop
from privacykit.connectors.sql.ownership.whose import Whose
from privacykit.govern.datamap import Field
from privacykit.govern.datamap.collection import Composite
from privacykit.govern.erasure.ports.connector import Context, PersonRow, RowIdentity, Subject
from privacykit.govern.erasure.ports.work import Key
from privacykit.govern.erasure.strategies import MASK_TEXT
from privacykit.govern.erasure.treatment import (
    ACCESSED,
    BY_LAW,
    HELD,
    NAMED,
    OWN,
    REFERENCED,
    SHARED,
    law_needs,
)
from privacykit.govern.identity.equality import text_of
from privacykit.govern.identity.types import leads, teaches
from privacykit.govern.records import Identity, IdentityFormat

MOST = "privacykit_most"
"""The parameter that takes how many rows are enough."""


def resolve(connection: Connection, whose: Whose, context: Context, most: int) -> list[PersonRow]:
    """Return the rows that are somebody whom the context names, at most *most* of a collection."""
    people: list[PersonRow] = []
    for name, holding in whose.kept("resolve", lambda: list(_resolvable(whose))):
        build = partial(_resolving, whose, name, holding)
        found = whose.binds.fetch(connection, ("resolve", name), build, context, {MOST: (most,)})
        full = f"{whose.ownership.dataset}.{name}"
        for row in found:
            key, values = row[: holding.width], row[holding.width :]
            held, mark = tuple(holding.read(values)), holding.mark(values)
            people.append(PersonRow(full, tuple(map(plain, key)), held, mark))
    return people


@dataclass(frozen=True)
class _Holding:
    """
    What is read of a row that is a person.

    Attributes:
        width: Columns of its key.
        fields: Its identity columns.
        composites: Its identities of several columns.
        personal: What else it says of a person.
        loose: Identity columns that are no part of the key.
        told: Of each identity column type and format, and whether its values teach, how the map
            compares them, whether they lead on.
    """

    width: int
    fields: Mapping[str, Field]
    composites: Sequence[Composite]
    personal: Sequence[str]
    loose: frozenset[str]
    told: Sequence[
        tuple[str, IdentityFormat, bool, Literal["exact", "ignore-case", "any-spelling"], bool]
    ]

    def columns(self) -> list[str]:
        """Return the columns read, the key apart."""
        parts = [c for item in self.composites for c in item.parts.values()]
        return [*self.fields, *parts, *self.personal]

    @cached_property
    def _columns(self) -> list[str]:
        return self.columns()

    def mark(self, values: Sequence[Any]) -> bytes:
        """
        Return what tells the row from another one that may get its key.

        The identities in it; where none but the key is, all that it says of a person.
        """
        pairs = zip(self._columns, values, strict=True)
        told = [(column, plain(value)) for column, value in pairs if value is not None]
        named = [pair for pair in told if pair[0] in self.loose]
        return blake2b(msgspec.msgpack.encode(named or told), digest_size=16).digest()

    def read(self, values: Sequence[Any]) -> Iterator[RowIdentity]:
        """Yield the identities that stand in a row of which *values* were read."""
        texts = [text_of(value) for value in values]
        for (kind, written, teaching, match, leading), text in zip(self.told, texts, strict=False):
            if text is not None:
                yield RowIdentity(Identity(kind, text, written), teaching, match, leading)
        start = len(self.fields)
        for item in self.composites:
            parts = tuple(zip(item.parts, texts[start:], strict=False))
            start += len(item.parts)
            whole = tuple((part, text) for part, text in parts if text is not None)
            if len(whole) == len(item.parts):
                yield RowIdentity(Identity(item.type, "", parts=whole))


def _resolvable(whose: Whose) -> Iterator[tuple[str, _Holding]]:
    """Collections in which an identity names a person, and what is read of their rows."""
    for name, collection in whose.ownership.collections.items():
        if not collection.subject or name not in whose.tables:
            continue
        if whose.identified.in_row(name, whose.tables[name]) is not None:
            yield name, _holding(whose, name)


def _holding(whose: Whose, name: str) -> _Holding:
    collection, key = whose.ownership.collections[name], whose.ownership.key(name)
    fields = whose.ownership.identity_fields(name)
    parts = [c for item in collection.identities for c in item.parts.values()]
    there = whose.ownership.tables[name].column
    personal = [
        column
        for column, field in collection.fields.items()
        if field.personal and there(column) and column not in {*fields, *parts, *key}
    ]
    loose = frozenset({*fields, *parts} - set(key))
    told = [(f.identity or "", f.format, teaches(f), f.match, leads(f)) for f in fields.values()]
    return _Holding(len(key), fields, collection.identities, personal, loose, told)


def _resolving(whose: Whose, name: str, holding: _Holding) -> Select[Any]:
    table = whose.tables[name]
    key, match = whose.key(name, table), whose.identified.in_row(name, table)
    read = [place(table, column) for column in holding.columns()]
    found = select(*key, *read).where(false() if match is None else match)
    return found.order_by(*key).limit(bindparam(MOST, type_=Integer))


def changed(connection: Connection, whose: Whose, context: Context) -> int:
    """Count root rows that are no more what they were when the person was found."""
    subject, total = context.selection, 0
    if not isinstance(subject, Subject):
        return 0
    for name, collection in whose.ownership.collections.items():
        full = f"{whose.ownership.dataset}.{name}"
        seen = dict(zip(subject.roots.get(full, ()), subject.marks.get(full, ()), strict=False))
        if not collection.subject or name not in whose.tables or not seen:
            continue
        holding = whose.kept(("holding", name), partial(_holding, whose, name))
        found = whose.binds.fetch(
            connection, ("marks", name), partial(_marks, whose, name), context
        )
        for row in found:
            key, values = tuple(map(plain, row[: holding.width])), row[holding.width :]
            total += key in seen and holding.mark(values) != seen[key]
    return total


def _marks(whose: Whose, name: str) -> Select[Any]:
    table = whose.tables[name]
    read = [place(table, column) for column in _holding(whose, name).columns()]
    return select(*whose.key(name, table), *read).where(whose.is_root(name, table))


def strangers(connection: Connection, whose: Whose, context: Context) -> int:
    """Count root rows that carry an identity neither the person's nor an erasure's mark."""
    subject, total = context.selection, 0
    roots = subject.roots if isinstance(subject, Subject) else {}
    for name, collection in whose.ownership.collections.items():
        full = f"{whose.ownership.dataset}.{name}"
        if not collection.subject or name not in whose.tables or not roots.get(full):
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
    named = or_(false(), *(_names(table, column) for column in fields))
    query = select(func.count()).select_from(table)
    return query.where(whose.is_root(name, table), named, untrue(known))


def _names(table: SqlTable, name: str) -> ColumnElement[bool]:
    """Say that an identity stands in the column, not the mark that an erasure left."""
    column = place(table, name)
    if compared_as(table, name).info.get(KIND) != "text":
        return column.is_not(None)
    text = ExactText(column)  # a collation may allow no pattern at all
    marked = text.like("pk-%") | text.like(f"{MASK_TEXT}%")
    return and_(column.is_not(None), not_(marked))


def kind_column(whose: Whose, name: str, *, cuts: bool) -> ColumnElement[str]:
    """
    Return the class of a row of the collection as a column.

    Args:
        whose: The predicates.
        name: The collection.
        cuts: Whether to mark rows that stay and hold nothing which could be cut off, by
            :data:`WHOLE` behind their class.
    """
    table = whose.tables[name]
    ways: list[tuple[Any, Any]] = [(whose.reasons.held(name, table), literal(HELD))]
    if whose.ownership.collections[name].subject and not whose.where:
        tied = [whose.tied(tie, table) for tie in whose.ownership.owners(name)]
        if tied:
            is_person = and_(whose.is_root(name, table), untrue(or_(*tied)))
            ways.append((and_(is_person, whose.others(name, table)), literal(NAMED)))
    kept = list(whose.reasons.kept(name, table))
    theirs = [(whose.others(name, table), SHARED)]
    if whose.ownership.may_be_accessed(name) and not whose.where:
        theirs.insert(0, (untrue(whose.owned(name, table)), ACCESSED))
    for somebodys, kind in theirs:
        if kept and law_needs(whose.ownership, name, kind):
            by_law = and_(somebodys, or_(*(keeps for _, keeps in kept)))
            ways.append((by_law, literal(BY_LAW[kind])))
        ways.append((somebodys, literal(kind)))
    ways += [(keeps, literal(reason)) for reason, keeps in kept]
    if whose.deletes(name):
        ways.append((blocked(whose, name, table), literal(REFERENCED)))
    real = [(predicate, kind) for predicate, kind in ways if not isinstance(predicate, False_)]
    if cuts:
        real = [(predicate, marked(whose, name, kind)) for predicate, kind in real]
    return case(*real, else_=literal(OWN)) if real else literal(OWN)


def classified(
    connection: Connection, whose: Whose, name: str, context: Context
) -> Iterator[tuple[Key, str, bool]]:
    """Yield key and class of every row of the selection, in key order, and if it stays as it is."""
    found = whose.binds.stream(connection, ("find", name), partial(query, whose, name), context)
    for row in found:
        kind = row[-1].removesuffix(WHOLE)
        yield tuple(map(plain, row[:-1])), kind, kind != row[-1]


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
    rows: Select[Any] = select(
        *key, kind_column(whose, name, cuts=not among).label("privacykit_kind")
    )
    if among:
        return rows.where(Held(whose.found(name, table)), whose.in_batch(name, table))
    rows = whose.among_mine(name, rows)
    # Where a row may never lose the row it points at, those that point go first.
    order: list[ColumnElement[Any]] = list(key)
    if hard_loop(whose, name):
        order = [column.desc() for column in key]
    if nested := whose.depths(name):
        named, depths = nested
        inside = and_(*(place(table, column) == place(depths, column) for column in named))
        rows = rows.outerjoin(depths, inside)
        order.insert(0, depths.c.privacykit_depth)
    return rows.order_by(*order)
