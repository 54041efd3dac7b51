"""
Foreign keys that point at a row: whether it can go, and which keys let go of it. Pure.

A row that somebody still points at cannot be deleted; ``ON DELETE CASCADE`` never comes to act,
for it would take rows that nobody has looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import FromClause, and_, false, not_, or_, select, true
from sqlalchemy.sql.elements import False_

from privacykit.connectors.sql.ownership.predicates import (
    Predicate,
    exists_in,
    in_rows,
    place,
    same,
    untrue,
)
from privacykit.connectors.sql.ownership.whose import Whose
from privacykit.govern.datamap.schema import ForeignKey
from privacykit.govern.erasure.treatment import (
    OWN,
    REFERENCED,
    SHARED,
    SHARED_KEPT,
    cuts_key,
    law_needs,
    loses_key,
)


def blocked(whose: Whose, name: str, rows: FromClause) -> Predicate:
    """Say that a row which is going to stay points at this one, a row of the person's alone."""
    ways: list[Predicate] = []
    for source, key in whose.ownership.incoming(name):
        other = whose.tables[source].alias()
        points = same(rows, key.target_columns, other, key.columns)
        if whose.ownership.may_detach(source, key):
            ways += _held(whose, source, other, points)
            continue
        mapped = whose.ownership.collections.get(source)
        if whose.where or mapped is None or not _moves(whose, source, key):
            ways.append(exists_in(other, points))
            continue
        if not whose.ownership.only_through(source, key):
            ways.append(exists_in(other, points, untrue(whose.owned(source, other))))
        staying = _staying(whose, source, key)
        if staying is not None:
            target = [place(rows, column) for column in key.target_columns]
            ways.append(
                in_rows(target, select(*(place(staying, column) for column in key.columns)))
            )
    return or_(*ways) if ways else false()


def _staying(whose: Whose, source: str, key: ForeignKey) -> FromClause | None:
    """Return the person's own rows of *source* that stay and keep pointing; ``None`` for none."""
    way = (source, *key.columns)
    known = whose.sets.get("_".join(("stay", *way)), "set")
    if known is not None or way in whose.inside:
        return known  # inside a loop of keys the store itself decides, when it comes to it
    whose.inside.add(way)
    rows = whose.tables[source].alias()
    whole, lost = _kept(whose, source, key, rows)
    lets_go = unlinks(whose, source, key)
    deletes = whose.ownership.collections[source].erase == "delete"
    if not lets_go and not _loses(whose, source, key, REFERENCED if deletes else OWN):
        rest = blocked(whose, source, rows) if deletes else true()
        whole.append(and_(rest, *map(untrue, lost)))
    whose.inside.discard(way)
    shared = whose.others(source, rows)
    if cuts_key(whose.ownership, source, key.columns):
        # A row of several people loses its key to this one, unless a law that keeps it needs that.
        whole = [and_(term, untrue(shared)) for term in _possible(whole)]
        whole += _needed(whose, source, key, rows, shared)
    else:
        whole.append(shared)
    stay = _possible([whose.reasons.held(source, rows), *whole])
    if not stay:
        return None
    present = [place(rows, column).is_not(None) for column in key.columns]
    found = select(*(place(rows, column) for column in key.columns))
    found = found.where(whose.own_key(source, rows), or_(*stay), *present)
    return whose.sets.made("_".join(("stay", *way)), "set", lambda: found)


def _needed(
    whose: Whose, source: str, key: ForeignKey, rows: FromClause, shared: Predicate
) -> list[Predicate]:
    """Say that a law keeps a row of several people, and needs its key to this one."""
    if not law_needs(whose.ownership, source, SHARED):
        return []
    if cuts_key(whose.ownership, source, key.columns, SHARED_KEPT):
        return []
    return [and_(shared, or_(*(term for _, term in whose.reasons.kept(source, rows))))]


def _kept(
    whose: Whose, source: str, key: ForeignKey, rows: FromClause
) -> tuple[list[Predicate], list[Predicate]]:
    """Return what says that a law keeps a row with its key, and what, that it is without."""
    whole: list[Predicate] = []
    lost: list[Predicate] = []
    for reason, term in whose.reasons.kept(source, rows):
        if _loses(whose, source, key, reason):
            lost.append(term)
        else:
            whole.append(and_(term, *map(untrue, lost)))  # the first reason decides
    return whole, lost


def _loses(whose: Whose, source: str, key: ForeignKey, kind: str) -> bool:
    """Say whether rows of *kind* lose the key before its target goes; in a loop none is sure to."""
    looped = whose.ownership.in_loop(source, key)
    return not looped and loses_key(whose.ownership, source, key.columns, kind)


def _moves(whose: Whose, source: str, key: ForeignKey) -> bool:
    """Say whether rows of *source* can ever stop pointing: deleted, cut loose or let go of."""
    deletes = whose.ownership.collections[source].erase == "delete"
    cuts = cuts_key(whose.ownership, source, key.columns) or _loses(whose, source, key, OWN)
    return deletes or cuts or unlinks(whose, source, key)


def _possible(terms: Sequence[Predicate]) -> list[Predicate]:
    return [term for term in terms if not isinstance(term, False_)]


def unlinks(whose: Whose, source: str, key: ForeignKey) -> bool:
    """Say whether the person's own rows of *source* let go of the key when its target goes."""
    mapped = whose.ownership.collections.get(source)
    if mapped is None or not whose.ownership.nullable(source, key):
        return False
    kept = any(mapped.fields[c].keep for c in key.columns if c in mapped.fields)
    return not kept and whose.ownership.in_loop(source, key)


def pointed_at(whose: Whose, name: str, rows: FromClause) -> Predicate:
    """Say that any row points at this one by a key that the map does not let go of."""
    ways: list[Predicate] = []
    for source, key in whose.ownership.incoming(name):
        other = whose.tables[source].alias()
        points = same(rows, key.target_columns, other, key.columns)
        if whose.ownership.may_detach(source, key):
            ways += _held(whose, source, other, points)
        else:
            ways.append(exists_in(other, points))
    return or_(*ways) if ways else false()


def _held(whose: Whose, source: str, rows: FromClause, points: Predicate) -> list[Predicate]:
    """Say that a row on which a hold lies points there: it lets go of nothing, whatever the map."""
    held = whose.reasons.held(source, rows)
    return [] if isinstance(held, False_) else [exists_in(rows, points, held)]


def referenced(whose: Whose, name: str, rows: FromClause) -> Predicate:
    """
    Say that any row at all points at this one now.

    By a key that the database looks at when the transaction ends, it may: then both are gone.
    """
    ways = []
    for source, key in whose.ownership.incoming(name):
        if whose.ownership.deferred(source, key):
            continue
        other = whose.tables[source].alias()
        points = same(rows, key.target_columns, other, key.columns)
        if source == name:
            # A row that points at itself goes with itself.
            pairs = zip(whose.key(name, other), whose.key(name, rows), strict=True)
            points = and_(points, not_(and_(*(a == b for a, b in pairs))))
        ways.append(exists_in(other, points))
    return or_(*ways) if ways else false()


def hard_loop(whose: Whose, name: str) -> bool:
    """Say whether rows point at rows of their own collection and may never let go."""
    keys = whose.ownership.tables[name].foreign_keys
    return any(key.target == name and not whose.ownership.nullable(name, key) for key in keys)
