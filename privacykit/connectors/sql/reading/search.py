"""
Look for a person's values in every column, whatever the map says. Does I/O on a connection.

It knows nothing of targets: what the map forgot, what a bug left and what somebody wrote into a
note about somebody else is found alike. It reads every row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, or_, select

from privacykit.connectors.sql.catalogue.reflect import KIND
from privacykit.connectors.sql.convert import plain
from privacykit.connectors.sql.ownership.whose import Whose
from privacykit.connectors.sql.reading import finding
from privacykit.connectors.sql.reading.contains import contains, shown
from privacykit.connectors.sql.statement_cache import KEYS
from privacykit.connectors.statements.drivers import PAGE
from privacykit.connectors.statements.statement import cells
from privacykit.govern.erasure.ports.connector import Context
from privacykit.govern.erasure.ports.work import Hit, Key
from privacykit.govern.erasure.treatment import explains
from privacykit.govern.erasure.whole_values import INSIDE, stands_alone

STRANGER = "none"


def hits(
    connection: Connection,
    whose: Whose,
    values: Sequence[str],
    context: Context,
    unread: Collection[str] = (),
) -> Iterator[Hit]:
    """
    Yield where *values* still stand, regardless of case, and why they may.

    Args:
        connection: To read with.
        whose: The predicates.
        values: What is looked for.
        context: Whose rows.
        unread: Tables that are not searched.
    """
    for name in whose.tables if values else ():
        found = {} if name in unread else _found(connection, whose, name, values)
        if not found:
            continue
        counts: Counter[tuple[str, str | None]] = Counter()
        for kind, texts in _rows(connection, whose, name, found, context):
            for column, text in texts.items():
                stays = kind != STRANGER and explains(whose.ownership, name, kind, column)
                why = kind if stays else None
                if why is None and not stands_alone(text, values):
                    why = INSIDE
                counts[column, why] += 1
        for (column, explained), number in counts.items():
            yield Hit(name, column, number, explained)


def _found(
    connection: Connection, whose: Whose, name: str, values: Sequence[str]
) -> dict[str, ColumnElement[bool]]:
    """Return, for each column that can hold one of *values*, that it does."""
    described = whose.ownership.tables.get(name)
    checks = described.checks if described else ()
    # MariaDB's JSON is text with a condition.
    checked = {c for check in checks if "json_valid" in check.expression for c in check.columns}
    found: dict[str, ColumnElement[bool]] = {}
    for column in whose.tables[name].columns:
        document = column.info.get(KIND) == "json" or column.name in checked
        dialect = connection.dialect.name
        terms = (contains(column, value, dialect, document=document) for value in values)
        ways = [term for term in terms if term is not None]
        if ways:
            found[str(column.name)] = or_(*ways)
    return found


def _rows(
    connection: Connection,
    whose: Whose,
    name: str,
    found: Mapping[str, ColumnElement[bool]],
    context: Context,
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the class of each row in which a value stands, and each such column as text."""
    table = whose.tables[name]
    mapped = name in whose.ownership.collections and bool(whose.ownership.key(name))
    key = whose.key(name, table) if mapped else []
    flags = [case((term, 1), else_=0) for term in found.values()]
    dialect = connection.dialect.name
    texts = [case((term, shown(table.c[c], dialect))) for c, term in found.items()]
    query = select(*key, *flags, *texts).where(or_(*found.values()))
    # MariaDB ends a stream when another statement runs beside it, as the one for classes does.
    options: dict[str, Any] = {"stream_results": False, "yield_per": None} if mapped else {}
    for page in connection.execute(query, execution_options=options).partitions(PAGE):
        keys = [tuple(map(plain, row[: len(key)])) for row in page]
        kinds = _kinds(connection, whose, name, keys, context) if mapped else {}
        for names, row in zip(keys, page, strict=True):
            told = row[len(key) :]
            each = zip(found, told[: len(found)], told[len(found) :], strict=True)
            yield kinds.get(names, STRANGER), {c: _text(it) for c, flag, it in each if flag}


def _text(cell: str | bytes | None) -> str:
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell or ""


def _kinds(
    connection: Connection, whose: Whose, name: str, keys: Sequence[Key], context: Context
) -> dict[Key, str]:
    """Return the classes of those among *keys* that concern the person."""
    build = partial(finding.query, whose, name, among=True)
    fitted = whose.keys(name, keys)
    if not fitted:
        return {}
    rows = whose.binds.fetch(connection, ("kinds", name), build, context, {KEYS: cells(fitted)})
    return {tuple(map(plain, row[:-1])): row[-1] for row in rows}
