"""
A person's rows for export, other people's data redacted. Does I/O on a connection it is lent.

In a row of several people, what speaks of another one is not ours to hand out (GDPR Art. 15(4)):
their keys, the fields the map says are about them, identities that are not the person's. In a row
that the person only sees, every personal field that is not about them.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial, reduce
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Connection, Select, case, false, literal, select
from sqlalchemy.sql.elements import False_

from privacykit.connectors.sql.ownership.predicates import place, untrue
from privacykit.connectors.sql.ownership.whose import Whose
from privacykit.connectors.sql.reading.readers import Readers
from privacykit.connectors.statements import drivers
from privacykit.connectors.statements.statement import Statement
from privacykit.govern.erasure.derived import real_columns
from privacykit.govern.erasure.export_fields import Mine, exported_fields, may_name_strangers
from privacykit.govern.erasure.ports.connector import REDACTED, Context
from privacykit.govern.erasure.treatment import structure

_SEEN, _SHARED, _TIED = 1, 2, 4
"""Bits of a row: the person only sees it; somebody else has it too; the first tie leads to them."""

Shown: TypeAlias = Iterator[Mapping[str, Any]]


class Program:
    """
    What reads a person's rows of some collections: statements and what makes mappings of rows.

    Compiled once for all people of whom the same is known.

    Args:
        connection: To the database that it is compiled for.
        whose: The predicates.
        names: The collections.
        given: Whether to name what was provided and observed only.
    """

    def __init__(
        self, connection: Connection, whose: Whose, names: Sequence[str], *, given: bool
    ) -> None:
        self._binds = whose.binds
        self._steps: list[tuple[str, _Export, Statement]] = []
        for name in names:
            step = whose.kept(("export", name, given), partial(_Export, whose, name, given=given))
            statement = self._binds.statement(connection, ("export", name, given), step.query)
            self._steps.append((name, step, statement))

    def run(self, connection: Connection, context: Context) -> dict[str, Shown]:
        """Read the rows of *context*, in key order; the first ones of all collections at once."""
        filled = self._binds.filled(context)
        ready = [statement.ready(filled) for _, _, statement in self._steps]
        mine = Mine(context.selection)
        found = drivers.together(connection, ready)
        return {
            name: step.shown(statement, pages, mine)
            for (name, step, statement), pages in zip(self._steps, found, strict=True)
        }


def rows(
    connection: Connection, readers: Readers, whose: Whose, name: str, context: Context
) -> Shown:
    """Return one mapping a row, in key order; a session reads all collections with the first."""

    def read(connection: Connection, names: tuple[str, ...]) -> dict[str, Shown]:
        make = partial(Program, connection, whose, names, given=context.given)
        program = whose.kept(("program", names, context.given), make)
        return program.run(connection, context)

    ahead = readers.ahead(context, name, partial(read, names=whose.ownership.order))
    return read(connection, (name,))[name] if ahead is None else ahead


class _Blackened(NamedTuple):
    """
    What is blackened in rows that lead to the person in one way.

    Attributes:
        always: Fields that are somebody else's.
        unless_mine: Fields that are, unless the person's own identity stands in them.
    """

    always: tuple[str, ...]
    unless_mine: tuple[str, ...]


class _Export:
    """How rows of one collection are read and shown, for any person."""

    def __init__(self, whose: Whose, name: str, *, given: bool) -> None:
        self._whose, self._name = whose, name
        ownership, there = whose.ownership, whose.ownership.tables[name]
        fields = exported_fields(ownership.collections[name].fields, given=given)
        self._fields = {c: field for c, field in fields.items() if there.column(c)}
        self._names = tuple(self._fields)
        made = {c: real.of for c in fields if (real := there.column(c)) and real.path}
        self._inside = made  # a place inside a document, and the document
        several = ownership.may_be_shared(name) or ownership.may_be_accessed(name)
        self._several = several and whose.where is None
        self._ties = [tie for tie in ownership.ties[name] if tie.points]
        self._fixed = structure(ownership, name)
        # Whoever owns a row here is told by the ties in it, so that nothing else need be asked.
        own_ties = all(tie.points and tie.other != name for tie in ownership.owners(name))
        subject = ownership.collections[name].subject
        self._told = own_ties and not subject and not ownership.identified(name)
        self._ways: dict[int | None, _Blackened | None] = {}
        self._own = tuple(c for c in may_name_strangers(ownership, name) if c in self._fields)

    def query(self) -> Select[Any]:
        """Build the statement."""
        whose, table = self._whose, self._whose.tables[self._name]
        flags = [self._flags()] if self._several else []
        found = select(*(place(table, column) for column in self._names), *flags)
        return whose.among_mine(self._name, found).order_by(*whose.key(self._name, table))

    def _flags(self) -> ColumnElement[int]:
        """Say by bits whether the row is theirs only to see or shared, which ties lead to them."""
        whose, name, table = self._whose, self._name, self._whose.tables[self._name]
        seen: ColumnElement[bool] = false()
        if whose.ownership.collections[name].subject:
            seen = untrue(whose.is_root(name, table))  # what hangs on the person is somebody else
        elif not self._told and whose.ownership.may_be_accessed(name):
            seen = untrue(whose.owned(name, table))
        flags = [seen, whose.others(name, table), *(whose.tied(tie, table) for tie in self._ties)]
        bits = [(n, flag) for n, flag in enumerate(flags) if not isinstance(flag, False_)]
        return reduce(operator.add, (case((flag, 1 << n), else_=0) for n, flag in bits), literal(0))

    def shown(self, statement: Statement, pages: drivers.Pages, mine: Mine) -> Shown:
        """Yield one mapping a row, without what is somebody else's; *mine* are the person's."""
        names = self._names
        for cursor, page in pages:
            rows = statement.made(cursor, page)
            if self._several or self._own:
                yield from [self._redacted(row, mine) for row in rows]
            else:
                yield from [dict(zip(names, row, strict=True)) for row in rows]

    def _redacted(self, row: Sequence[Any], mine: Mine) -> dict[str, Any]:
        values = dict(zip(self._names, row, strict=False))
        flags = row[-1] if self._several else None
        if flags not in self._ways:
            self._ways[flags] = self._way(flags)
        way = self._ways[flags]
        if way is None:
            return values
        theirs = mine.strangers(self._fields, way.unless_mine, values)
        for column in (*way.always, *theirs):
            if values[column] is not None:
                values[column] = REDACTED
        for column, whole in self._inside.items():
            # What is blackened by itself stands in its document, too.
            if values[column] == REDACTED and whole in values:
                values[whole] = REDACTED
        return values

    def _way(self, flags: int | None) -> _Blackened | None:
        """Return what is blackened in rows of these *flags*; ``None`` where nothing can be."""
        if flags is None:
            return self._alone({c for tie in self._ties for c in tie.columns})
        if self._told and not any(flags & _TIED << n for n, t in enumerate(self._ties) if t.owns):
            flags |= _SEEN
        table = self._whose.ownership.tables[self._name]
        ends = [set(real_columns(table, tie.columns)) for tie in self._ties]
        to_me = {c for n, end in enumerate(ends) if flags & _TIED << n for c in end}
        if not flags & (_SEEN | _SHARED):
            return self._alone(to_me)
        to_others = {c for end in ends for c in end} - to_me
        always, unless_mine = [], []
        for column, field in self._fields.items():
            seen = flags & _SEEN and field.personal and column not in self._fixed
            seen = seen and field.about not in to_me
            if column in to_others or field.about in to_others:
                always.append(column)
            elif field.identity and (column not in to_me or seen):
                unless_mine.append(column)
            elif seen:
                always.append(column)
        return _Blackened(tuple(always), tuple(unless_mine))

    def _alone(self, to_me: AbstractSet[str]) -> _Blackened | None:
        """Return what is blackened in the person's own rows: who else is named in them."""
        named = tuple(column for column in self._own if column not in to_me)
        return _Blackened((), named) if named else None
