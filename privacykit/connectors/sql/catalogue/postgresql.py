"""
PostgreSQL's catalogue: every schema of the database. Does I/O on a connection it is lent.

Partitions, and children by inheritance that add no column, belong to their parent. Tables of an
extension are the extension's. Foreign tables hold somebody's rows and are tables here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, text

from privacykit.connectors.sql.catalogue.facts import Catalogue, Place, Pointer, TableFacts
from privacykit.connectors.sql.catalogue.words import lowered_in, names_in
from privacykit.govern.datamap.schema import Check

_TABLES = text("""
    select c.oid, n.nspname as schema, c.relname as name, c.relkind as kind,
      coalesce((select i.inhparent from pg_inherits i where i.inhrelid = c.oid limit 1), 0)
        as parent,
      not c.relispartition and exists (select from pg_attribute a where a.attrelid = c.oid
        and a.attnum > 0 and not a.attisdropped and a.attinhcount = 0) as adds,
      has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') as readable
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'f', 'm') and c.relpersistence <> 't'
      and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
      and not exists (select from pg_depend d
        where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e')
      and (has_schema_privilege(n.oid, 'usage') or exists (
        select from pg_constraint f where f.conrelid = c.oid and f.contype = 'f'))
""")
_COLUMNS = text("""
    select attrelid as oid, attnum as number, attname as name,
      attgenerated <> '' or attidentity = 'a' as computed
    from pg_attribute where attrelid = any(:oids) and attnum > 0 and not attisdropped
""")
_INDEXES = text("""
    select i.indrelid as oid, i.indisunique as single, i.indpred is not null as partial,
      array(select k from unnest(i.indkey) with ordinality as u(k, n)
        where n <= i.indnkeyatts order by n) as columns,
      array(select pg_get_indexdef(i.indexrelid, n::integer, true)
        from generate_series(1, i.indnkeyatts) as n order by n) as texts
    from pg_index i where i.indrelid = any(:oids) and i.indisvalid
""")
_CHECKS = text("""
    select conrelid as oid, conname as name, coalesce(conkey, '{}') as columns,
      pg_get_expr(conbin, conrelid) as expression
    from pg_constraint where conrelid = any(:oids) and contype = 'c'
""")
_KEYS = text("""
    select conrelid as oid, confrelid as target, conkey as columns, confkey as target_columns,
      condeferrable as deferrable
    from pg_constraint where conrelid = any(:oids) and contype = 'f' order by conname
""")

_Names = Mapping[tuple[int, int], str]


def read(connection: Connection, schema: str, names: frozenset[str]) -> Catalogue:
    """Read every schema that the login may use, and every table that points at another."""
    del schema, names
    rows = {row.oid: row for row in connection.execute(_TABLES).all()}
    oids = {"oids": list(rows)}
    parts = {oid: row for oid, row in rows.items() if row.parent in rows and not row.adds}
    places = {oid: (str(row.schema), str(row.name)) for oid, row in rows.items()}
    whole = {oid: _whole(oid, parts) for oid in rows}
    facts = {
        oid: TableFacts(copy=row.kind == "m", unread=_unread(row))
        for oid, row in rows.items()
        if oid not in parts
    }
    columns = {}
    for row in connection.execute(_COLUMNS, oids):
        columns[row.oid, row.number] = str(row.name)
        if row.computed and row.oid in facts:
            facts[row.oid].generated.add(str(row.name))
    for row in connection.execute(_INDEXES, oids):
        if row.oid in facts:
            _index(row, columns, facts[row.oid])
    for row in connection.execute(_CHECKS, oids):
        if row.oid in facts:
            # A condition over the row as a whole names column 0.
            named = (columns.get((row.oid, number)) for number in row.columns)
            read_by = tuple(name for name in named if name)
            facts[row.oid].checks.append(Check(read_by, str(row.expression), str(row.name)))
    for row in connection.execute(_KEYS, oids):
        pointer = _pointer(row, columns, places, whole)
        # What a part points at, the whole does; what points at a part, points at the whole.
        if pointer is not None and pointer not in facts[whole[row.oid]].keys:
            facts[whole[row.oid]].keys.append(pointer)
    return {places[oid]: item for oid, item in facts.items()}


def _unread(row: Row[Any]) -> str:
    if not row.readable:
        return "the login may not read it"
    return "its rows are another server's" if row.kind == "f" else ""


def _whole(oid: int, parts: Mapping[int, Row[Any]]) -> int:
    while oid in parts:
        oid = parts[oid].parent
    return oid


def _index(row: Row[Any], columns: _Names, facts: TableFacts) -> None:
    plain = [columns.get((row.oid, number)) for number in row.columns]
    known = [name for (oid, _), name in columns.items() if oid == row.oid]
    if not row.partial:
        leading = plain[: plain.index(None)] if None in plain else plain
        facts.indexes.append(tuple(str(name) for name in leading))
        first = str(row.texts[0]) if plain[0] is None else ""
        facts.lowered += [column for column in [lowered_in(first)] if column]
        facts.computed += names_in(first, known)
    if row.single:
        computed = zip(plain, row.texts, strict=True)
        reads = " ".join(words for name, words in computed if name is None)
        if not row.partial and None not in plain:
            facts.identifying.append(tuple(str(name) for name in plain))
        facts.uniques.append((*(name for name in plain if name), *names_in(reads, known)))


def _pointer(
    row: Row[Any], columns: _Names, places: Mapping[int, Place], whole: Mapping[int, int]
) -> Pointer | None:
    if row.target not in whole:
        return None
    return Pointer(
        tuple(columns[row.oid, number] for number in row.columns),
        places[whole[row.target]],
        tuple(columns[row.target, number] for number in row.target_columns),
        bool(row.deferrable),
    )
