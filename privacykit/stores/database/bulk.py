"""Insert many rows into one table by the shortest way its driver has. Does I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlalchemy import Connection, Dialect, Engine, Float, LargeBinary, Table
from sqlalchemy.exc import DataError, IntegrityError

from privacykit.errors import StoreError
from privacykit.stores.database.causes import cause
from privacykit.stores.database.engine import writing
from privacykit.stores.database.insert import insert_absent
from privacykit.stores.database.sqlite import is_sqlite

if TYPE_CHECKING:
    import psycopg

_T = TypeVar("_T")

LONG_BYTES = LargeBinary().with_variant(LargeBinary(16_777_215), "mysql", "mariadb")
"""The type of a body: MariaDB's own BLOB ends at 64 KiB; of this length it is a medium one."""

SECONDS = Float(53)
"""The type of a time: Unix seconds in double precision, which MariaDB's FLOAT is not."""

SQLITE_PARAMETERS = 999
"""Parameters that every build of SQLite takes in one statement."""


class UnstorableError(StoreError):
    """The database works, but will never take one of the rows."""


class BulkInsert:
    """
    Inserts rows into *table*; a row whose key is there already stays as it is.

    PostgreSQL gets COPY, which knows no "already there": the rare batch that meets one is rolled
    back and sent again as inserts. MariaDB's driver writes the values of all rows in one
    statement. So do we for SQLite, whose driver would give up and win back the interpreter's lock
    for each row.
    """

    def __init__(self, engine: Engine, table: Table) -> None:
        self._engine = engine
        self._insert = insert_absent(engine, table)
        self._names = [column.name for column in table.columns]
        self._sql = str(self._insert.compile(dialect=_positional(engine)))
        self._joins = is_sqlite(engine)
        self._most = SQLITE_PARAMETERS // len(self._names)
        self._copies = engine.dialect.name == "postgresql"
        if self._copies:
            names = ", ".join(self._names)
            self._copy = f"COPY {table.name} ({names}) FROM STDIN"

    def __call__(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """
        Insert *rows*, each in the order of the table's columns; committed when this returns.

        Raises:
            UnstorableError: A row has a value that the database cannot hold; none is stored.
            StoreError: The database failed; none is stored, unless the commit went unanswered.
        """
        if not rows or (self._copies and self._copied(rows)):
            return
        with writing(self._engine) as connection:
            try:
                self._run(connection, rows)
            except (DataError, IntegrityError, OverflowError, UnicodeError) as error:
                raise UnstorableError(f"PK151 a row cannot be stored: {cause(error)}") from None

    def _run(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        if self._copies:
            named = [dict(zip(self._names, row, strict=True)) for row in rows]
            connection.execute(self._insert, named)
        elif self._joins:
            for part in batched(rows, self._most):
                connection.exec_driver_sql(self._joined(len(part)), tuple(chain(*part)))
        else:
            connection.exec_driver_sql(self._sql, list(rows))

    def _joined(self, count: int) -> str:
        """Return the statement for *count* rows."""
        values = f"({', '.join('?' * len(self._names))})"
        return self._sql.replace(values, ", ".join([values] * count), 1)

    def _copied(self, rows: Sequence[tuple[Any, ...]]) -> bool:
        import psycopg

        try:
            with writing(self._engine) as connection:
                raw = cast("psycopg.Connection", connection.connection.driver_connection)
                with raw.cursor() as cursor, cursor.copy(self._copy) as copy:
                    for row in rows:
                        copy.write_row(row)
        except (psycopg.DataError, psycopg.IntegrityError):
            return False
        except psycopg.Error as error:
            raise StoreError(f"PK133 database (postgresql): {cause(error)}") from None
        return True


def _positional(engine: Engine) -> Dialect:
    """Return the dialect that writes parameters without names, so that rows need none."""
    if engine.dialect.name == "mysql":
        from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql

        return MySQLDialect_pymysql(paramstyle="format")
    return engine.dialect


def batched(rows: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    """Cut *rows* into parts of *size*, the last one maybe shorter."""
    return (rows[start : start + size] for start in range(0, len(rows), size))
