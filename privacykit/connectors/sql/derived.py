"""
Derived columns as SQL: how they are read from the columns there are, and written back. Pure.

A derived column that leads nowhere is empty: a document without the place, a row of another type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from sqlalchemy import Column as SqlColumn
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    true,
    types,
)
from sqlalchemy import Table as SqlTable

from privacykit.connectors.sql.catalogue.reflect import KIND
from privacykit.connectors.sql.convert import ColumnConverter, Unfit
from privacykit.connectors.sql.ownership.predicates import (
    DERIVED,
    Predicate,
    compared_as,
    in_rows,
    place,
)
from privacykit.connectors.sql.ownership.reasons import meets_exactly
from privacykit.connectors.sql.stored.inside import kind_of, replaced, retyped
from privacykit.errors import StoreError
from privacykit.govern.datamap.collection import RelationRule
from privacykit.govern.datamap.path import write_path
from privacykit.govern.datamap.schema import Column
from privacykit.govern.erasure.derived import conditional_rules
from privacykit.govern.erasure.ownership import Ownership

Read: TypeAlias = Callable[[FromClause], ColumnElement[Any]]
Written: TypeAlias = Mapping[str, ColumnElement[Any]]

_NUMBER = "^-?[0-9]{1,18}$"
_UUID = "^[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}$"


def teach(
    ownership: Ownership, tables: Mapping[str, SqlTable], fitting: ColumnConverter, dialect: str
) -> None:
    """
    Let *tables* know the columns that the map derives of theirs; :func:`place` reads them.

    Args:
        ownership: The dataset's ties, whose tables have the derived columns described.
        tables: The reflected tables, by name.
        fitting: Puts the values of conditions into the shape of columns.
        dialect: Of the database.
    """
    for name, collection in ownership.collections.items():
        if name not in tables:
            continue
        table, found = tables[name], dict[str, tuple[Column, Read, SqlColumn[Any]]]()
        for column in ownership.tables[name].columns:
            if column.path:
                as_text: SqlColumn[Any] = SqlColumn(column.name, Text(), info={KIND: "text"})
                found[column.name] = (column, _inside(column, dialect), as_text)
        for rule, names in conditional_rules(collection):
            holds = _Holds(tables, name, rule, fitting)
            for derived, end in zip(names, rule.references[1:], strict=True):
                described = ownership.tables[name].column(derived)
                if described is not None:
                    target = tables[rule.references[0]].c[end]
                    read = _under(holds, described.of, target, dialect)
                    found[derived] = (described, read, table.c[described.of])
        table.info[DERIVED] = found


def unfit(
    ownership: Ownership, tables: Mapping[str, SqlTable], fitting: ColumnConverter
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield collection, columns and words for conditions that no row can ever meet."""
    for name, collection in ownership.collections.items():
        for rule, names in conditional_rules(collection):
            if name in tables and ownership.tables[name].column(names[0]) is not None:
                try:
                    _Holds(tables, name, rule, fitting)(tables[name])
                except StoreError:
                    yield name, rule.columns, "its condition asks for no value of the column"


class _Holds:
    """The condition under which columns are a key."""

    def __init__(
        self,
        tables: Mapping[str, SqlTable],
        name: str,
        rule: RelationRule,
        fitting: ColumnConverter,
    ) -> None:
        self._tables, self._name, self._rule, self._fitting = tables, name, rule, fitting

    def __call__(self, rows: FromClause) -> Predicate:
        try:
            return self._terms(rows)
        except Unfit:
            words = f"{self._name}: a relation's condition asks for no value of its column (PK277)"
            raise StoreError(words) from None

    def _terms(self, rows: FromClause) -> Predicate:
        table, rule = self._tables[self._name], self._rule
        terms = [meets_exactly(table, rows, item, self._fitting) for item in rule.where]
        if rule.type is not None:
            other_name, *ends = rule.type.references
            other = self._tables[other_name].alias()
            wanted = [
                meets_exactly(self._tables[other_name], other, item, self._fitting)
                for item in rule.type.where
            ]
            inner = select(*(other.c[end] for end in ends)).where(*wanted)
            terms.append(in_rows([rows.c[column] for column in rule.type.columns], inner))
        return and_(true(), *terms)


def _under(holds: _Holds, column: str, end: SqlColumn[Any], dialect: str) -> Read:
    """Read a key where its condition holds, as its target is compared."""

    def read(rows: FromClause) -> ColumnElement[Any]:
        value: ColumnElement[Any] = rows.c[column]
        # Generic keys are mostly text, whatever they point to.
        text = compared_as(rows, column).info.get(KIND) == "text"
        kind = end.info.get(KIND)
        if text and kind == "int":
            fits = value.regexp_match(_NUMBER) if dialect != "sqlite" else true()
            return case((and_(holds(rows), fits), cast(value, types.BigInteger())), else_=null())
        if text and isinstance(end.type, types.Uuid):
            fits = value.regexp_match(_UUID) if dialect != "sqlite" else true()
            return case((and_(holds(rows), fits), cast(value, end.type)), else_=null())
        if not text and kind == "text":
            value = cast(value, types.String(255) if dialect != "postgresql" else Text())
        return case((holds(rows), value), else_=null())

    return read


def _inside(column: Column, dialect: str) -> Read:
    """Read a place inside a document as text; a document that is none has no places."""

    def read(rows: FromClause) -> ColumnElement[Any]:
        whole = rows.c[column.of]
        if dialect == "postgresql":
            from sqlalchemy.dialects.postgresql import JSONB

            steps = [cast(literal(str(step)), Text()) for step in column.path]
            return func.jsonb_extract_path_text(cast(whole, JSONB()), *steps, type_=Text())
        path = literal(write_path(column.path))
        found = func.json_extract(whole, path)
        if dialect == "sqlite":
            # It reads truth values as numbers.
            truth = kind_of(whole, column.path, dialect)
            text = case((truth.in_(("true", "false")), truth), else_=cast(found, Text()))
            return case((func.json_valid(whole) == 1, text), else_=null())
        there = and_(func.json_valid(whole) == 1, func.json_type(found) != "NULL")
        return case((there, func.json_unquote(found, type_=Text())), else_=null())

    return read


def written(
    table: SqlTable, values: Written, dialect: str, *, make: bool = False
) -> dict[str, ColumnElement[Any]]:
    """
    Return what is written into which real column, so that derived columns become *values*.

    Args:
        table: The table.
        values: Column, derived or real, to what it becomes.
        dialect: Of the database.
        make: Whether to make a place inside a document that is not there; else it stays away.
    """
    derived = table.info.get(DERIVED, {})
    found: dict[str, ColumnElement[Any]] = {n: v for n, v in values.items() if n not in derived}
    for name, value in values.items():
        if name not in derived:
            continue
        column: Column = derived[name][0]
        before = found.get(column.of, table.c[column.of])
        if make and column.path:
            found[column.of] = retyped(table, before, column, value, dialect)
            continue
        new = replaced(table, before, column, value, dialect) if column.path else value
        there = place(table, name).is_not(None)
        found[column.of] = case((there, new), else_=before)
    return found
