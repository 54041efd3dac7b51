"""
Inserts that find a row with the same key, in the dialect of each database. Pure.

A dialect is imported where its database is used: each costs a command tens of milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Engine, Insert, Table
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.elements import KeyedColumnElement

from privacykit.stores.database.sqlite import is_sqlite

Columns = ReadOnlyColumnCollection[str, KeyedColumnElement[Any]]
"""The columns of what would have been inserted."""


def insert_absent(engine: Engine, table: Table) -> Insert:
    """
    Return an insert into *table* that leaves a row with the same key as it is.

    The count of rows is not to be trusted (MariaDB counts the old row too): read back.
    """
    if engine.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table).on_conflict_do_nothing()
    if is_sqlite(engine):
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table).on_conflict_do_nothing()
    from sqlalchemy.dialects import mysql

    # Not INSERT IGNORE: it would also ignore a value cut short.
    first = next(iter(table.primary_key.columns))
    return mysql.insert(table).on_duplicate_key_update({first.name: first})


def insert_or_change(
    engine: Engine, table: Table, change: Callable[[Columns], Mapping[str, Any]]
) -> Insert:
    """
    Return an insert into *table* that changes a row with the same key instead.

    Args:
        engine: Of the database.
        table: The table.
        change: From the columns of what would have been inserted, the new values.
    """
    key = list(table.primary_key.columns)
    if engine.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        other = postgresql.insert(table)
        return other.on_conflict_do_update(index_elements=key, set_=change(other.excluded))
    if is_sqlite(engine):
        from sqlalchemy.dialects import sqlite

        present = sqlite.insert(table)
        return present.on_conflict_do_update(index_elements=key, set_=change(present.excluded))
    from sqlalchemy.dialects import mysql

    duplicate = mysql.insert(table)
    return duplicate.on_duplicate_key_update(dict(change(duplicate.inserted)))
