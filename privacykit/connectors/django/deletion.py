"""
Rows deleted by Django's ORM, one by one, so that signals and ``delete()`` methods run. Does I/O.

Laws of this file: nothing goes that was not asked for. Django would delete what points at a row, by
``on_delete``; a row that would take another one along is left, and so is one that another protects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import Error, connections, transaction
from django.db.models import QuerySet
from django.db.models.deletion import Collector, ProtectedError, RestrictedError

from privacykit.connectors.sql.database import kind_of
from privacykit.errors import StoreError


class OrmDeletion(NamedTuple):
    """
    What became of some rows.

    Attributes:
        changed: OrmDeletion now.
        gone: Not there any more.
        skipped: Left alone.
        let_go: Other rows whose key to one of these Django emptied.
    """

    changed: int = 0
    gone: int = 0
    skipped: int = 0
    let_go: int = 0


@contextmanager
def through_orm(model: Any, alias: str) -> Iterator[None]:
    """
    Do what is inside in one transaction of Django's that may write to the table of *model*.

    Raises:
        StoreError: The database, or a handler of the application, refused; nothing was done.
    """
    connection = connections[alias]
    what = f"deleting rows of {model._meta.db_table} through the ORM"
    try:
        with transaction.atomic(using=alias, durable=False):
            if connection.vendor == "sqlite":
                table = connection.ops.quote_name(model._meta.db_table)
                with connection.cursor() as cursor:
                    cursor.execute("PRAGMA secure_delete = ON")
                    # Takes the lock of writers now: what is looked at next stays so.
                    cursor.execute(f"DELETE FROM {table} WHERE 1 = 0")  # noqa: S608 - no value in it
            yield
    except StoreError:
        raise
    except Error as error:
        raise StoreError(f"{what}: the database answered {kind_of(error)}") from None
    except Exception as error:  # noqa: BLE001 - whatever a handler of the application raises
        raise StoreError(f"{what}: a handler raised {type(error).__name__}") from None


def locked(model: Any, alias: str, keys: Sequence[Any]) -> dict[Any, Any]:
    """Return the rows of *model* that *keys* name by their keys, locked until the end."""
    of = ("self",) if connections[alias].features.has_select_for_update_of else ()  # not MariaDB
    rows = _rows(model, alias).select_for_update(of=of)
    return {row.pk: row for row in rows.filter(pk__in=list(keys))}


def _rows(model: Any, alias: str) -> Any:
    """Return all rows of *model*: a manager may hide some, which would be counted as gone."""
    return QuerySet(model, using=alias)


def delete_rows(rows: dict[Any, Any], allowed: set[Any], alias: str, asked: int) -> OrmDeletion:
    """
    Delete those of *rows* whose key is *allowed*, each by its own ``delete``.

    Args:
        rows: Locked, by key.
        allowed: Keys of those that may go.
        alias: The database.
        asked: How many rows were named.

    Raises:
        StoreError: A row that was deleted is still there.
    """
    changed = let_go = 0
    for key, row in rows.items():
        emptied = _emptied(row, alias) if key in allowed else None
        if emptied is not None:
            row.delete(using=alias, keep_parents=True)
            if _rows(type(row), alias).filter(pk=key).exists():
                table = row._meta.db_table
                raise StoreError(f"deleting rows of {table} through the ORM: delete() keeps them")
            changed, let_go = changed + 1, let_go + emptied
    return OrmDeletion(changed, asked - len(rows), len(rows) - changed, let_go)


def _emptied(row: Any, alias: str) -> int | None:
    """Return how many rows would lose their key to *row*; ``None`` where one would go with it."""
    collector = Collector(using=alias, origin=row)
    try:
        collector.collect([row], keep_parents=True)
    except (ProtectedError, RestrictedError):
        return None
    others = [each for rows in collector.data.values() for each in rows if each is not row]
    if others or any(rows.exists() for rows in collector.fast_deletes):
        return None
    changes = (rows for each in collector.field_updates.values() for rows in each)
    return sum(rows.count() if isinstance(rows, QuerySet) else len(rows) for rows in changes)
