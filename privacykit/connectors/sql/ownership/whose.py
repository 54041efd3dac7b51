"""
The ownership of a row as SQL: mine, somebody else's, only mine to see. Pure.

Every statement that finds, exports, changes or deletes is made of these predicates, so that they
cannot disagree. A predicate that would be unknown (a comparison with nothing) counts as untrue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    Subquery,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    union,
)
from sqlalchemy import Table as SqlTable

from privacykit.connectors.sql.convert import ColumnConverter
from privacykit.connectors.sql.ownership import strangers
from privacykit.connectors.sql.ownership.identified import Identified
from privacykit.connectors.sql.ownership.named_sets import NamedSets
from privacykit.connectors.sql.ownership.nested import ends, label, named_of, walk
from privacykit.connectors.sql.ownership.one_of import one_of
from privacykit.connectors.sql.ownership.predicates import (
    Predicate,
    compared_as,
    exists_in,
    in_rows,
    place,
    same,
    untrue,
)
from privacykit.connectors.sql.ownership.reasons import Reasons
from privacykit.connectors.sql.statement_cache import KEYS, Binds, within
from privacykit.govern.datamap import DataMap
from privacykit.govern.erasure.ownership import Ownership, OwnershipLink
from privacykit.govern.erasure.ports.connector import Context, Subject, Where
from privacykit.govern.erasure.ports.work import Key
from privacykit.govern.words import ErasureStrategy

T = TypeVar("T")
Way: TypeAlias = Callable[[FromClause], Predicate]
"""One way in which rows may be somebody's: says it of the rows that it is given."""


class Whose:
    """
    Predicates over the rows of one dataset, for one kind of selection.

    Attributes:
        ownership: The dataset's ties.
        tables: The tables, by name.
        binds: Where statements made of the predicates are kept.
        sets: Sets of rows that statements name.
        reasons: What keeps a row: holds, laws, conditions.
        where: The predicate of a selection without a person.

    Args:
        datamap: The data map.
        ownership: The dataset's ties.
        tables: The tables, by name.
        fitting: Puts values into the shape of columns.
        context: The selection; what statements do not depend on is left to each run.
        fixed: Whether to write the selection's values into the statements at once.
        inline: Whether the database takes common table expressions inside subqueries only.
    """

    def __init__(
        self,
        datamap: DataMap,
        ownership: Ownership,
        tables: Mapping[str, SqlTable],
        fitting: ColumnConverter,
        context: Context,
        *,
        fixed: bool = False,
        inline: bool = False,
    ) -> None:
        self.ownership = ownership
        self.tables = tables
        self.sets = NamedSets(inline=inline)
        self.inside: set[tuple[str, ...]] = set()
        self.binds = Binds(context if fixed else None)
        self.where = context.selection if isinstance(context.selection, Where) else None
        self.reasons = Reasons(datamap, ownership, tables, fitting, self.binds, context)
        self.identified = Identified(ownership, tables, fitting, self.binds, context)
        self._fitting = fitting
        self._kept: dict[object, Any] = {}

    def kept(self, name: object, make: Callable[[], T]) -> T:
        """Return what *make* made the first time: it depends on no person's values."""
        if name not in self._kept:
            self._kept[name] = make()
        found: T = self._kept[name]
        return found

    # -- rows and keys -------------------------------------------------------------------------

    def key(self, name: str, rows: FromClause) -> list[ColumnElement[Any]]:
        """Return the key columns of *rows* of the collection."""
        return [place(rows, column) for column in self.ownership.key(name)]

    def in_batch(self, name: str, rows: FromClause) -> Predicate:
        """Say that the row is one of the batch that a statement is run with."""
        return within(self.key(name, rows), bindparam(KEYS, expanding=True))

    def keys(self, name: str, keys: Sequence[Key]) -> list[Any]:
        """Return *keys* as the collection's columns compare them."""
        return self._fit_keys(name, self.ownership.key(name), keys)

    def _fit_keys(self, name: str, columns: Sequence[str], keys: Sequence[Key]) -> list[Any]:
        real = [compared_as(self.tables[name], column) for column in columns]
        fitted = self._fitting.rows(real, keys)
        return [key[0] for key in fitted] if len(columns) == 1 else fitted

    def fit(self, column: Any, value: Any) -> Any:  # noqa: ANN401 - a column and its value
        """
        Return *value* as *column* stores it.

        Raises:
            Unfit: It cannot be a value of the column.
        """
        return self._fitting(column, value)

    def deletes(self, name: str) -> bool:
        """Say whether rows of the collection are deleted as a whole."""
        if self.where:
            return self.where.then is ErasureStrategy.DELETE
        return self.ownership.collections[name].erase == "delete"

    def is_root(self, name: str, rows: FromClause) -> Predicate:
        """Say that the row *is* the person."""
        full = f"{self.ownership.dataset}.{name}"

        def roots(context: Context) -> list[Any]:
            selection = context.selection
            found = selection.roots.get(full, ()) if isinstance(selection, Subject) else ()
            return self.keys(name, found)

        key = self.key(name, rows)
        return one_of(self.binds, key, key, f"roots_{name}", roots)

    # -- whose ---------------------------------------------------------------------------------

    def found(self, name: str, rows: FromClause) -> Predicate:
        """Say that the row is the selection's, to own or only to see."""
        return _any_of(self._found_ways(name), rows)

    def among_mine(self, name: str, found: Select[Any]) -> Select[Any]:
        """
        Narrow *found*, columns of the collection, to the selection's rows.

        Each way that leads to a row is a statement of its own: an index finds what a long *or*
        would make the database look for in every row.
        """
        key, table = self.ownership.key(name), self.tables[name]
        ways = self._found_ways(name)
        if len(ways) < 2 or not key:  # noqa: PLR2004 - nothing to put together
            return found.where(_any_of(ways, table))
        mine = union(*(self._by(way, name, key) for way in ways)).subquery("privacykit_mine")
        return found.join_from(table, mine, same(table, key, mine, key))

    def _by(self, way: Way, name: str, columns: Sequence[str]) -> Select[Any]:
        """Return *columns* of the rows to which *way* leads."""
        rows = self.tables[name].alias()
        return select(*(place(rows, column) for column in columns)).where(way(rows))

    def _found_ways(self, name: str) -> list[Way]:
        ways = self._owned_ways(name)
        if not self.where and self.ownership.may_be_accessed(name):
            ways += self._accessed_ways(name)
        return ways

    def owned(self, name: str, rows: FromClause) -> Predicate:
        """Say that the row has the person for an owner."""
        return _any_of(self._owned_ways(name), rows)

    def _owned_ways(self, name: str) -> list[Way]:
        if self.where:
            conditions = self.where.conditions
            chosen = self.where.collection == name
            return [lambda rows: self.reasons.meets(name, rows, conditions)] if chosen else []
        ways = self._own_ways(name)
        for tie in self.ownership.owners(name):
            if tie.other == name:
                return [partial(self._inside, name, tie)]
            ways.append(partial(self.tied, tie))
        return ways

    def _inside(self, name: str, tie: OwnershipLink, rows: FromClause) -> Predicate:
        """Say that the row is owned through another row of its own collection."""
        return in_rows([place(rows, column) for column in ends(tie)[0]], self.nested(name, tie))

    def _own_ways(self, name: str) -> list[Way]:
        """Return what makes a row the person's without any other row."""
        if self.ownership.collections[name].subject:
            return [partial(self.is_root, name)]
        return [partial(self._names, name)] if self.identified.finds(name) else []

    def _names(self, name: str, rows: FromClause) -> Predicate:
        """Say that the row names the person, and no other row as its owner."""
        match = self.identified.in_row(name, rows)
        # A row that names its owner is that owner's, whoever's address stands in it.
        return and_(false() if match is None else match, *self.ownerless(name, rows))

    def ownerless(self, name: str, rows: FromClause) -> Iterator[Predicate]:
        """Say of every key to an owner that it is empty: of several columns, one is enough."""
        for tie in filter(lambda tie: tie.points, self.ownership.owners(name)):
            yield or_(*(place(rows, column).is_(None) for column in tie.columns))

    def tied(self, tie: OwnershipLink, rows: FromClause) -> Predicate:
        """Say that *tie* leads from the row to one that the person owns."""
        columns = [place(rows, column) for column in tie.columns]
        if self.leads_to_root(tie):
            return self._from_roots(tie, columns)
        mine = self._owned_set(tie.other)
        return in_rows(columns, select(*(place(mine, column) for column in tie.other_columns)))

    def tied_alone(self, tie: OwnershipLink, rows: FromClause) -> Predicate:
        """Say that *tie* leads from the row to one that the person owns and nobody else."""
        if not self.ownership.may_be_shared(tie.other):
            return self.tied(tie, rows)
        other = self.tables[tie.other].alias()
        there = same(rows, tie.columns, other, tie.other_columns)
        alone = self.own_key(tie.other, other), untrue(self.others(tie.other, other))
        return exists_in(other, there, *alone)

    def _owned_set(self, name: str) -> FromClause:
        """Return the person's own rows of a collection, said once however often it is asked."""
        return self.sets.made(name, "owned", lambda: self._told_of(name))

    def _told_of(self, name: str) -> Select[Any] | CompoundSelect[Any]:
        table, told = self.tables[name], self._told(name)
        parts = [self._by(way, name, told) for way in self._owned_ways(name)]
        if len(parts) > 1:
            return union(*parts)
        return parts[0] if parts else select(*(place(table, c) for c in told)).where(false())

    def own_key(self, name: str, rows: FromClause) -> Predicate:
        """Say by its key that the row has the person for an owner."""
        own = self._owned_set(name)
        return in_rows(self.key(name, rows), select(*self.key(name, own)))

    def _told(self, name: str) -> list[str]:
        """Return the columns by which other collections know a collection's rows."""
        ties = (tie for ties in self.ownership.ties.values() for tie in ties if tie.other == name)
        known = {column for tie in ties for column in tie.other_columns}
        return sorted(known | set(self.ownership.key(name)))

    def leads_to_root(self, tie: OwnershipLink) -> bool:
        """Whether the tie leads, by key, to a row that is the person: no look-up is needed."""
        other, key = self.ownership.collections[tie.other], self.ownership.key(tie.other)
        alone = bool(other.subject) and not self.ownership.owners(tie.other)
        return alone and set(tie.other_columns) == set(key)

    def _from_roots(self, tie: OwnershipLink, columns: Sequence[ColumnElement[Any]]) -> Predicate:
        """Say that *columns* hold the key of a row that is the person."""
        key = self.ownership.key(tie.other)
        places = [key.index(column) for column in tie.other_columns]
        full = f"{self.ownership.dataset}.{tie.other}"

        def values(context: Context) -> list[Any]:
            selection = context.selection
            roots = selection.roots.get(full, ()) if isinstance(selection, Subject) else ()
            turned = [tuple(root[place] for place in places) for root in roots]
            return self._fit_keys(tie.other, tie.other_columns, turned)

        named = [place(self.tables[tie.other], column) for column in tie.other_columns]
        return one_of(
            self.binds, columns, named, f"tied_{tie.other}_{'_'.join(map(str, places))}", values
        )

    def others(self, name: str, rows: FromClause) -> Predicate:
        """Say that a row of the person has another owner too."""
        return strangers.others(self, name, rows)

    def taken(self, name: str, rows: FromClause) -> Predicate:
        """Say that a row which was the person's alone has another owner by now."""
        return strangers.taken(self, name, rows)

    def _accessed_ways(self, name: str, above: frozenset[str] = frozenset()) -> list[Way]:
        ways: list[Way] = []
        above |= {name}
        for tie in self.ownership.ties[name]:
            if not tie.owns:
                ways.append(partial(self.tied, tie))
            if tie.other not in above and self.ownership.may_be_accessed(tie.other, above):
                ways.append(partial(self._seen, tie, above))
        if self.identified.finds(name):
            ways.append(partial(self._matches, name))
        return ways

    def _seen(self, tie: OwnershipLink, above: frozenset[str], rows: FromClause) -> Predicate:
        """Say that *tie* leads from the row to one that the person may see."""
        other = self.tables[tie.other].alias()
        inner = select(*(place(other, column) for column in tie.other_columns))
        columns = [place(rows, column) for column in tie.columns]
        return in_rows(columns, inner.where(_any_of(self._accessed_ways(tie.other, above), other)))

    def _matches(self, name: str, rows: FromClause) -> Predicate:
        match = self.identified.in_row(name, rows)
        return false() if match is None else match

    # -- rows inside rows ----------------------------------------------------------------------

    def nested(self, name: str, tie: OwnershipLink) -> Select[Any]:
        """Every row owned through another row of its own collection: a folder in a folder."""
        tree = self.tree(name, tie, self._begins(name), "tree")
        return select(*named_of(tree))

    def depths(self, name: str) -> tuple[Sequence[str], Subquery] | None:
        """
        Return how far rows are from one that nobody of the collection points at, if that matters.

        Rows that point at others of their collection have to go before these.
        """
        tie = next((tie for tie in self.ownership.owners(name) if tie.other == name), None)
        if tie is None or self.where:
            return None
        named, tree = ends(tie)[0], self.tree(name, tie, self._begins(name), "tree")
        columns = [column.label(name) for column, name in zip(named_of(tree), named, strict=True)]
        # The owner lies at the top: it is pointed at, or it points.
        sign = -1 if tie.points else 1
        deepest = (func.max(tree.c.privacykit_depth) * sign).label("privacykit_depth")
        return named, select(*columns, deepest).group_by(*named_of(tree)).subquery()

    def _begins(self, name: str) -> Callable[[FromClause], Predicate]:
        """Which rows are the person's by more than a row of their own collection."""

        def begins(rows: FromClause) -> Predicate:
            owners = [tie for tie in self.ownership.owners(name) if tie.other != name]
            ways = [partial(self.tied, tie) for tie in owners]
            return _any_of([*ways, *self._own_ways(name)], rows)

        return begins

    def tree(
        self, name: str, tie: OwnershipLink, begins: Callable[[FromClause], Predicate], word: str
    ) -> CTE:
        """Return the rows where *begins* holds and all that they own, with how deep they lie."""

        def make() -> CTE:
            word_of = label(f"{name}_{word}")
            return walk(self.tables[name], tie, begins, word_of, inline=self.sets.inline)

        return self.sets.walked(name, word, make)


def _any_of(ways: Sequence[Way], rows: FromClause) -> Predicate:
    """Say that one of *ways* leads to the row."""
    return or_(*(way(rows) for way in ways)) if ways else false()
