"""A sink in memory, for tests and demonstrations. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from privacykit.collect.ports import OutboxRow, Outcome
from privacykit.sinks.config import SinkConfig, options, refuse


class MemorySink:
    """
    Keeps what it is sent, each id once, until the process ends.

    Attributes:
        name: The sink's name.
        bodies: CloudEvents JSON by event id, in the order of arrival.
    """

    def __init__(self, name: str = "memory") -> None:
        self.name = name
        self.bodies: dict[str, bytes] = {}

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events, decoded."""
        return [msgspec.json.decode(body) for body in self.bodies.values()]

    async def send(self, batch: Sequence[OutboxRow]) -> Outcome:
        """Keep *batch*."""
        for row in batch:
            self.bodies.setdefault(row.envelope.id, row.body)
        return Outcome()

    async def close(self) -> None:
        """Keep what there is: a test looks at it afterwards."""


class _Options(msgspec.Struct):
    pass


def from_config(config: SinkConfig) -> MemorySink:
    """
    Build the sink.

    Raises:
        ConfigurationError: A key is set that it has no use for.
    """
    options(config, _Options)
    refuse(config, "url", "token", "key")
    return MemorySink(config.name)
