"""One connection for all that a thread reads together. Does I/O."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from sqlalchemy import Connection, Engine

from privacykit.connectors.sql.database import guarded, reading
from privacykit.errors import StoreError


class Readers:
    """
    Lends connections to read with.

    Args:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
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
                self._local.session = before or stack.enter_context(
                    reading(self._engine, "connecting")
                )
            try:
                yield
            finally:
                self._local.session = before

    @property
    def _session(self) -> Connection | None:
        return getattr(self._local, "session", None)

    @contextmanager
    def reading(self, what: str) -> Iterator[Connection]:
        """
        Lend the session's connection, or one for this alone.

        Raises:
            StoreError: The database refused while *what* was done; the session goes on.
        """
        session = self._session
        if session is None:
            with reading(self._engine, what) as connection:
                yield connection
            return
        with guarded(what, self._engine):
            try:
                yield session
            except Exception:
                # What failed must not make fail what is read next.
                session.rollback()
                session.begin()
                raise
