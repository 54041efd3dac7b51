"""
MariaDB's catalogue: the login's database and those tied to it. Does I/O on a connection it is lent.

A server has many databases of many applications. Those with foreign keys into ours, and those the
map names, belong to it; the others are only counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, TextClause, text
from sqlalchemy.exc import DBAPIError

from privacykit.connectors.sql.catalogue.facts import Catalogue, Place, Pointer, TableFacts
from privacykit.connectors.sql.catalogue.words import names_in
from privacykit.govern.datamap.schema import Check

_POINTING = (
    # Fast, and wants the right PROCESS; the other asks every table that the login may see.
    text("""
        select distinct substring_index(for_name, '/', 1) as pointing
        from information_schema.innodb_sys_foreign
        where substring_index(ref_name, '/', 1) = :stored
    """),
    text("""
        select distinct constraint_schema as pointing
        from information_schema.referential_constraints
        where unique_constraint_schema = :schema
    """),
)
_SCHEMAS = text("""
    select schema_name from information_schema.schemata
    where schema_name not in ('mysql', 'information_schema', 'performance_schema', 'sys')
""")
_TABLES = text("""
    select t.table_name as name, t.table_type as kind, coalesce(e.transactions, 'NO') as safe
    from information_schema.tables t left join information_schema.engines e on e.engine = t.engine
    where t.table_schema = :schema and t.table_type in ('BASE TABLE', 'SYSTEM VERSIONED')
""")
_COLUMNS = text("""
    select table_name as name, column_name as field,
      coalesce(generation_expression, '') <> '' as computed
    from information_schema.columns where table_schema = :schema
    order by table_name, ordinal_position
""")
_INDEXES = text("""
    select table_name as name, index_name as label, max(non_unique) as several,
      group_concat(column_name order by seq_in_index separator '\\n') as fields
    from information_schema.statistics where table_schema = :schema
    group by table_name, index_name
""")
_CHECKS = text("""
    select table_name as name, constraint_name as label, check_clause as expression
    from information_schema.check_constraints where constraint_schema = :schema
""")
_TRIGGERS = text("""
    select distinct event_object_table as name
    from information_schema.triggers where event_object_schema = :schema
""")
_KEYS = text("""
    select table_name as name, constraint_name as label, column_name as field,
      referenced_table_schema as target_schema, referenced_table_name as target,
      referenced_column_name as target_field
    from information_schema.key_column_usage
    where table_schema = :schema and referenced_table_name is not null
    order by table_name, constraint_name, ordinal_position
""")


def read(connection: Connection, schema: str, names: frozenset[str]) -> Catalogue:
    """
    Read *schema*, the databases among *names*, and all that point into one that is read.

    Partitions are no tables here; views and sequences hold nothing of a person.
    """
    catalogue: Catalogue = {}
    done, waiting = set[str](), [schema, *sorted(names)]
    while waiting:
        place = waiting.pop()
        if place not in done:
            done.add(place)
            catalogue |= _schema(connection, place)
            waiting += _pointing(connection, place)
    return catalogue


def schemas(connection: Connection) -> set[str]:
    """Return every database that the login may see."""
    return {str(row[0]) for row in connection.execute(_SCHEMAS)}


def _pointing(connection: Connection, schema: str) -> list[str]:
    for query in _POINTING:
        try:
            asked = {"schema": schema, "stored": _stored(schema)}
            return [_read_back(str(row[0])) for row in connection.execute(query, asked)]
        except DBAPIError:
            continue
    return []


def _stored(name: str) -> str:
    """Return *name* as InnoDB keeps it: what no file name may hold, as ``@`` and hexadecimal."""
    plain = (c if c.isascii() and (c.isalnum() or c == "_") else f"@{ord(c):04x}" for c in name)
    return "".join(plain)


def _read_back(name: str) -> str:
    return re.sub("@([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), name)


def _schema(connection: Connection, schema: str) -> Catalogue:
    catalogue: Catalogue = {}
    for row in connection.execute(_TABLES, {"schema": schema}):
        history = row.kind == "SYSTEM VERSIONED"
        safe = row.safe == "YES"
        catalogue[schema, str(row.name)] = TableFacts(transactional=safe, history=history)
    columns = _columns(connection, schema, catalogue)
    for name, row in _rows(connection, _INDEXES, schema, catalogue):
        _index(catalogue[name], str(row.fields).split("\n"), row.several)
    for name, row in _rows(connection, _CHECKS, schema, catalogue):
        read_by = names_in(str(row.expression), columns[name[1]])
        catalogue[name].checks.append(Check(read_by, str(row.expression), str(row.label)))
    for name, _ in _rows(connection, _TRIGGERS, schema, catalogue):
        catalogue[name].triggers = True
    for name, pointer in _keys(connection, schema, catalogue):
        catalogue[name].keys.append(pointer)
    return catalogue


def _rows(
    connection: Connection, query: TextClause, schema: str, among: Catalogue
) -> Iterator[tuple[Place, Row[Any]]]:
    """Yield what *query* says of tables that are read."""
    for row in connection.execute(query, {"schema": schema}):
        if (schema, row.name) in among:
            yield (schema, str(row.name)), row


def _columns(connection: Connection, schema: str, catalogue: Catalogue) -> dict[str, list[str]]:
    columns: dict[str, list[str]] = {}
    for name, row in _rows(connection, _COLUMNS, schema, catalogue):
        columns.setdefault(name[1], []).append(str(row.field))
        if row.computed:
            catalogue[name].generated.add(str(row.field))
    return columns


def _index(facts: TableFacts, fields: list[str], several: int) -> None:
    facts.indexes.append(tuple(fields))
    if not several:
        facts.uniques.append(tuple(fields))
        facts.identifying.append(tuple(fields))


def _keys(
    connection: Connection, schema: str, catalogue: Catalogue
) -> Iterator[tuple[Place, Pointer]]:
    found: dict[tuple[Place, str], list[Any]] = {}
    for name, row in _rows(connection, _KEYS, schema, catalogue):
        found.setdefault((name, str(row.label)), []).append(row)
    for (name, _), rows in found.items():
        target = (str(rows[0].target_schema), str(rows[0].target))
        starts = tuple(str(row.field) for row in rows)
        yield name, Pointer(starts, target, tuple(str(row.target_field) for row in rows))
