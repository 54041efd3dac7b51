"""A sink in memory, for tests and demonstrations. No I/O."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from privacykit.collect.events.format import Event, decode_event
from privacykit.collect.ports import OutboxRow, SendOutcome, Sink
from privacykit.sinks.config import SinkConfig, options, refuse
from privacykit.sinks.kind import SinkKind


class MemorySink(Sink):
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
    def events(self) -> list[Event]:
        """The events, read."""
        return [decode_event(body) for body in self.bodies.values()]

    async def send(self, batch: Sequence[OutboxRow]) -> SendOutcome:
        """Keep *batch*."""
        for row in batch:
            self.bodies.setdefault(row.envelope.id, row.body)
        return SendOutcome()

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


KIND = SinkKind(
    "memory",
    "The memory of the process, for tests.",
    from_config,
    options=_Options,
    deduplicates="the event's id",
    erasure="It ends with the process.",
)
