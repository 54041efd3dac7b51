"""One connection for all that a thread reads together. Does I/O."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from privacykit.connectors.sql.database import guarded, reading
from privacykit.errors import StoreError
from privacykit.govern.erasure.ports.connector import Context

_Ahead = dict[str, Iterator[Any]]


class _Session:
    """
    A connection on which one thread reads, and what was read on it ahead of being asked for.

    Attributes:
        connection: In a transaction.
        context: Whose rows were read ahead, or could not be.
        ahead: These, by collection, each until it is asked for.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.context: Context | None = None
        self.ahead: _Ahead = {}

    def begin_anew(self) -> None:
        """Forget what failed, so that it does not make fail what is read next."""
        self.ahead = {}
        self.connection.rollback()
        self.connection.begin()


class Readers:
    """
    Lends connections to read with.

    Args:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._errors = (StoreError, SQLAlchemyError, engine.dialect.loaded_dbapi.Error)
        self._local = threading.local()

    @contextmanager
    def session(self) -> Iterator[None]:
        """
        Read everything that this thread reads inside in one transaction, on one connection.

        A session that cannot be had is none: what is read then says why.
        """
        with ExitStack() as stack:
            before = self._session
            with suppress(StoreError):
                if before is None:
                    lent = stack.enter_context(reading(self._engine, "connecting"))
                    self._local.session = _Session(lent)
            try:
                yield
            finally:
                self._local.session = before

    @property
    def _session(self) -> _Session | None:
        return getattr(self._local, "session", None)

    def ahead(
        self, context: Context, name: str, read: Callable[[Connection], _Ahead]
    ) -> Iterator[Any] | None:
        """
        Return what *read* reads of the collection *name*, all at once the first time in a session.

        Returns:
            Its rows; ``None`` outside of a session, the second time, and where reading all
            together failed: then each collection has to be asked for alone, and says why.
        """
        session = self._session
        if session is None:
            return None
        if session.context is not context:
            session.context, session.ahead = context, {}
            try:
                session.ahead = read(session.connection)
            except self._errors:
                session.begin_anew()
        return session.ahead.pop(name, None)

    def reading(self, what: str) -> AbstractContextManager[Connection]:
        """
        Lend the session's connection, or one for this alone.

        Raises:
            StoreError: The database refused while *what* was done; the session goes on.
        """
        session = self._session
        return reading(self._engine, what) if session is None else _Lent(session, what)


class _Lent:
    """A session's connection, lent for one thing; the session outlives its failure."""

    __slots__ = ("_session", "_what")

    def __init__(self, session: _Session, what: str) -> None:
        self._session, self._what = session, what

    def __enter__(self) -> Connection:
        return self._session.connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        if isinstance(error, Exception):
            with guarded(self._what, self._session.connection.engine):
                self._session.begin_anew()
                raise error
