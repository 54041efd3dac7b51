"""Stored events that are over, and how long others live: looked at, and nothing made. Reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Engine, Select, Table, case, func, select

from privacykit.stores.database.engine import reading
from privacykit.stores.events.layout import period_layout


class StoredEdges(NamedTuple):
    """
    From when to when events are there, in Unix milliseconds.

    Attributes:
        first: Of the first event.
        over: Of the last one that has expired; ``None`` where none has.
    """

    first: int
    over: int | None


def stored_edges(engine: Engine, site: str, now: float) -> StoredEdges | None:
    """
    Return the edges of the events of a site that are there.

    Args:
        engine: The event store.
        site: The site's id.
        now: Unix seconds.

    Returns:
        ``None`` where there are no events.

    Raises:
        StoreError: The database failed.
    """

    def edges(table: Table) -> Select[Any]:
        over = case((table.c.expires_at <= now, table.c.time))
        return select(func.min(table.c.time), func.max(over)).where(table.c.site == site)

    found = [row for row in _rows(engine, edges) if row[0] is not None]
    if not found:
        return None
    return StoredEdges(
        min(row[0] for row in found),
        max((row[1] for row in found if row[1] is not None), default=None),
    )


def lives(engine: Engine, site: str, start: int, end: int) -> dict[str, int]:
    """
    Return how long the stored events of some time live at least, by purpose.

    Args:
        engine: The event store.
        site: The site's id.
        start: Unix milliseconds, included.
        end: Unix milliseconds, not included.

    Returns:
        Milliseconds from an event to its end.

    Raises:
        StoreError: The database failed.
    """

    def shortest(table: Table) -> Select[Any]:
        columns = table.c
        life = func.min(columns.expires_at * 1000 - columns.time)
        return (
            select(columns.purpose, life)
            .where(columns.site == site, columns.time >= start, columns.time < end)
            .group_by(columns.purpose)
        )

    found: dict[str, int] = {}
    for purpose, life in _rows(engine, shortest):
        found[purpose] = min(life, found.get(purpose, life))
    return found


def _rows(engine: Engine, asked: Callable[[Table], Select[Any]]) -> Iterator[Sequence[Any]]:
    """Yield what each table of the store answers."""
    layout = period_layout(engine)
    for shelf in layout.shelves(layout.existing()):
        with reading(shelf.engine) as connection:
            rows = connection.execute(asked(shelf.table)).all()
        yield from rows
