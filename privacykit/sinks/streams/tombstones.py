"""
A person's records in compacted topics of Kafka, ended by tombstones. Does network I/O.

A record without a value under a key lets compaction remove all earlier ones of that key, and after
``delete.retention.ms`` itself. When that is, Kafka does not tell.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec

from privacykit.collect.ports import OutboxRow
from privacykit.errors import KeyMaterialError, SinkError
from privacykit.sinks.deletes import Deletes, Deletion, DeletionProgress
from privacykit.sinks.streams.broker import Said, topic_of
from privacykit.sinks.streams.cloudevents import message_of

MOST = 500
"""Tombstones in one attempt."""

SOON_SECONDS = 60.0

Buried = tuple[str, str]
"""A topic and a key."""


class Buries(Protocol):
    """A connection that writes tombstones."""

    async def bury(self, keys: Sequence[Buried]) -> Sequence[Said]:
        """Write a record without a value for each, and say what became of it."""
        ...

    async def close(self) -> None:
        """End the connection."""
        ...


class TombstoneWriter(Deletes):
    """
    Writes tombstones.

    Args:
        topic: The pattern of the sink's topics.
        connect: Opens a connection.
    """

    found_by = "visitor"
    level = "none"

    def __init__(self, topic: str, connect: Callable[[], Awaitable[Buries]]) -> None:
        self._topic = topic
        self._connect = connect

    def known_as(self, row: OutboxRow) -> str:
        """Return the topic and the key of the record that the event became."""
        try:
            message = message_of(row, "structured")
        except ValueError:
            return ""
        return f"{topic_of(self._topic, message)}/{message.key}"

    async def delete(self, order: Deletion) -> DeletionProgress:
        """
        Write some of the tombstones of *order*.

        Raises:
            SinkError: No broker answers, or it refuses us.
        """
        some = order.ids[:MOST]
        try:
            link = await self._connect()
        except KeyMaterialError as error:
            raise SinkError(f"PK165 {error}", refuses=True) from None
        try:
            said = await link.bury([(topic, key) for topic, _, key in map(_parted, some)])
        finally:
            await link.close()
        refused = [id_ for id_, why in zip(some, said, strict=True) if why]
        left = msgspec.structs.replace(order, ids=(*refused, *order.ids[MOST:]))
        if not left.ids:
            return DeletionProgress(evidence="tombstones written")
        why = next((str(one) for one in said if one), "goes on")
        failed = any(isinstance(one, str) and one for one in said)
        return DeletionProgress(
            left, evidence=why, trouble=bool(refused), failed=failed, wait=SOON_SECONDS
        )

    async def close(self) -> None:
        """Nothing is held open between attempts."""


def _parted(id_: str) -> tuple[str, str, str]:
    return id_.partition("/")
