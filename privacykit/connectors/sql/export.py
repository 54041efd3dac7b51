"""
A person's rows for export, other people's data redacted. Does I/O on a connection it is lent.

In a row of several people, what speaks of another one is not ours to hand out (GDPR Art. 15(4)):
their keys, the fields the map says are about them, identities that are not the person's. In a row
that the person only sees, every personal field that is not about them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, select

from privacykit.connectors.sql.finding import kind_column
from privacykit.connectors.sql.identified import identities_of
from privacykit.connectors.sql.logic import same
from privacykit.connectors.sql.values import plain
from privacykit.connectors.sql.whose import Whose
from privacykit.govern.connector import REDACTED, Context
from privacykit.govern.datamap import Field
from privacykit.govern.exporting import exported_fields
from privacykit.govern.treatment import ACCESSED, structure


def rows(
    connection: Connection, whose: Whose, name: str, context: Context
) -> Iterator[Mapping[str, Any]]:
    """Yield one mapping a row, in key order."""
    mapped = exported_fields(whose.ownership.collections[name].fields, given=context.given)
    fields = {column: field for column, field in mapped.items() if column in whose.tables[name].c}
    several = whose.ownership.may_be_shared(name) or whose.ownership.may_be_accessed(name)
    several = several and whose.where is None
    redact = _redactor(whose, name, fields, context) if several else None
    found = whose.binds.run(
        connection,
        ("export", name, tuple(fields)),
        lambda: _query(whose, name, fields, several=several),
        context,
    )
    names = list(fields)
    for row in found:
        values = dict(zip(names, row, strict=False))
        yield values if redact is None else redact(values, row._mapping)  # noqa: SLF001 - public


def _query(whose: Whose, name: str, fields: Mapping[str, Field], *, several: bool) -> Select[Any]:
    table = whose.tables[name]
    query = select(*(table.c[column] for column in fields))
    if several:
        flags = _flags(whose, name).items()
        query = query.add_columns(*(flag.label(label) for label, flag in flags))
    key = whose.ownership.key(name)
    if not key:
        return query.where(whose.found(name, table))
    mine = whose.mine(name)
    query = query.select_from(table).join(mine, same(table, key, mine, key))
    return query.order_by(*whose.key(name, table))


def _flags(whose: Whose, name: str) -> dict[str, ColumnElement[Any]]:
    """Columns that say what the row is to the person, and which tie leads to them."""
    table = whose.tables[name]
    flags: dict[str, ColumnElement[Any]] = {}
    flags["privacykit_kind"] = kind_column(whose, name)
    flags["privacykit_shared"] = case((whose.others(name, table), 1), else_=0)
    for number, tie in enumerate(whose.ownership.ties[name]):
        if tie.points:
            flags[f"privacykit_tie_{number}"] = case((whose.tied(tie, table), 1), else_=0)
    return flags


def _redactor(
    whose: Whose, name: str, fields: Mapping[str, Field], context: Context
) -> Callable[[Mapping[str, Any], Any], dict[str, Any]]:
    ties = [(n, tie) for n, tie in enumerate(whose.ownership.ties[name]) if tie.points]
    fixed = structure(whose.ownership, name)
    mine = {identity.value.strip().lower() for identity in identities_of(context)}

    def redact(values: Mapping[str, Any], row: Any) -> dict[str, Any]:  # noqa: ANN401 - RowMapping
        seen = row["privacykit_kind"] == ACCESSED
        if not seen and not row["privacykit_shared"]:
            return dict(values)
        to_me = {c for n, tie in ties if row[f"privacykit_tie_{n}"] for c in tie.columns}
        to_others = {c for _, tie in ties for c in tie.columns} - to_me
        shown = {}
        for column, value in values.items():
            field = fields[column]
            theirs = column in to_others or field.about in to_others
            if field.identity and str(plain(value)).strip().lower() not in mine:
                theirs = theirs or column not in to_me
            if seen and field.personal and field.about not in to_me and column not in fixed:
                theirs = theirs or not (field.identity and str(plain(value)).lower() in mine)
            shown[column] = REDACTED if theirs and value is not None else value
        return shown

    return redact
