"""
PostgreSQL, where our own store is: the events stay, only counts come. Does I/O.

The connection reads only, and ends a question that takes longer than an hour.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from privacykit.errors import BackendError, MissingExtraError
from privacykit.reports.engines.parts import writing_parts_once

LONGEST_MILLISECONDS: Final = 3_600_000


class PostgreSql:
    """
    A database that answers.

    Args:
        connection: Ibis's connection to it.
    """

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        connection.compiler = writing_parts_once(connection.compiler)

    def rows(self, expression: Any) -> list[dict[str, Any]]:
        """
        Return the rows that *expression* has.

        Raises:
            BackendError: The database could not answer, or took too long.
        """
        with _without_values():
            return self.connection.to_pyarrow(expression).to_pylist()  # type: ignore[no-any-return]

    def batches(self, expression: Any) -> Iterator[Mapping[str, list[Any]]]:
        """
        Yield the rows of *expression* in batches, as columns.

        Raises:
            BackendError: The database could not answer, or took too long.
        """
        with _without_values():
            for batch in self.connection.to_pyarrow_batches(expression):
                yield batch.to_pydict()


@contextmanager
def _without_values() -> Iterator[None]:
    """
    Keep what PostgreSQL says to itself: it quotes the row that it failed on.

    Raises:
        BackendError: Instead of any error of it.
    """
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        code = error.sqlstate or "no code"
        raise BackendError(
            f"the events database did not answer ({type(error).__name__}, {code}); "
            "a shorter period is less to count"
        ) from None


@contextmanager
def postgresql(url: str) -> Iterator[PostgreSql]:
    """
    Connect to the database at *url*, an address of SQLAlchemy's.

    Raises:
        MissingExtraError: The extras ``reports`` and ``postgres`` are not installed.
        BackendError: It cannot be reached.
    """
    try:
        import ibis
        import psycopg
    except ImportError:
        raise MissingExtraError("reports,postgres", "reports in PostgreSQL") from None
    from sqlalchemy import make_url

    options = f"-c default_transaction_read_only=on -c statement_timeout={LONGEST_MILLISECONDS}"
    target = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        connection = psycopg.connect(target, options=options)
    except psycopg.Error:
        raise BackendError("the events database cannot be reached") from None
    try:
        yield PostgreSql(ibis.postgres.from_connection(connection))
    finally:
        connection.close()
