"""
A database of ClickHouse for whoever is not on a loop: the same calls as the sink's. Network I/O.

A thread of its own has the loop, from the first call until :meth:`BlockingClickHouse.close`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import cached_property
from typing import TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal

from privacykit.errors import SinkError, StoreError
from privacykit.sinks.http.clickhouse_server import ClickHouseServer

_T = TypeVar("_T")

LONG_SECONDS = 3600.0
"""How long a statement may take that writes parts, or counts what a change left."""


class BlockingClickHouse:
    """
    A database of *server*, as connectors ask for it.

    Args:
        server: The server.
        name: The database.
    """

    def __init__(self, server: ClickHouseServer, name: str) -> None:
        self.name = name
        self._server = server
        self._stack = ExitStack()

    @cached_property
    def _portal(self) -> BlockingPortal:
        return self._stack.enter_context(start_blocking_portal("asyncio"))

    def run(
        self,
        statement: str,
        settings: Mapping[str, str],
        *,
        rows: bytes | None = None,
        long: bool = False,
    ) -> str:
        """
        Run *statement* and return what it says.

        Raises:
            StoreError: The server does not answer, or refuses it.
        """
        seconds = LONG_SECONDS if long else None
        return self._wait(
            lambda: self._server.run(statement, rows, asked=settings, seconds=seconds)
        )

    def read(
        self, statement: str, settings: Mapping[str, str], tables: Mapping[str, bytes]
    ) -> Iterator[bytes]:
        """
        Run *statement* beside *tables* and yield what it says in pieces.

        Raises:
            StoreError: The server does not answer, or refuses it.
        """
        pieces = self._server.read(statement, tables, asked=settings, seconds=LONG_SECONDS)
        try:
            while piece := self._wait(lambda: anext(pieces, b"")):
                yield piece
        finally:
            self._wait(pieces.aclose)

    def close(self) -> None:
        """Close the connections and end the thread, if that was not done yet."""
        if (portal := self.__dict__.pop("_portal", None)) is not None:
            portal.call(self._server.client.close)
        self._stack.close()

    def _wait(self, work: Callable[[], Awaitable[_T]]) -> _T:
        """
        Do *work* on the loop.

        Raises:
            StoreError: The server does not answer, or refuses us.
        """

        async def awaited() -> _T:
            return await work()

        try:
            return self._portal.call(awaited)
        except SinkError as error:
            raise StoreError(str(error)) from None
