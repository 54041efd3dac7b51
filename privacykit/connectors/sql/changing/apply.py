"""The actions of a plan on a batch of rows. Does I/O on a connection it is lent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec.structs import replace
from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    FromClause,
    and_,
    delete,
    false,
    func,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy import Table as SqlTable

from privacykit.connectors.sql.catalogue.reflect import KIND
from privacykit.connectors.sql.changing.batch import RowBatch
from privacykit.connectors.sql.changing.overwrite import assign, leads, pending, unfinished
from privacykit.connectors.sql.convert import Unfit
from privacykit.connectors.sql.derived import written
from privacykit.connectors.sql.ownership.exact import ExactText, Held
from privacykit.connectors.sql.ownership.predicates import (
    DERIVED,
    Predicate,
    compared_as,
    in_rows,
    place,
    untrue,
)
from privacykit.connectors.sql.ownership.references import blocked, referenced, unlinks
from privacykit.connectors.sql.ownership.whose import Whose
from privacykit.connectors.sql.stored.inside import expected
from privacykit.connectors.statements.statement import Row
from privacykit.errors import StoreError
from privacykit.govern.datamap.schema import ForeignKey
from privacykit.govern.erasure.ports.connector import Context
from privacykit.govern.erasure.ports.work import Applied, Work
from privacykit.govern.erasure.treatment import OWN, FieldChange, cuts_of, treat
from privacykit.govern.records import Action


def apply(connection: Connection, whose: Whose, work: Work, context: Context) -> Applied:
    """
    Do one batch; rows already so are *gone*, rows that may no longer be touched *skipped*.

    Raises:
        StoreError: A strategy or a new value does not fit its column.
    """
    kind = work.step.justification or OWN
    batch = RowBatch(connection, whose, context, work.step.collection, kind, work.keys)
    doing = _ACTIONS.get(work.step.action)
    return doing(batch) if doing else Applied(0, gone=len(work.keys))


def _delete(batch: RowBatch) -> Applied:
    whose, name, table = batch.whose, batch.name, batch.table
    keys: list[Any] | None = None
    owners = whose.ownership.owners
    nested = whose.kept(("nested", name), lambda: any(tie.other == name for tie in owners(name)))
    if nested:
        # Rows that own one another: letting go of one must not make the next one ownerless.
        found = batch.fetch("allowed", lambda: _allowed(whose, name, table))
        keys = [tuple(row) if len(row) > 1 else row[0] for row in found]
    let_go = _let_go(batch, keys)

    def build() -> Executable:
        going = whose.in_batch(name, table) if nested else _may_go(whose, name, table)
        return delete(table).where(going, untrue(referenced(whose, name, table)))

    changed = batch.change("delete", build, keys)
    if changed == len(batch.keys):
        return Applied(changed, let_go=let_go)
    done = batch.tally(changed, batch.left("delete", lambda: literal(value=True)))
    return replace(done, let_go=let_go)


def may_go(batch: RowBatch) -> list[Row]:
    """Return the keys of those rows of *batch* that may be deleted, as they are now."""
    name, table = batch.name, batch.table
    return batch.fetch(
        "may go",
        lambda: select(*batch.whose.key(name, table)).where(_may_go(batch.whose, name, table)),
    )


def _allowed(whose: Whose, name: str, rows: FromClause) -> Executable:
    return select(*whose.key(name, rows)).where(_may_go(whose, name, rows)).with_for_update()


def _still_mine(whose: Whose, name: str, rows: FromClause) -> Predicate:
    terms = [untrue(whose.reasons.held(name, rows)), untrue(whose.taken(name, rows))]
    # A row that others point at is known by them alone, and they may be gone already.
    if whose.where or all(tie.points for tie in whose.ownership.owners(name)):
        terms.append(whose.owned(name, rows))
    return Held(and_(*terms))


def _may_go(whose: Whose, name: str, rows: FromClause) -> Predicate:
    kept = [untrue(keeps) for _, keeps in whose.reasons.kept(name, rows)]
    return and_(whose.in_batch(name, rows), _still_mine(whose, name, rows), *kept)


def _pointing(whose: Whose, name: str) -> Iterator[tuple[str, ForeignKey, bool]]:
    """Yield the keys that let go of a row that goes, and whether the map says so."""
    for source, key in whose.ownership.incoming(name):
        detach = whose.ownership.may_detach(source, key)
        if detach or unlinks(whose, source, key):
            yield source, key, detach


def _let_go(batch: RowBatch, keys: Sequence[Any] | None) -> int:
    """Empty the keys that point at rows about to go, where the map or a loop allows it."""
    emptied = 0
    whose, name, connection = batch.whose, batch.name, batch.connection
    pointing = whose.kept(("let go", name), lambda: list(_pointing(whose, name)))
    for number, (source, key, detach) in enumerate(pointing):

        def build(
            source: str = source,
            key: ForeignKey = key,
            detach: bool = detach,
        ) -> Executable:
            other, target = whose.tables[source], whose.tables[name].alias()
            going = whose.in_batch(name, target)
            going = going if keys is not None else _may_go(whose, name, target)
            inner = select(*(place(target, column) for column in key.target_columns)).where(going)
            columns = [place(other, column) for column in key.columns]
            described = whose.ownership.tables[source]
            terms = [in_rows(columns, inner), untrue(whose.reasons.held(source, other))]
            if not detach:
                terms += [whose.owned(source, other), untrue(whose.others(source, other))]
                terms += [untrue(keeps) for _, keeps in whose.reasons.kept(source, other)]
            if source == name and keys is not None:
                # Its own turn comes, and takes the key along; unless it has to stay.
                terms.append(or_(whose.in_batch(name, other), blocked(whose, name, other)))
            free = [column.name for column in described.cuttable(key.columns)]
            empty = written(other, dict.fromkeys(free, null()), connection.dialect.name)
            return update(other).where(*terms).values(empty)

        changed = batch.change(("let go", number), build, keys)
        emptied += changed if detach else 0
    return emptied


def _detach(batch: RowBatch) -> Applied:
    changed = 0
    whose, name = batch.whose, batch.name
    tied: list[Callable[[], Predicate]] = []
    cuts = whose.kept(
        ("cuts", name, batch.kind), lambda: cuts_of(whose.ownership, name, batch.kind)
    )
    for number, cut in enumerate(cuts):
        mine = partial(leads, whose, name, cut)
        written = {change.column.name for change in cut.changes}
        ends = not cut.is_person
        if cut.tie is not None:
            ends = bool(written & set(cut.tie.columns))
        where = _cut_where(batch, mine, cut.changes)
        changed += assign(batch, ("detach", number), where, cut.changes)
        left = partial(unfinished, whose, name, cut.changes)
        tied.append(mine if ends else _both(mine, left))
    return batch.tally(changed, batch.left("detach", lambda: or_(*(term() for term in tied))))


def _both(one: Callable[[], Predicate], other: Callable[[], Predicate]) -> Callable[[], Predicate]:
    return lambda: and_(one(), other())


def _cut_where(
    batch: RowBatch, mine: Callable[[], Predicate], changes: Sequence[FieldChange]
) -> Callable[[], Predicate]:
    def where() -> Predicate:
        held = batch.whose.reasons.held(batch.name, batch.table)
        return and_(untrue(held), mine(), unfinished(batch.whose, batch.name, changes))

    return where


def _change(batch: RowBatch) -> Applied:
    changes = batch.whose.kept(("changes", batch.name, batch.kind), lambda: _changes(batch))

    def where() -> Predicate:
        mine = _still_mine(batch.whose, batch.name, batch.table)
        return and_(mine, unfinished(batch.whose, batch.name, changes))

    changed = assign(batch, "change", where, changes)
    if changed == len(batch.keys):
        return Applied(changed)
    return batch.tally(changed, sum(1 for _ in pending(batch, "unfinished", None, changes)))


def _changes(batch: RowBatch) -> Sequence[FieldChange]:
    selection = batch.whose.where
    if selection is None:
        return treat(batch.whose.ownership, batch.name, batch.kind)[1]
    fields = batch.whose.ownership.collections[batch.name].fields
    wanted = selection.fields or [n for n, field in fields.items() if field.personal]
    table = batch.whose.ownership.tables[batch.name]
    return [
        FieldChange(column, fields[n].erase or selection.then, fields[n].to)
        for n in wanted
        if (column := table.column(n)) is not None
    ]


def _rectify(batch: RowBatch) -> Applied:
    described = batch.whose.ownership.tables[batch.name]
    values = {c: v for c, v in batch.context.changes.items() if described.column(c)}
    return _write(batch, values, _still_mine(batch.whose, batch.name, batch.table))


def _restrict(batch: RowBatch) -> Applied:
    mapped = batch.whose.ownership.collections[batch.name]
    flag = mapped.objection if batch.kind == "objection" else mapped.restriction
    if flag is None:
        return Applied(0, skipped=len(batch.keys))
    found = Held(batch.whose.found(batch.name, batch.table))
    return _write(batch, {flag.column: flag.value}, found)


def _write(batch: RowBatch, values: Mapping[str, Any], allowed: Predicate) -> Applied:
    table, whose = batch.table, batch.whose
    try:
        new = {c: whose.fit(compared_as(table, c), value) for c, value in values.items()}
    except Unfit:
        raise StoreError("a new value does not fit its column") from None
    dialect = batch.connection.dialect.name
    differs = or_(false(), *(_differs(table, c, value, dialect) for c, value in new.items()))
    inside = whose.in_batch(batch.name, table)
    typed = {c: literal(value, compared_as(table, c).type) for c, value in new.items()}
    set_to = written(table, typed, dialect, make=True)
    changed = batch.write_once(update(table).where(inside, allowed, differs).values(set_to))
    # What stands there afterwards counts, not what was asked for.
    left = select(func.count()).select_from(table).where(inside, differs)
    return batch.tally(changed, int(batch.once(left).scalar_one()))


def _differs(table: SqlTable, name: str, value: Any, dialect: str) -> Predicate:  # noqa: ANN401 - a column's value
    """Say that *value* does not stand in a column: a text to the letter, whatever its collation."""
    column, real = place(table, name), compared_as(table, name)
    if value is None or real.info.get(KIND) != "text":
        return column.is_distinct_from(value)
    inside = table.info.get(DERIVED, {}).get(name)
    wanted: ColumnElement[Any] = literal(value, real.type)
    if inside and inside[0].path:
        wanted = expected(table.c[inside[0].of], inside[0], value, dialect)
    return ExactText(column).is_distinct_from(ExactText(wanted))


_ACTIONS: dict[Action, Callable[[RowBatch], Applied]] = {
    Action.DELETE: _delete,
    Action.CHANGE: _change,
    Action.DETACH: _detach,
    Action.RECTIFY: _rectify,
    Action.RESTRICT: _restrict,
}
