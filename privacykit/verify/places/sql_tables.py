"""Rows of any table of a SQL database, streamed; of large ones a sample. Reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Engine, MetaData, Table, func, inspect, select, text
from sqlalchemy import event as on
from sqlalchemy.exc import SQLAlchemyError

from privacykit.errors import StoreError
from privacykit.stores.database.sqlite import begin_by
from privacykit.verify.places.place import ALL, Chance

PAGE = 500
_DRAWS: Mapping[str, str] = {
    "sqlite": "abs(random() % 1000000000) < :share",
    "postgresql": "random() * 1000000000 < :share",
    "mysql": "rand() * 1000000000 < :share",
    "mariadb": "rand() * 1000000000 < :share",
}
"""A draw for each row, in billionths."""
_BILLION = 1_000_000_000


def table_rows(
    engine: Engine, table: Table, chance: Chance, columns: Sequence[str] = ()
) -> Iterator[Mapping[str, Any]]:
    """
    Yield the rows of *table* that *chance* takes, with *columns*, all of them if none are said.

    Rows come from a cursor of the server's, so that memory holds a page.

    Raises:
        StoreError: The database refused; its words, which quote rows, are not repeated.
    """
    try:
        with engine.connect() as bare:
            connection = bare.execution_options(stream_results=True, yield_per=PAGE)
            begin_by(connection, "begin")
            share = chance.share(_count(connection, table))
            chosen = [table.c[name] for name in columns] or list(table.c)
            query = select(*chosen)
            if share < ALL:
                drawn = text(_DRAWS[engine.dialect.name]).bindparams(share=int(share * _BILLION))
                query = query.where(drawn)
            for row in connection.execute(query).mappings():
                yield {str(name): value for name, value in row.items()}
    except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error, ValueError) as error:
        told = f"{table.name}: the database answered {type(error).__name__}"
        raise StoreError(f"PK316 {told}") from None


def tables_of(engine: Engine) -> dict[str, Table]:
    """
    Return every table that is really in the database, with the columns that it really has.

    Raises:
        StoreError: The database refused.
    """
    try:
        found = {}
        with engine.connect() as connection:
            catalogue = inspect(connection)
            for name in sorted(catalogue.get_table_names()):
                columns = catalogue.get_columns(name)
                made = (Column(column["name"], column["type"]) for column in columns)
                found[name] = Table(name, MetaData(), *made)
    except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error, OSError) as error:
        told = f"reading the schema: the database answered {type(error).__name__}"
        raise StoreError(f"PK316 {told}") from None
    return found


def read_any_text(engine: Engine) -> None:
    """Have a SQLite *engine* read text of whatever bytes: one broken row must not hide others."""
    if engine.dialect.name != "sqlite":
        return

    @on.listens_for(engine, "connect")
    def lenient(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's own
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())
