"""
SQLite's catalogue. Does I/O on a connection it is lent.

The library's own reading of a ``CREATE TABLE`` misses a ``UNIQUE`` behind a type with parentheses,
and knows no expressions; the pragmas tell what the file really enforces.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from privacykit.connectors.sql.catalogue.facts import Catalogue, Pointer, TableFacts
from privacykit.connectors.sql.catalogue.words import (
    after_where,
    checks_in,
    expressions_of,
    lowered_in,
    names_in,
)

MAIN = "main"
_COMPUTED = frozenset({2, 3})
"""``table_xinfo.hidden``: a generated column, virtual or stored."""


def read(connection: Connection, schema: str, names: frozenset[str]) -> Catalogue:
    """
    Read the tables of every database attached; ours attaches none besides *schema*.

    Shadow tables belong to their virtual table, views hold nothing of their own.
    """
    del schema, names
    rows = connection.execute(text("select schema, name, type from pragma_table_list")).all()
    catalogue: Catalogue = {}
    for place, name, kind in rows:
        if kind in {"table", "virtual"} and place != "temp" and not name.startswith("sqlite_"):
            catalogue[place, name] = _table(connection, place, name)
    return catalogue


def _table(connection: Connection, schema: str, name: str) -> TableFacts:
    facts = TableFacts()
    columns = []
    for row in _pragma(connection, "table_xinfo", schema, name):
        columns.append(str(row.name))
        if row.hidden in _COMPUTED:
            facts.generated.add(str(row.name))
    found = connection.execute(
        text(f'select sql from "{schema}".sqlite_schema where type = :type and name = :name'),  # noqa: S608
        {"type": "table", "name": name},
    ).scalar()
    facts.checks = checks_in(found or "", columns)
    _keys(connection, schema, name, facts)
    for row in _pragma(connection, "index_list", schema, name):
        _index(connection, (schema, str(row.name)), columns, facts, unique=bool(row.unique))
    return facts


def _index(
    connection: Connection,
    place: tuple[str, str],
    columns: list[str],
    facts: TableFacts,
    *,
    unique: bool,
) -> None:
    schema, name = place
    parts = [row for row in _pragma(connection, "index_xinfo", schema, name) if row.key]
    plain = [str(row.name) if row.cid >= 0 else None for row in parts]
    definition = connection.execute(
        text(f'select sql from "{schema}".sqlite_schema where type = :type and name = :name'),  # noqa: S608
        {"type": "index", "name": name},
    ).scalar()
    expressions = expressions_of(definition or "")
    condition = after_where(definition or "")
    if not condition:
        leading = plain[: plain.index(None)] if None in plain else plain
        facts.indexes.append(tuple(str(part) for part in leading))
        first = expressions[0] if expressions and plain[0] is None else ""
        facts.lowered += [column for column in [lowered_in(first)] if column]
        facts.computed += names_in(first, columns)
    if unique and not condition and None not in plain:
        facts.identifying.append(tuple(str(part) for part in plain))
    if unique:
        computed = zip(plain, expressions, strict=False)
        reads = " ".join(part for item, part in computed if item is None)
        mentioned = set(names_in(reads, columns)) | {item for item in plain if item}
        facts.uniques.append(tuple(column for column in columns if column in mentioned))


def _keys(connection: Connection, schema: str, name: str, facts: TableFacts) -> None:
    pairs: dict[int, list[tuple[str, str | None]]] = {}
    targets: dict[int, str] = {}
    for row in _pragma(connection, "foreign_key_list", schema, name):
        pairs.setdefault(row.id, []).append((str(row[3]), row[4]))
        targets[row.id] = str(row[2])
    for number in sorted(pairs):
        ends = tuple(str(end) for _, end in pairs[number] if end is not None)
        starts = tuple(start for start, _ in pairs[number])
        # ``defer_foreign_keys`` defers any of them, however it was declared.
        facts.keys.append(Pointer(starts, (schema, targets[number]), ends, deferrable=True))


def _pragma(connection: Connection, pragma: str, schema: str, name: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    return connection.execute(
        text(f"select * from pragma_{pragma}(:name, :schema)"),  # noqa: S608
        {"name": name, "schema": schema},
    ).all()
