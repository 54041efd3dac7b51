"""
Fields that a statement reads, of mapped tables, resolved by its scopes. Pure.

Laws of this file: what cannot be resolved is said to be so, never passed over; a table of which
nothing is known, a function of which nothing is known, and a text that is no statement we know make
a statement one that cannot be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from privacykit.verify.statements.parts import Reads, is_target, named, outermost, selects

_HARMLESS = (
    exp.Set, exp.Show, exp.Transaction, exp.Commit, exp.Rollback, exp.Use, exp.Kill, exp.Analyze,
    exp.Semicolon,
)  # fmt: skip
_QUIET_WORDS = """
analyze begin checkpoint close cluster commit deallocate discard fetch flush listen lock notify
reindex release reset rollback savepoint set show start unlisten unlock vacuum
"""
_QUIET = frozenset(_QUIET_WORDS.upper().split())
_WRAPPED = re.compile(
    r"\s*(?:EXPLAIN(?:\s+(?:ANALYZE|VERBOSE|EXTENDED|\([^()]*\)))*|DECLARE\s.{1,200}?\sFOR"
    r"|PREPARE\s.{1,200}?\s(?:AS|FROM))\s+(.*)",
    re.IGNORECASE | re.DOTALL,
)
_TABLE_ONLY = re.compile(r"\s*TABLE\s+(?:ONLY\s+)?([\w.\"`]+)\s*;?\s*", re.IGNORECASE)
_FIRST = re.compile(r"\s*([A-Za-z]+)")
_GIVEN = """
array_to_json concat_ws connection_id current_setting database digest found_rows gen_random_uuid
group_concat hstore json_agg json_array json_arrayagg json_build_object json_object
json_object_agg jsonb_agg jsonb_build_object last_insert_id md5 now percentile_cont
percentile_disc pg_advisory_lock pg_advisory_unlock pg_backend_pid pg_is_in_recovery pg_sleep
pg_try_advisory_lock quote_ident row_count row_to_json schema set_config sha256 string_agg to_json
to_jsonb to_regclass uuid_generate_v4 version xmlagg xmlforest
"""
_PLAIN_FUNCTIONS = frozenset(_GIVEN.split())
"""Functions that read nothing but what they are given."""

Fields = Mapping[str, tuple[str, ...]]


class StatementReader:
    """
    Tells what statements read.

    Args:
        tables: Names of the mapped tables, lower case, to their columns.
        dialect: Of sqlglot: ``postgres`` or ``mysql``.
        free: Names of tables that hold nothing of anybody.
    """

    def __init__(self, tables: Fields, dialect: str, free: frozenset[str] = frozenset()) -> None:
        self._tables = tables
        self._dialect = dialect
        self._free = free

    def reads(self, sql: str) -> Reads:
        """Return what *sql*, one statement or several, reads; it is never run."""
        found = Reads()
        self._statement(sql, found, depth=0)
        return found

    def _statement(self, sql: str, found: Reads, depth: int) -> None:
        if table := _TABLE_ONLY.fullmatch(sql):
            self._star(self._name(table[1].replace('"', "").replace("`", "")), found)
            return
        wrapped = _WRAPPED.fullmatch(sql)
        if wrapped is not None and depth < 3:  # noqa: PLR2004 - EXPLAIN of DECLARE, and some grace
            self._statement(wrapped[1], found, depth + 1)
            return
        first = _FIRST.match(sql)
        if first is not None and first[1].upper() in _QUIET and ";" not in sql.rstrip("; \n"):
            return
        try:
            parsed = sqlglot.parse(sql, read=self._dialect)
        except (SqlglotError, RecursionError, ValueError, AttributeError, TypeError, IndexError):
            found.unknown.add("it cannot be parsed")
            return
        known = [one for one in parsed if one is not None]
        if not known:
            found.unknown.add("it cannot be parsed")
        for one in known:
            try:
                self._one(one, found)
            except (SqlglotError, RecursionError):
                found.unknown.add("its scopes cannot be resolved")

    def _one(self, parsed: exp.Expr, found: Reads) -> None:
        if isinstance(parsed, _HARMLESS):
            return
        if isinstance(parsed, exp.Command) or not isinstance(
            parsed, exp.Query | exp.DML | exp.DDL | exp.Copy | exp.Drop | exp.Alter | exp.Merge
        ):
            quiet = isinstance(parsed, exp.Command) and str(parsed.this).upper() in _QUIET
            if not quiet:
                found.unknown.add("it is of a kind that is not understood")
            return
        if isinstance(parsed, exp.Copy):
            self._copy(parsed, found)
        for one in parsed.find_all(exp.Anonymous):
            if str(one.this).lower() not in _PLAIN_FUNCTIONS:
                found.unknown.add("it calls a function of which nothing is known")
        inside = set[int]()
        for query in outermost(parsed):
            inside |= {id(node) for node in query.walk()}
            for scope in traverse_scope(query):
                self._scope(scope, found)
        if not isinstance(parsed, exp.Query):
            self._beside(parsed, inside, found)

    def _copy(self, parsed: exp.Copy, found: Reads) -> None:
        target = parsed.this
        if parsed.args.get("kind"):
            return  # it is read from elsewhere
        if isinstance(target, exp.Schema) and isinstance(target.this, exp.Table):
            table = self._name(named(target.this))
            for column in target.expressions:
                self._field(table, str(column.name), found)
        elif isinstance(target, exp.Table):
            self._star(self._name(named(target)), found)

    def _scope(self, scope: Scope, found: Reads) -> None:
        tables = dict(self._sources(scope, found))
        if any(isinstance(select, exp.Star) for select in selects(scope)):
            for table in tables.values():
                self._star(table, found)
        for star in scope.find_all(exp.Column):
            if isinstance(star.this, exp.Star):
                self._starred(star, scope, tables, found)
        for column in scope.columns:
            if not isinstance(column.this, exp.Star):
                self._column(column, scope, tables, found)
        self._shared(scope, tables, found)

    def _shared(self, scope: Scope, tables: Mapping[str, str], found: Reads) -> None:
        """Read the columns that tables are joined by where both have them by one name."""
        for join in scope.find_all(exp.Join):
            for shared in join.args.get("using") or ():
                for table in tables.values():
                    if shared.name.lower() in self._tables.get(table, ()):
                        self._field(table, shared.name, found)

    def _sources(self, scope: Scope, found: Reads) -> Iterator[tuple[str, str]]:
        """Yield the names by which a scope knows tables, and the tables."""
        for alias, source in scope.sources.items():
            if isinstance(source, exp.Table):
                name = self._name(named(source))
                if isinstance(source.this, exp.Func):
                    continue  # a function that gives rows is judged as a function
                if name not in self._tables and name not in self._free:
                    found.unknown.add("it reads a table that the map does not name")
                yield alias.lower(), name

    def _starred(
        self, star: exp.Column, scope: Scope, tables: Mapping[str, str], found: Reads
    ) -> None:
        alias = star.table.lower()
        if alias in tables:
            self._star(tables[alias], found)
        elif star.table not in scope.sources:
            found.unknown.add("it names what is not in its scope")

    def _column(
        self, column: exp.Column, scope: Scope, tables: Mapping[str, str], found: Reads
    ) -> None:
        alias, name = column.table.lower(), column.name.lower()
        if alias:
            table = self._up(alias, scope, tables)
            if table:
                self._field(table, name, found)
            elif table is None:
                found.unknown.add("it names what is not in its scope")
            return
        if name in tables:
            self._star(tables[name], found)  # a whole row
            return
        holding = [table for table in tables.values() if name in self._tables.get(table, ())]
        for table in holding:
            self._field(table, name, found)
        if not holding and not self._elsewhere(name, scope, tables, found):
            found.unknown.add("it names a column that the map does not")

    def _elsewhere(self, name: str, scope: Scope, tables: Mapping[str, str], found: Reads) -> bool:
        """Tell whether a column of no mapped table can be of a query or of another table."""
        if len(tables) < len(scope.sources):
            return True  # of a query or function, which is judged itself
        if any(table not in self._tables for table in tables.values()):
            return True
        return self._is_alias(name, scope) or self._outside(name, scope, found)

    @staticmethod
    def _is_alias(name: str, scope: Scope) -> bool:
        """Tell whether *name* is one that the statement itself gives, to order or group by."""
        return any(select.alias.lower() == name for select in selects(scope))

    def _outside(self, name: str, scope: Scope, found: Reads) -> bool:
        """Look for a column without a table in what surrounds a query that is correlated."""
        parent, seen = scope.parent, False
        while parent is not None:
            for table in dict(self._sources(parent, Reads())).values():
                if name in self._tables.get(table, ()):
                    self._field(table, name, found)
                    seen = True
            parent = parent.parent
        return seen

    def _up(self, alias: str, scope: Scope, tables: Mapping[str, str]) -> str | None:
        """Return the table that *alias* is, empty for a query's own columns, else ``None``."""
        if alias in tables:
            return tables[alias]
        here: Scope | None = scope
        while here is not None:
            for known, source in here.sources.items():
                if known.lower() == alias:
                    return self._name(named(source)) if isinstance(source, exp.Table) else ""
            here = here.parent
        return None

    def _beside(self, parsed: exp.Expr, inside: set[int], found: Reads) -> None:
        """Read what a statement that changes rows asks outside of any query of its own."""
        tables: dict[str, str] = {}
        for table in parsed.find_all(exp.Table):
            if id(table) not in inside:
                tables[(table.alias or table.name).lower()] = self._name(named(table))
        if isinstance(parsed, exp.Insert | exp.Create | exp.Copy | exp.Drop | exp.Alter):
            asked: list[Any] = [parsed.args.get("returning"), parsed.args.get("where")]
        else:
            asked = [parsed]
        for part in filter(None, asked):
            for column in part.find_all(exp.Column):
                if id(column) not in inside and not is_target(column):
                    self._loose(column, tables, found)
            for star in part.find_all(exp.Star):
                if id(star) not in inside and not isinstance(star.parent, exp.Count | exp.Column):
                    for name in tables.values():
                        self._star(name, found)

    def _loose(self, column: exp.Column, tables: Mapping[str, str], found: Reads) -> None:
        alias, name = column.table.lower(), column.name.lower()
        for table in [tables[alias]] if alias in tables else tables.values():
            if name in self._tables.get(table, ()):
                self._field(table, name, found)
            elif table not in self._tables and table not in self._free:
                found.unknown.add("it reads a table that the map does not name")

    def _star(self, table: str, found: Reads) -> None:
        if table in self._tables:
            found.fields |= {(table, name) for name in self._tables[table]}
        elif table not in self._free:
            found.unknown.add("it reads a table that the map does not name")

    def _field(self, table: str, column: str, found: Reads) -> None:
        name = column.lower()
        if name in self._tables.get(table, ()):
            found.fields.add((table, name))
        elif table in self._tables and name != "ctid":
            found.unknown.add("it names a column that the map does not")

    def _name(self, name: str) -> str:
        """Return the mapped table that *name*, with or without a schema, is."""
        lowered = name.lower()
        if lowered in self._tables or lowered in self._free:
            return lowered
        return lowered.rpartition(".")[2]
