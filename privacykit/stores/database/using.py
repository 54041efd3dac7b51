"""
The use of a database of ours: its failures are errors of ours, and a fork waits for it. Does I/O.

No message holds a credential, a parameter or a row: a driver's own words are never repeated.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from privacykit.connectors.statements import drivers
from privacykit.errors import StoreError
from privacykit.stores.database.causes import cause
from privacykit.stores.database.write_lock import FILES_IN_USE


class translated:  # noqa: N801 - a context manager, used as a function
    """
    Turn failures of databases and files into errors of ours.

    Raises:
        StoreError: In words of ours, since those of drivers quote values and users.
    """

    __slots__ = ("_engine",)

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        if error is None:
            return
        # A driver's own is left to who drives it: the event store asks why a COPY was refused.
        if isinstance(error, (SQLAlchemyError, OSError)):
            raise StoreError(_failed(self._engine, error)) from None


class using(translated):  # noqa: N801 - as its base
    """
    Use an engine: a fork waits for it where it is a file, and its failures are errors of ours.

    Raises:
        StoreError: The database failed.
    """

    __slots__ = ("_turn",)

    def __enter__(self) -> None:
        self._turn = FILES_IN_USE.one_more() if self._engine.dialect.name == "sqlite" else None
        if self._turn is not None:
            self._turn.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        if self._turn is not None:
            self._turn.__exit__(None, None, None)
        super().__exit__(kind, error, trace)


@contextmanager
def driving(engine: Engine) -> Iterator[drivers.Cursor]:
    """
    Open a transaction that writes, as :func:`~privacykit.stores.database.engine.writing` does.

    What SQLAlchemy does around a connection and each statement costs more than a visitor's choice
    itself, so who runs :class:`~privacykit.connectors.statements.statement.Statement` alone goes
    without.

    Raises:
        StoreError: The database failed; nothing of the block is kept, unless the commit itself
            went unanswered.
    """
    with using(engine):
        connection = engine.raw_connection()
        try:
            engine.dialect.do_begin(connection)  # on servers the first statement begins it
            with drivers.lent(connection.driver_connection, engine.dialect) as cursor:
                yield cursor
            connection.commit()
        except engine.dialect.loaded_dbapi.Error as error:
            raise StoreError(_failed(engine, error)) from None
        finally:
            connection.close()  # back to the pool, rolled back unless it is committed


def _failed(engine: Engine, error: Exception) -> str:
    return f"PK133 database ({engine.dialect.name}): {cause(error)}"
