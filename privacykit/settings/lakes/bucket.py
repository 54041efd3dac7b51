"""
A bucket for whoever is not on a loop: the same calls, each until it is answered. Does network I/O.

A thread of its own has the loop, from the first call until :meth:`BlockingObjects.close`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from functools import cached_property
from typing import TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal

from privacykit.errors import SinkError, StoreError
from privacykit.sinks.storage.object_store import FoundObject, ObjectStore

_T = TypeVar("_T")


class BlockingObjects:
    """
    The objects of *store*, as connectors ask for them.

    Args:
        store: The bucket.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._stack = ExitStack()

    @cached_property
    def _portal(self) -> BlockingPortal:
        return self._stack.enter_context(start_blocking_portal("asyncio"))

    def keys(self) -> Sequence[str]:
        """
        Return every key.

        Raises:
            StoreError: The bucket does not answer, or refuses us.
        """

        async def every() -> list[str]:
            return [key async for key in self._store.keys("")]

        return self._wait(every)

    def get(self, key: str) -> FoundObject | None:
        """
        Return an object, or ``None``.

        Raises:
            StoreError: The bucket does not answer, or refuses us.
        """
        return self._wait(lambda: self._store.get(key))

    def replace(self, key: str, body: bytes, tag: str) -> bool:
        """
        Put *body* in the place of what was read with *tag*; ``False`` where it has changed.

        Raises:
            StoreError: It is not known to be replaced.
        """
        return self._wait(lambda: self._store.replace(key, body, tag))

    def delete(self, key: str) -> None:
        """
        Remove an object; where the bucket keeps versions, they stay.

        Raises:
            StoreError: The bucket does not answer, or refuses us.
        """
        self._wait(lambda: self._store.delete(key))

    def close(self) -> None:
        """Close the connections and end the thread."""
        if "_portal" in self.__dict__:
            self._portal.call(self._store.close)
        self._stack.close()

    def _wait(self, work: Callable[[], Awaitable[_T]]) -> _T:
        """
        Do *work* on the loop.

        Raises:
            StoreError: The bucket does not answer, or refuses us.
        """
        try:
            return self._portal.call(work)
        except SinkError as error:
            raise StoreError(str(error)) from None
