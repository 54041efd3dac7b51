"""What each action of a plan does to a batch of rows. Does I/O on a connection it is lent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    Executable,
    FromClause,
    and_,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)

from privacykit.connectors.sql.assign import assign, pending, unfinished
from privacykit.connectors.sql.batch import Batch
from privacykit.connectors.sql.logic import Predicate, in_rows, untrue
from privacykit.connectors.sql.pointers import blocked, referenced, unlinks
from privacykit.connectors.sql.values import Unfit
from privacykit.connectors.sql.whose import Whose
from privacykit.errors import StoreError
from privacykit.govern.connector import Applied, Context, Work
from privacykit.govern.records import Action
from privacykit.govern.schema import ForeignKey
from privacykit.govern.treatment import OWN, Change, Cut, cuts_of, treat


def apply(connection: Connection, whose: Whose, work: Work, context: Context) -> Applied:
    """
    Do one batch; rows already so are *gone*, rows that may no longer be touched *skipped*.

    Raises:
        StoreError: A strategy or a new value does not fit its column.
    """
    kind = work.step.justification or OWN
    batch = Batch(connection, whose, context, work.step.collection, kind, work.keys)
    doing = _ACTIONS.get(work.step.action)
    return doing(batch) if doing else Applied(0, gone=len(work.keys))


def _delete(batch: Batch) -> Applied:
    whose, name, table = batch.whose, batch.name, batch.table
    keys: list[Any] | None = None
    nested = any(tie.other == name for tie in whose.ownership.owners(name))
    if nested:
        # Rows that own one another: letting go of one must not make the next one ownerless.
        found = batch.fetch("allowed", lambda: _allowed(whose, name, table))
        keys = [tuple(row) if len(row) > 1 else row[0] for row in found]
    _let_go(batch, keys)

    def build() -> Executable:
        going = whose.in_batch(name, table) if nested else _may_go(whose, name, table)
        return delete(table).where(going, untrue(referenced(whose, name, table)))

    changed = batch.change("delete", build, keys)
    if changed == len(batch.keys):
        return Applied(changed)
    return batch.tally(changed, batch.left("delete", lambda: literal(value=True)))


def _allowed(whose: Whose, name: str, rows: FromClause) -> Executable:
    return select(*whose.key(name, rows)).where(_may_go(whose, name, rows)).with_for_update()


def _still_mine(whose: Whose, name: str, rows: FromClause) -> Predicate:
    terms = [untrue(whose.reasons.held(name, rows)), untrue(whose.taken(name, rows))]
    # A row that others point at is known by them alone, and they may be gone already.
    if whose.where or all(tie.points for tie in whose.ownership.owners(name)):
        terms.append(whose.owned(name, rows))
    return and_(*terms)


def _may_go(whose: Whose, name: str, rows: FromClause) -> Predicate:
    kept = [untrue(keeps) for _, keeps in whose.reasons.kept(name, rows)]
    return and_(whose.in_batch(name, rows), _still_mine(whose, name, rows), *kept)


def _let_go(batch: Batch, keys: Sequence[Any] | None) -> None:
    """Empty the keys that point at rows about to go, where the map or a loop allows it."""
    whose, name = batch.whose, batch.name
    for number, (source, key) in enumerate(whose.ownership.incoming(name)):
        detach = whose.ownership.may_detach(source, key)
        if not detach and not unlinks(whose, source, key):
            continue

        def build(
            source: str = source,
            key: ForeignKey = key,
            detach: bool = detach,
        ) -> Executable:
            other, target = whose.tables[source], whose.tables[name].alias()
            going = whose.in_batch(name, target)
            going = going if keys is not None else _may_go(whose, name, target)
            inner = select(*(target.c[column] for column in key.target_columns)).where(going)
            columns = [other.c[column] for column in key.columns]
            terms = [in_rows(columns, inner), untrue(whose.reasons.held(source, other))]
            if not detach:
                terms += [whose.owned(source, other), untrue(whose.others(source, other))]
                terms += [untrue(keeps) for _, keeps in whose.reasons.kept(source, other)]
            if source == name and keys is not None:
                # Its own turn comes, and takes the key along; unless it has to stay.
                terms.append(or_(whose.in_batch(name, other), blocked(whose, name, other)))
            free = [column.name for column in columns if column.nullable]
            return update(other).where(*terms).values(dict.fromkeys(free))

        batch.change(("let go", number), build, keys)


def _detach(batch: Batch) -> Applied:
    changed = 0
    whose, name = batch.whose, batch.name
    tied: list[Callable[[], Predicate]] = []
    cuts = whose.kept(
        ("cuts", name, batch.kind), lambda: cuts_of(whose.ownership, name, batch.kind)
    )
    for number, cut in enumerate(cuts):
        mine = _leads(whose, name, cut)
        written = {change.column.name for change in cut.changes}
        ends = cut.tie is None or bool(written & set(cut.tie.columns))
        where = _cut_where(batch, mine, cut.changes)
        changed += assign(batch, ("detach", number), where, cut.changes)
        tied.append(mine if ends else _both(mine, unfinished(batch, cut.changes)))
    return batch.tally(changed, batch.left("detach", lambda: or_(*(term() for term in tied))))


def _leads(whose: Whose, name: str, cut: Cut) -> Callable[[], Predicate]:
    """Say that the row still leads to the person, the way that *cut* is to end."""

    def leads() -> Predicate:
        if cut.tie is not None:
            # A row that others own too stays theirs: the key to it is not only the person's.
            return whose.tied_alone(cut.tie, whose.tables[name])
        match = whose.identified.in_column(name, cut.changes[0].column.name, whose.tables[name])
        return literal(value=False) if match is None else match

    return leads


def _both(one: Callable[[], Predicate], other: Callable[[], Predicate]) -> Callable[[], Predicate]:
    return lambda: and_(one(), other())


def _cut_where(
    batch: Batch, mine: Callable[[], Predicate], changes: Sequence[Change]
) -> Callable[[], Predicate]:
    def where() -> Predicate:
        held = batch.whose.reasons.held(batch.name, batch.table)
        return and_(untrue(held), mine(), unfinished(batch, changes)())

    return where


def _change(batch: Batch) -> Applied:
    changes = batch.whose.kept(("changes", batch.name, batch.kind), lambda: _changes(batch))

    def where() -> Predicate:
        mine = _still_mine(batch.whose, batch.name, batch.table)
        return and_(mine, unfinished(batch, changes)())

    changed = assign(batch, "change", where, changes)
    if changed == len(batch.keys):
        return Applied(changed)
    return batch.tally(changed, sum(1 for _ in pending(batch, "unfinished", None, changes)))


def _changes(batch: Batch) -> Sequence[Change]:
    selection = batch.whose.where
    if selection is None:
        return treat(batch.whose.ownership, batch.name, batch.kind)[1]
    fields = batch.whose.ownership.collections[batch.name].fields
    wanted = selection.fields or [n for n, field in fields.items() if field.personal]
    table = batch.whose.ownership.tables[batch.name]
    return [
        Change(column, fields[n].erase or selection.then, fields[n].to)
        for n in wanted
        if (column := table.column(n)) is not None
    ]


def _rectify(batch: Batch) -> Applied:
    values = {c: v for c, v in batch.context.changes.items() if c in batch.table.c}
    return _write(batch, values, _still_mine(batch.whose, batch.name, batch.table))


def _restrict(batch: Batch) -> Applied:
    mapped = batch.whose.ownership.collections[batch.name]
    flag = mapped.objection if batch.kind == "objection" else mapped.restriction
    if flag is None:
        return Applied(0, skipped=len(batch.keys))
    found = batch.whose.found(batch.name, batch.table)
    return _write(batch, {flag.column: flag.value}, found)


def _write(batch: Batch, values: Mapping[str, Any], allowed: Predicate) -> Applied:
    table, whose = batch.table, batch.whose
    try:
        new = {column: whose.fit(table.c[column], value) for column, value in values.items()}
    except Unfit:
        raise StoreError("a new value does not fit its column") from None
    differs = or_(*(table.c[c].is_distinct_from(value) for c, value in new.items()))
    inside = whose.in_batch(batch.name, table)
    query = update(table).where(inside, allowed, differs).values(new)
    changed = batch.write_once(query)
    if changed == len(batch.keys):
        return Applied(changed)
    left = select(func.count()).select_from(table).where(inside, differs)
    return batch.tally(changed, int(batch.once(left).scalar_one()))


_ACTIONS: dict[Action, Callable[[Batch], Applied]] = {
    Action.DELETE: _delete,
    Action.CHANGE: _change,
    Action.DETACH: _detach,
    Action.RECTIFY: _rectify,
    Action.RESTRICT: _restrict,
}
