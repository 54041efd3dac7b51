"""Counts of rows and people, made by the database: no value leaves it but countries. Does I/O."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, and_, func, or_, select, true
from sqlalchemy import Table as SqlTable

from privacykit.connectors.moments import LATEST_SECOND
from privacykit.connectors.sql.convert import ColumnConverter
from privacykit.connectors.sql.database import reading
from privacykit.errors import StoreError
from privacykit.govern.incidents.counting import CountedRows, CountQuery

MOST_PLACES = 400
"""Countries and subdivisions that are told; a column with more is none of places."""


class SqlCounts:
    """
    Counts in a SQL dataset.

    Args:
        engine: The database.
        tables: The tables, by name.
        fitting: Carries values into columns.
    """

    def __init__(
        self, engine: Engine, tables: Mapping[str, SqlTable], fitting: ColumnConverter
    ) -> None:
        self._counted_in = engine
        self._of = tables
        self._moments = fitting

    def count_rows(self, query: CountQuery) -> CountedRows:
        """
        Count what *query* asks.

        Raises:
            StoreError: The database refused, or the collection is not there.
        """
        table = self._of.get(query.collection)
        if table is None:
            raise StoreError(f"{query.collection} is mapped and does not exist (PK222)")
        within = self._within(table, query)
        time = table.c[query.time] if query.time else None
        with reading(self._counted_in, f"counting {query.collection}") as connection:
            rows = connection.execute(select(func.count()).select_from(table)).scalar_one()
            asked: list[Any] = [
                func.count(),
                *([func.min(time), func.max(time)] if query.time else []),
            ]
            found = connection.execute(select(*asked).select_from(table).where(within)).one()
            people, nobody = 0, 0
            if query.person:
                people = connection.execute(_people(table, query, within)).scalar_one()
                empty = select(func.count()).select_from(table).where(within, _nobody(table, query))
                nobody = connection.execute(empty).scalar_one()
            places = connection.execute(_places(table, query, within)).all() if query.place else []
        return CountedRows(
            rows=int(rows),
            in_period=int(found[0]),
            oldest=_moment(found[1]) if query.time else None,
            newest=_moment(found[2]) if query.time else None,
            people=int(people),
            nobody=int(nobody),
            places={str(place or ""): int(number) for place, number in places},
        )

    def _within(self, table: SqlTable, query: CountQuery) -> ColumnElement[bool]:
        if not query.time:
            return true()
        column = table.c[query.time]
        terms = [true()]
        if query.start is not None:
            terms.append(column >= self._moments.moment(column, query.start))
        if query.end is not None:
            terms.append(column < self._moments.moment(column, query.end))
        # A row without a time may be of the period: nobody can say that it is not.
        return or_(column.is_(None), and_(*terms))


def _people(table: SqlTable, query: CountQuery, within: ColumnElement[bool]) -> Select[Any]:
    columns = [table.c[name] for name in query.person]
    inner = select(*columns).where(within, ~_nobody(table, query)).distinct().subquery()
    return select(func.count()).select_from(inner)


def _nobody(table: SqlTable, query: CountQuery) -> ColumnElement[bool]:
    return or_(*(table.c[name].is_(None) for name in query.person))


def _places(table: SqlTable, query: CountQuery, within: ColumnElement[bool]) -> Select[Any]:
    place = table.c[query.place]
    counted = (
        func.count(table.c[query.person[0]].distinct()) if len(query.person) == 1 else func.count()
    )
    return select(place, counted).where(within).group_by(place).limit(MOST_PLACES)


def _moment(value: Any) -> float | None:  # noqa: ANN401 - what a database answers
    """Return a time as Unix seconds; ``None`` for what is none."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) / (1000 if value > LATEST_SECOND else 1)
    try:
        return _moment(datetime.fromisoformat(str(value))) if value is not None else None
    except ValueError:
        return None
