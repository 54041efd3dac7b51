"""Deletion of a person's events where each lies under its own id. Does I/O through a sink."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Protocol

from privacykit.collect.ports import OutboxRow
from privacykit.sinks.config import SinkConfig, refuse
from privacykit.sinks.deletes import Deletes, Deletion, DeletionProgress, erased


class Erasing(Protocol):
    """A sink that takes single events out of what it holds."""

    async def erase(self, ids: Collection[str]) -> int:
        """
        Erase the events with *ids*; return how many went.

        Raises:
            SinkError: Some may be left: it has to be repeated.
        """
        ...

    async def close(self) -> None:
        """Release what it holds."""
        ...


class EventDeleter(Deletes):
    """
    Has events deleted by their ids: nobody else's can be among them.

    Args:
        sink: What holds them.
    """

    found_by = "event"
    level = "logical"

    def __init__(self, sink: Erasing) -> None:
        self._sink = sink

    def known_as(self, row: OutboxRow) -> str:
        """Return the event's id."""
        return row.envelope.id

    async def delete(self, order: Deletion) -> DeletionProgress:
        """
        Erase what is left of *order*.

        Raises:
            SinkError: Some may be left: it is asked again.
        """
        return erased(await self._sink.erase(order.ids))

    async def close(self) -> None:
        """Release what the sink holds."""
        await self._sink.close()


def deleting(build: Callable[[SinkConfig], Erasing]) -> Callable[[SinkConfig], EventDeleter]:
    """Return what makes the deleter of a table of whose sink *build* makes."""

    def deleter(config: SinkConfig) -> EventDeleter:
        if config.deletion is not None:
            refuse(config, "deletion")
        return EventDeleter(build(config))

    return deleter


DELETION = (("finds", "each of the person's events by its id, as our own event store has them"),)
"""What the documentation tells of it."""
