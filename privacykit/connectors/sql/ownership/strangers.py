"""
Strangers among the owners of a row: who else it belongs to, besides the person. Pure.

A row of the person's that is somebody else's too is never deleted, only let go of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from sqlalchemy import FromClause, and_, false, or_, select

from privacykit.connectors.sql.ownership.nested import ends, named_of
from privacykit.connectors.sql.ownership.predicates import (
    Predicate,
    exists_in,
    in_rows,
    place,
    same,
    untrue,
)
from privacykit.govern.erasure.ownership import OwnershipLink

if TYPE_CHECKING:
    from privacykit.connectors.sql.ownership.whose import Whose


def others(whose: Whose, name: str, rows: FromClause) -> Predicate:
    """Say that a row of the person has another owner too."""
    if whose.where or not whose.ownership.may_be_shared(name):
        return false()
    return _strange(whose, name, rows)


def taken(whose: Whose, name: str, rows: FromClause) -> Predicate:
    """
    Say that a row which was the person's alone has another owner by now.

    What pointed at it may have gone in the meantime, so it need not be the person's any more.
    """
    owners = whose.ownership.owners(name)
    nested = any(tie.other == name for tie in owners)
    if not nested or all(tie.points for tie in owners):
        return others(whose, name, rows)
    ways = list(_strange_ways(whose, name, rows))
    ways += [_strange_by(whose, tie, rows) for tie in owners if tie.other != name]
    return or_(false(), *ways)


def _strange(whose: Whose, name: str, rows: FromClause) -> Predicate:
    """Say that the row, the person's or not, has an owner who is not the person."""
    ways: list[Predicate] = []
    for tie in whose.ownership.owners(name):
        if tie.other == name:
            named = [place(rows, column) for column in ends(tie)[0]]
            tainted = whose.tree(name, tie, _taints(whose, name, tie), "tainted")
            # A row inside one that is not the person's may be anybody's.
            foreign = untrue(in_rows(named, whose.nested(name, tie)))
            return or_(in_rows(named, select(*named_of(tainted))), foreign)
        ways.append(_strange_by(whose, tie, rows))
    ways += _strange_ways(whose, name, rows)
    return or_(*ways) if ways else false()


def _strange_ways(whose: Whose, name: str, rows: FromClause) -> Iterator[Predicate]:
    """What makes a row somebody else's without any other row."""
    if whose.ownership.collections[name].subject:
        yield untrue(whose.is_root(name, rows))
    elif whose.ownership.identified(name):
        owner, alone = list(whose.ownerless(name, rows)), []
        if not owner:
            alone = list(whose.identified.strangers(name, rows))
            yield from alone
        if len(alone) < len(whose.identified.columns(name)):
            # Else a row in which nothing is the person's has a stranger in some column.
            match = whose.identified.theirs(name, rows)
            named = whose.identified.somebody(name, rows)
            yield and_(untrue(false() if match is None else match), named, *owner)


def _strange_by(whose: Whose, tie: OwnershipLink, rows: FromClause) -> Predicate:
    columns = [place(rows, column) for column in tie.columns]
    other = whose.tables[tie.other].alias()
    if tie.points:
        if whose.leads_to_root(tie):
            present = and_(*(column.is_not(None) for column in columns))
            return and_(present, untrue(whose.tied(tie, rows)))
        there = same(rows, tie.columns, other, tie.other_columns)
        return exists_in(other, there, _strange(whose, tie.other, other))
    # Who points at the row is an owner; one whom nobody knows is not the person.
    stranger = untrue(whose.owned(tie.other, other))
    if whose.ownership.may_be_shared(tie.other):
        stranger = or_(stranger, _strange(whose, tie.other, other))
    return exists_in(other, same(rows, tie.columns, other, tie.other_columns), stranger)


def _taints(whose: Whose, name: str, tie: OwnershipLink) -> Callable[[FromClause], Predicate]:
    """Where, among the person's rows inside one another, somebody else comes in."""

    def taints(rows: FromClause) -> Predicate:
        named, pointer = ends(tie)
        mine = in_rows([place(rows, column) for column in named], whose.nested(name, tie))
        ways = list(_strange_ways(whose, name, rows))
        ways += [
            _strange_by(whose, t, rows) for t in whose.ownership.owners(name) if t.other != name
        ]
        if tie.points:
            up = [place(rows, column) for column in pointer]
            foreign = untrue(in_rows(up, whose.nested(name, tie)))
            ways.append(and_(*(column.is_not(None) for column in up), foreign))
        else:
            other = whose.tables[name].alias()
            theirs = in_rows([place(other, column) for column in named], whose.nested(name, tie))
            same_row = same(rows, tie.columns, other, tie.other_columns)
            ways.append(exists_in(other, same_row, untrue(theirs)))
        return and_(mine, or_(*ways) if ways else false())

    return taints
