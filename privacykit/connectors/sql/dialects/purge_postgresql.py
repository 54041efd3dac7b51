"""
Retention on PostgreSQL. Does I/O.

A ``DROP`` that waits behind one open reader makes every later reader wait behind itself. So a
partition is detached *concurrently*, and where the server cannot (there is a default partition)
with a short lock timeout, before it is dropped.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Engine,
    and_,
    any_,
    delete,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy import Table as SqlTable
from sqlalchemy.exc import DBAPIError

from privacykit.connectors.sql.dialects.partitions import Partition, Store
from privacykit.connectors.sql.ownership.predicates import Predicate, in_rows
from privacykit.govern.retention.purger import Dropped

LOCK_SECONDS = 2
TRIES = 3

_BOUNDS = re.compile(r"FOR VALUES FROM \((?P<since>.+)\) TO \((?P<until>.+)\)", re.DOTALL)
_LOCKED = frozenset({"55P03", "40P01", "55006"})
_PENDING = "55000"
_MARK = "privacykit: to be dropped"
"""Put on a partition before it is detached, so that only such a one is ever dropped."""

_PARTS = text("""
    select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound,
           greatest(c.reltuples, 0)::bigint as rows,
           format_type(a.atttypid, a.atttypmod) as type
    from pg_partitioned_table p
    join pg_inherits i on i.inhparent = p.partrelid and not i.inhdetachpending
    join pg_class c on c.oid = i.inhrelid
    join pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
    where p.partrelid = to_regclass(:table) and p.partstrat = 'r' and p.partnatts = 1
      and a.attname = :column
    order by 1
""")
_CHILDREN = text("select 1 from pg_inherits where inhparent = to_regclass(:table) limit 1")
_STATE = text("""
    select i.inhparent is not null as attached, coalesce(i.inhdetachpending, false) as pending,
           obj_description(c.oid, 'pg_class') as comment
    from pg_class c left join pg_inherits i on i.inhrelid = c.oid
    where c.oid = to_regclass(:part)
""")


def parts(
    connection: Connection,
    table: SqlTable,
    column: str,
    cut: Any,  # noqa: ANN401
) -> list[Partition]:
    """Name the partitions whose upper bound is not after *cut*."""
    named = {"table": _named(connection, table), "column": column}
    found = []
    for row in connection.execute(_PARTS, named).all():
        match = _BOUNDS.fullmatch(row.bound or "")
        if match is None or match["until"] == "MAXVALUE":
            continue
        # The catalogue's own words, so they may be read back as SQL.
        until: ColumnElement[Any] = literal_column(f"{match['until']}::{row.type}")
        if not connection.execute(select(until <= literal(cut, table.c[column].type))).scalar():
            continue
        inside = table.c[column] < until
        if match["since"] != "MINVALUE":
            since: ColumnElement[Any] = literal_column(f"{match['since']}::{row.type}")
            inside = and_(inside, table.c[column] >= since)
        found.append(Partition(row.name, int(row.rows), inside))
    return found


def drop(
    engine: Engine,
    table: SqlTable,
    column: str,
    cut: Any,  # noqa: ANN401
    part: str,
) -> Dropped:
    """Detach *part* without making readers wait, then drop it; what is gone already is gone."""
    whole, single = _named(engine, table), _named(engine, table, part)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"set lock_timeout = '{LOCK_SECONDS}s'")
        try:
            for attempt in range(TRIES):
                state = connection.execute(_STATE, {"part": single}).first()
                if state is None:
                    return "gone"
                if state.attached and not state.pending:
                    known = {item.name for item in parts(connection, table, column, cut)}
                    if part not in known:
                        return "gone"
                    connection.exec_driver_sql(f"comment on table {single} is '{_MARK}'")
                elif state.comment != _MARK:
                    # Somebody else took it out of the table: it is theirs.
                    return "gone"
                if _detached(connection, whole, single, state) and _dropped(connection, single):
                    return "dropped"
                time.sleep(0.1 * (attempt + 1))
        finally:
            connection.exec_driver_sql("set lock_timeout = default")
    return "busy"


def some(
    connection: Connection,
    table: SqlTable,
    key: Sequence[ColumnElement[Any]],
    free: Predicate,
    limit: int,
) -> Delete:
    """Write the statement that deletes *limit* of the rows that are *free*."""
    if connection.execute(_CHILDREN, {"table": _named(connection, table)}).first() is None:
        place: ColumnElement[Any] = literal_column("ctid")
        found = select(place).select_from(table).where(free).limit(limit).scalar_subquery()
        whole: ColumnElement[Any] = literal_column(f"{_named(connection, table)}.ctid")
        return delete(table).where(whole == any_(func.array(found)))
    # A ctid names a row within one partition only.
    chosen = in_rows(list(key), select(*key).where(free).limit(limit))
    return delete(table).where(free, chosen)


def _detached(connection: Connection, whole: str, single: str, state: Any) -> bool:  # noqa: ANN401
    if not state.attached:
        return True
    if state.pending:
        return _tried(connection, f"alter table {whole} detach partition {single} finalize")
    if _tried(connection, f"alter table {whole} detach partition {single} concurrently"):
        return True
    # Not possible beside a default partition: then for a moment, or not now.
    return _tried(connection, f"alter table {whole} detach partition {single}")


def _dropped(connection: Connection, single: str) -> bool:
    return _tried(connection, f"drop table if exists {single}")


def _tried(connection: Connection, statement: str) -> bool:
    try:
        connection.exec_driver_sql(statement)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in _LOCKED | {_PENDING}:
            return False
        raise
    return True


def _named(bind: Engine | Connection, table: SqlTable, name: str | None = None) -> str:
    prepare = bind.dialect.identifier_preparer
    if name is None:
        return prepare.format_table(table)
    schema = f"{prepare.quote(table.schema)}." if table.schema else ""
    return schema + prepare.quote(name)


STORE = Store(parts, drop, some)
