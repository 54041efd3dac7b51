"""
Tables as they really are: the catalogue beside the types that statements need. Does I/O.

A table of the dataset's own schema goes by its name, one of another schema by ``schema.table``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import Connection, Engine, Inspector, MetaData, PrimaryKeyConstraint, inspect, types
from sqlalchemy import Table as SqlTable
from sqlalchemy.engine.reflection import ObjectKind, ObjectScope
from sqlalchemy.exc import SAWarning

from privacykit.connectors.sql.catalogue import mariadb, postgresql, sqlite
from privacykit.connectors.sql.catalogue.facts import Catalogue, Place, TableFacts, distinct
from privacykit.govern.datamap.schema import Column, ForeignKey, Kind, Table

KIND = "privacykit.kind"
ANY_TYPE = "privacykit.any_type"
"""Where a column's type is only an advice, as in SQLite."""

NAME = "privacykit.name"
DECLARED = "privacykit.declared"
"""A table as the database describes it, without what the map adds."""

DOMAIN = "privacykit.domain"
"""The name of a column's domain, as SQL writes it."""

_READ: Mapping[str, Callable[[Connection, str, frozenset[str]], Catalogue]] = {
    "sqlite": sqlite.read,
    "postgresql": postgresql.read,
    "mysql": mariadb.read,
    "mariadb": mariadb.read,
}
_KINDS: tuple[tuple[type[types.TypeEngine[Any]], Kind], ...] = (
    (types.Boolean, "bool"),
    (types.Integer, "int"),
    (types.Numeric, "float"),
    (types.DateTime, "time"),
    (types.Date, "date"),
    (types.JSON, "json"),
    (types.LargeBinary, "bytes"),
    (types.String, "text"),
)


@dataclass(frozen=True, slots=True)
class Reflected:
    """
    A dataset as it is.

    Attributes:
        tables: What statements are made of, by name, copies included.
        described: What the map is compared with.
        unsafe: Tables in which what is rolled back stays done, or may set off such a change.
        copies: Tables filled from others (materialised views): searched, never mapped.
        beside: Schemas in reach that were not read.
        unread: Tables that are not searched, and why.
    """

    tables: Mapping[str, SqlTable]
    described: tuple[Table, ...]
    unsafe: frozenset[str]
    copies: frozenset[str]
    beside: tuple[str, ...]
    unread: Mapping[str, str]

    def not_searched(self) -> Iterator[str]:
        """Say in words what verification does not look into."""
        if self.beside:
            yield f"{len(self.beside)} other schemas that the login can see are not searched"
        for name, why in self.unread.items():
            yield f"{name}: not searched, for {why}"


def reflect(
    engine: Engine, only: str | None = None, named: frozenset[str] = frozenset()
) -> Reflected:
    """
    Read every table in reach.

    Args:
        engine: The database.
        only: The schema of the dataset, where it is not the login's. Tables of other schemas are
            then read only where they point at it.
        named: Schemas that the map names.

    Returns:
        Tables whose columns carry their kind; on SQLite times and decimals are left as they
        stand in the file, for applications write them in many shapes.
    """
    with engine.connect() as connection:
        own = only or str(inspect(connection).default_schema_name or sqlite.MAIN)
        catalogue = _READ[engine.dialect.name](connection, own, named)
        seen = {schema for schema, _ in catalogue}
        if engine.dialect.name not in {"sqlite", "postgresql"}:
            seen |= mariadb.schemas(connection)
    if only is not None:
        catalogue = _tied(catalogue, own, named)
    tables = _tables(engine, sorted(catalogue), own, only)
    for place in catalogue:
        tables[_name(place, own)].info[DECLARED] = _describe(place, catalogue, tables, own)
    originals = (place for place in sorted(catalogue) if not catalogue[place].copy)
    described = tuple(tables[_name(place, own)].info[DECLARED] for place in originals)
    unsafe = frozenset(_name(place, own) for place in _unsafe(catalogue))
    copies = frozenset(_name(place, own) for place, facts in catalogue.items() if facts.copy)
    beside = tuple(sorted(seen - {own} - {schema for schema, _ in catalogue}))
    unread = {_name(p, own): facts.unread for p, facts in catalogue.items() if facts.unread}
    return Reflected(tables, described, unsafe, copies, beside, unread)


def _unsafe(catalogue: Catalogue) -> set[Place]:
    """Return the tables that know no transaction and, as there are some, those with triggers."""
    found = {place for place, facts in catalogue.items() if not facts.transactional}
    return found | {place for place, facts in catalogue.items() if found and facts.triggers}


def _tied(catalogue: Catalogue, own: str, named: frozenset[str]) -> Catalogue:
    """Leave out the schemas that nothing of *own* depends on."""
    kept, before = {own, *named}, 0
    while len(kept) > before:
        before = len(kept)
        for (schema, _), facts in catalogue.items():
            if any(key.target[0] in kept for key in facts.keys):
                kept.add(schema)
    return {place: facts for place, facts in catalogue.items() if place[0] in kept}


def _name(place: Place, own: str) -> str:
    return place[1] if place[0] == own else f"{place[0]}.{place[1]}"


def _tables(
    engine: Engine, places: Sequence[Place], own: str, only: str | None
) -> dict[str, SqlTable]:
    """Make tables of columns and keys alone: what else there is, the catalogue has told."""
    inspector, metadata, tables = inspect(engine), MetaData(), dict[str, SqlTable]()
    for schema in sorted({place[0] for place in places}):
        inside = only if schema == own else schema
        wanted = [name for place, name in places if place == schema]
        with warnings.catch_warnings():
            # A type that SQLAlchemy does not know is read as it comes.
            warnings.simplefilter("ignore", SAWarning)
            columns, keys = _read(inspector, inside, wanted)
        for name in wanted:
            made = [_made(engine, column) for column in columns[name]]
            key = PrimaryKeyConstraint(*keys[name])
            table = SqlTable(name, metadata, *made, key, schema=inside)
            table.info[NAME] = _name((schema, name), own)
            tables[table.info[NAME]] = table
    return tables


def _read(
    inspector: Inspector, schema: str | None, names: Sequence[str]
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Return the columns and the primary key of each table, foreign tables and copies included."""
    if inspector.dialect.name == "postgresql":
        what: Any = {"schema": schema, "filter_names": names, "kind": ObjectKind.ANY}
        columns = inspector.get_multi_columns(**what, scope=ObjectScope.DEFAULT)
        keys = inspector.get_multi_pk_constraint(**what, scope=ObjectScope.DEFAULT)
        return (
            {place[1]: found for place, found in columns.items()},
            {place[1]: found["constrained_columns"] for place, found in keys.items()},
        )
    return (
        {name: inspector.get_columns(name, schema) for name in names},
        {n: inspector.get_pk_constraint(n, schema)["constrained_columns"] for n in names},
    )


def _made(engine: Engine, info: Mapping[str, Any]) -> SqlColumn[Any]:
    # Types of one dialect are known by their names: importing each dialect costs a command dear.
    declared, notes, nullable = info["type"], dict[str, Any](), bool(info["nullable"])
    if declared.__visit_name__ == "DOMAIN":
        # Compared and written as what it is made of; the database itself minds the rest.
        quote = engine.dialect.identifier_preparer.quote
        parts = [part for part in (declared.schema, declared.name) if part]
        notes[DOMAIN] = ".".join(map(quote, map(str, parts)))
        nullable = nullable and not declared.not_null
        declared = declared.data_type
    if declared.__visit_name__ == "YEAR":
        declared = types.SmallInteger()
    notes[KIND] = _kind(declared)
    notes[ANY_TYPE] = engine.dialect.name == "sqlite"
    if engine.dialect.name == "sqlite" and isinstance(
        declared, types.DateTime | types.Date | types.Time | types.Numeric
    ):
        declared = types.NullType()
    return SqlColumn(str(info["name"]), declared, nullable=nullable, info=notes)


def _kind(declared: types.TypeEngine[Any]) -> Kind:
    if declared.__class__.__name__ == "TINYINT" and getattr(declared, "display_width", 0) == 1:
        return "bool"
    return next((kind for type_, kind in _KINDS if isinstance(declared, type_)), "other")


def _describe(
    place: Place, catalogue: Catalogue, tables: Mapping[str, SqlTable], own: str
) -> Table:
    facts, table = catalogue[place], tables[_name(place, own)]
    primary = _primary(table)
    return Table(
        _name(place, own),
        tuple(_column(column, facts) for column in table.columns),
        primary,
        tuple(_keys(facts, catalogue, tables, own)),
        distinct([primary, *facts.indexes]),
        distinct([primary, *facts.uniques]),
        lowered=tuple(sorted(set(facts.lowered))),
        computed=tuple(sorted(set(facts.computed))),
        checks=tuple(facts.checks),
        keeps_history=facts.history,
        identifying=distinct([primary, *facts.identifying]),
    )


def _primary(table: SqlTable) -> tuple[str, ...]:
    """Return the key as plain text: what SQLAlchemy reads from a database is a kind of its own."""
    return tuple(str(column.name) for column in table.primary_key.columns)


def _column(column: SqlColumn[Any], facts: TableFacts) -> Column:
    values = _values(column.type)
    length = None if values else getattr(column.type, "length", None)
    return Column(
        str(column.name),
        column.info.get(KIND, "other"),
        bool(column.nullable),
        length if isinstance(length, int) else None,
        str(column.name) in facts.generated,
        values,
    )


def _values(declared: Any) -> tuple[str, ...]:  # noqa: ANN401 - a type of some dialect's
    if isinstance(declared, types.Enum):
        return tuple(map(str, declared.enums))
    return tuple(map(str, declared.values)) if declared.__visit_name__ == "SET" else ()


def _keys(
    facts: TableFacts, catalogue: Catalogue, tables: Mapping[str, SqlTable], own: str
) -> Iterator[ForeignKey]:
    for key in facts.keys:
        if key.target in catalogue:
            target = _name(key.target, own)
            columns = key.target_columns or _primary(tables[target])
            yield ForeignKey(key.columns, target, columns, deferrable=key.deferrable)
