"""
Look for a person's values in every text column, whatever the map says. Does I/O on a connection.

It knows nothing of targets: what the map forgot, what a bug left and what somebody wrote into a
note about somebody else is found alike. It reads every row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import ColumnElement, Connection, Text, case, cast, func, literal, or_, select

from privacykit.connectors.sql import finding
from privacykit.connectors.sql.binds import KEYS
from privacykit.connectors.sql.drivers import PAGE
from privacykit.connectors.sql.reflect import KIND
from privacykit.connectors.sql.values import plain
from privacykit.connectors.sql.whose import Whose
from privacykit.govern.connector import Context, Hit, Key
from privacykit.govern.treatment import LEFT_ALONE, OWN, treat

SEARCHED = frozenset({"text", "json", "bytes", "other"})
STRANGER = "none"


def hits(
    connection: Connection, whose: Whose, values: Sequence[str], context: Context
) -> Iterator[Hit]:
    """Yield where *values* still stand, regardless of case, and why they may."""
    if not values:
        return
    for name, table in whose.tables.items():
        found = {
            str(column.name): or_(*(_contains(connection, column, value) for value in values))
            for column in table.columns
            if column.info.get(KIND) in SEARCHED
        }
        if not found:
            continue
        counts: Counter[tuple[str, str | None]] = Counter()
        for kind, columns in _rows(connection, whose, name, found, context):
            for column in columns:
                counts[column, _explained(whose, name, kind, column)] += 1
        for (column, explained), number in counts.items():
            yield Hit(name, column, number, explained)


def _rows(
    connection: Connection,
    whose: Whose,
    name: str,
    found: Mapping[str, ColumnElement[bool]],
    context: Context,
) -> Iterator[tuple[str, list[str]]]:
    """Yield the class of each row in which a value stands, and the columns it stands in."""
    table = whose.tables[name]
    mapped = name in whose.ownership.collections and bool(whose.ownership.key(name))
    key = whose.key(name, table) if mapped else []
    flags = [case((term, 1), else_=0) for term in found.values()]
    query = select(*key, *flags).where(or_(*found.values()))
    # MariaDB ends a stream when another statement runs beside it, as the one for classes does.
    options: dict[str, Any] = {"stream_results": False, "yield_per": None} if mapped else {}
    for page in connection.execute(query, execution_options=options).partitions(PAGE):
        keys = [tuple(map(plain, row[: len(key)])) for row in page]
        kinds = _kinds(connection, whose, name, keys, context) if mapped else {}
        for names, row in zip(keys, page, strict=True):
            flagged = zip(found, row[len(key) :], strict=True)
            yield kinds.get(names, STRANGER), [column for column, flag in flagged if flag]


def _kinds(
    connection: Connection, whose: Whose, name: str, keys: Sequence[Key], context: Context
) -> dict[Key, str]:
    """Return the classes of those among *keys* that concern the person."""
    build = partial(finding.query, whose, name, among=True)
    fitted = whose.keys(name, keys)
    if not fitted:
        return {}
    rows = whose.binds.fetch(connection, ("kinds", name), build, context, {KEYS: fitted})
    return {tuple(map(plain, row[:-1])): row[-1] for row in rows}


def _explained(whose: Whose, name: str, kind: str, column: str) -> str | None:
    """Say why a value may stand there: the row's class, unless it was to be removed from it."""
    if kind in {STRANGER, OWN}:
        return None
    _, changes = treat(whose.ownership, name, kind)
    changed = any(change.column.name == column for change in changes)
    return None if changed and kind not in LEFT_ALONE else kind


def _contains(connection: Connection, column: SqlColumn[Any], value: str) -> ColumnElement[bool]:
    if column.info.get(KIND) == "bytes":
        data = literal(value.encode())
        if connection.dialect.name == "postgresql":
            return func.position(data.op("IN")(column)) > 0
        return func.instr(column, data) > 0
    as_text = column if column.info.get(KIND) == "text" else cast(column, Text)
    return func.lower(as_text).contains(value.lower(), autoescape=True)
