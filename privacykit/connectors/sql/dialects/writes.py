"""
Writes as the database counts them, to see what it adds to ours: triggers, rules, keys that cascade.

Does I/O on a connection it is lent, inside a transaction of which everything is counted.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

OURS = "privacykit.written"
"""In a connection's notes: how many rows our own statements changed or deleted."""

_COUNTERS = {
    "postgresql": (
        "select coalesce(sum(n_tup_upd + n_tup_del), 0), coalesce(sum(n_tup_ins), 0),"
        " current_setting('track_counts')::bool"
        " from pg_stat_xact_all_tables where schemaname !~ '^pg_'"
    ),
    "mysql": (
        "select coalesce(sum(if(variable_name = 'HANDLER_WRITE', 0, variable_value)), 0),"
        " coalesce(sum(if(variable_name = 'HANDLER_WRITE', variable_value, 0)), 0), true"
        " from information_schema.session_status where variable_name in"
        " ('HANDLER_UPDATE', 'HANDLER_DELETE', 'HANDLER_WRITE')"
    ),
}
_TRIGGERS = "select tbl_name, sql from sqlite_schema where type = 'trigger'"
_CHANGES, _ADDS = "changes", "adds"
_BODY = re.compile(r"\bbegin\b(.*)", re.DOTALL | re.IGNORECASE)
_WRITE = re.compile(r"\b(update|delete|replace)\b", re.IGNORECASE)
_INSERT = re.compile(r"\binsert\b", re.IGNORECASE)
_NAME = r"[\"`\[]?(\w+)[\"`\]]?"
_OWN = re.compile(
    rf"\bupdate\s+{_NAME}\s+set\b[^;]*?\bwhere\s+{_NAME}\s*=\s*(?:new|old)\.[\"`\[]?\2[\"`\]]?\s*;",
    re.DOTALL | re.IGNORECASE,
)
"""An update of a trigger, of one row by its key: a time stamp, as a rule."""


@dataclass(frozen=True, slots=True)
class Writes:
    """
    Rows written in this session or transaction so far.

    Attributes:
        changed: Rows changed or deleted.
        added: Rows added.
        ours: Of those changed, what our own statements count.
        counted: Whether the database counts at all: PostgreSQL may be told not to.
    """

    changed: int
    added: int
    ours: int
    counted: bool = True


def count(connection: Connection, ours: int) -> None:
    """Note that a statement of ours changed or deleted that many rows."""
    connection.info[OURS] = connection.info.get(OURS, 0) + max(ours, 0)


def so_far(connection: Connection) -> Writes:
    """Ask the database."""
    ours = int(connection.info.get(OURS, 0))
    query = _COUNTERS.get(connection.dialect.name)
    if query is None:
        driver = connection.connection.driver_connection
        assert driver is not None, "a connection was lent"
        return Writes(driver.total_changes, 0, ours)
    changed, added, counted = connection.exec_driver_sql(query).one()
    return Writes(int(changed), int(added), ours, bool(counted))


def beyond(connection: Connection, before: Writes, touched: Collection[str]) -> tuple[int, int]:
    """
    Return how many rows the database changed, and added, beside ours.

    Args:
        connection: In the transaction.
        before: What was written before.
        touched: The tables that ours wrote to.
    """
    now = so_far(connection)
    changed = max(0, now.changed - before.changed - (now.ours - before.ours))
    added = now.added - before.added
    if changed and connection.dialect.name == "sqlite":
        # It counts all in one; what its triggers write stands in them.
        kinds = _triggers(connection, touched)
        if kinds and _CHANGES not in kinds:
            return 0, changed if _ADDS in kinds else 0
    return changed, added


def _triggers(connection: Connection, touched: Collection[str]) -> set[str]:
    """Return what the triggers of a SQLite file do to rows other than those that set them off."""
    found = set()
    for table, sql in connection.exec_driver_sql(_TRIGGERS).all():
        if table not in touched:
            continue
        body = _BODY.search(sql or "")
        rest = _OWN.sub(partial(_without, connection, table), body[1] if body else "")
        found.add(_CHANGES if _WRITE.search(rest) else _ADDS if _INSERT.search(rest) else "")
    return found


def _without(connection: Connection, table: str, found: re.Match[str]) -> str:
    """Return nothing where a statement writes only into the row that set it off."""
    info = connection.exec_driver_sql("select name, pk from pragma_table_info(?)", (table,)).all()
    keys = [name.lower() for name, place in info if place]
    alone = {"rowid", "oid", "_rowid_", *(keys if len(keys) == 1 else ())}
    own = found[1].lower() == table.lower() and found[2].lower() in alone
    return "" if own else found[0]
